package history

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/results"
	"github.com/hartwood-vm/hartwood/bench/suite"
)

func run(value float64, label string) *results.Results {
	r := results.New("test", label, true)
	r.Add("A", suite.Figure{Unit: "MIPS", Value: value}, 1e6)
	return r
}

func open(t *testing.T, path string) *History {
	t.Helper()
	h, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func values(list []*results.Results) (v []float64) {
	for _, r := range list {
		v = append(v, r.Series[0].Values[0])
	}
	return v
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder?#%41", "history.db")
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	h := open(t, path)
	if list, err := h.Newest(t.Context(), 9); err != nil || len(list) != 0 {
		t.Fatalf("a new history has %v, %v", list, err)
	}
	foreign, other := run(99, ""), run(98, "other")
	foreign.Machine.CPU = "Z80"
	for _, r := range []*results.Results{run(1, ""), foreign, run(2, ""), other, run(3, "")} {
		if err := h.Add(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	h.Close()
	h = open(t, path)
	list, err := h.Newest(t.Context(), 9)
	if got := fmt.Sprint(values(list)); err != nil || got != "[1 2 3]" {
		t.Errorf("the newest runs are %s, %v", got, err)
	}
	if list, err = h.Newest(t.Context(), 2); err != nil || fmt.Sprint(values(list)) != "[2 3]" {
		t.Errorf("the newest two are %v, %v", values(list), err)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "h.db"))
	if _, err := h.db.Exec("INSERT INTO runs (id, time, results) VALUES (1, '', 'x'), (2, '', 'x')"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.db.Exec("INSERT INTO runs (id, time, results) VALUES (?, '', 'x')", keep+1); err != nil {
		t.Fatal(err)
	}
	if err := h.Add(t.Context(), run(1, "")); err != nil { // its id is keep+2
		t.Fatal(err)
	}
	var n int
	if err := h.db.QueryRow("SELECT count(*) FROM runs").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d runs remain, %v; want the newest two", n, err)
	}
}

func TestSeveralProgramsAdd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.db")
	var wg sync.WaitGroup
	for i := range 4 {
		h := open(t, path)
		wg.Go(func() {
			for range 5 {
				if err := h.Add(t.Context(), run(float64(i), "")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if list, err := open(t, path).Newest(t.Context(), 100); err != nil || len(list) != 20 {
		t.Errorf("%d runs are there, %v", len(list), err)
	}
}

func TestDamagedHistoryIsRefusedAndKept(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	h := open(t, whole)
	for range 50 {
		if err := h.Add(t.Context(), run(1, "")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.db.Exec("UPDATE runs SET results = 'junk' WHERE id = 50"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Newest(t.Context(), 9); !errors.Is(err, ErrDamaged) {
		t.Errorf("a damaged run gives %v", err)
	}
	h.Close()
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	scribbled := append([]byte(nil), text...)
	copy(scribbled[4096:], make([]byte, 2000))
	foreign := filepath.Join(dir, "foreign.db")
	f := open(t, foreign)
	if _, err := f.db.Exec("PRAGMA user_version = 7"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	foreignText, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"text": []byte("this is no database, and long enough not to be taken for an empty one"),
		"cut":  text[:len(text)/2], "scribbled": scribbled, "foreign": foreignText,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if h, err := Open(t.Context(), path); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				h.Close()
			}
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(text) {
			t.Errorf("%s is not as it was", name)
		}
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "none", "h.db")); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("a folder that is not there gives %v", err)
	}
}
