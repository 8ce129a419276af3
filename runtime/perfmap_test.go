package runtime

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// lines are the pieces that stand in the file.
func (p *perfMap) lines(t *testing.T) map[uint64]string {
	t.Helper()
	f, err := os.Open(p.path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[uint64]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var addr, size uint64
		var name string
		if n, err := fmt.Sscanf(lines.Text(), "%x %x %s", &addr, &size, &name); n != 3 || err != nil || size == 0 {
			t.Fatalf("line %q: %v", lines.Text(), err)
		}
		seen[addr] = name // perf takes the last one too
	}
	return seen
}

func gone(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left there (%v)", path, err)
	}
}

func TestPerfMap(t *testing.T) {
	needNative(t)
	cfg := Default()
	cfg.Program, cfg.Memory, cfg.PerfMap = filepath.Join(guestDir, "i_alu.elf"), 16*MiB, PerfMapOn
	cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max, cfg.test.wait = 1, 1, true
	if err := perfMaps.open(false); err != nil { // as another machine of the process
		t.Fatal(err)
	}
	wantSuccess(t, cfg)
	seen := map[string]bool{}
	for _, name := range perfMaps.lines(t) {
		seen[strings.Split(name, "+")[0]] = true
	}
	for _, name := range []string{"hartwood_enter", "hartwood_leave", "_start"} {
		if !seen[name] {
			t.Errorf("no line for %s, but for %v", name, seen)
		}
	}
	if err := perfMaps.close(); err != nil {
		t.Error(err)
	}
	gone(t, perfMaps.path)
	wantSuccess(t, cfg) // begins a new one
	gone(t, perfMaps.path)
}

// Whatever lies where the file belongs is neither followed nor opened, and nobody else
// reads what is written.
func TestPerfMapOpensNothingOfOthers(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	for name, plant := range map[string]func(path string) error{
		"link":      func(path string) error { return os.Symlink(victim, path) },
		"hard link": func(path string) error { return os.Link(victim, path) },
		"pipe":      func(path string) error { return syscall.Mkfifo(path, 0o666) },
		"nothing":   func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(victim, []byte("precious"), 0o644); err != nil {
				t.Fatal(err)
			}
			p := &perfMap{path: filepath.Join(dir, name)}
			if err := plant(p.path); err != nil {
				t.Fatal(err)
			}
			if err := p.open(true); err != nil {
				t.Fatal(err)
			}
			p.add(piece{0x1000, 64, "one"})
			if err := p.close(); err != nil {
				t.Error(err)
			}
			if text, err := os.ReadFile(victim); err != nil || string(text) != "precious" {
				t.Errorf("the victim says %q (%v)", text, err)
			}
			info, err := os.Lstat(p.path)
			if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != 0o600 {
				t.Fatalf("mode %v, %v", info.Mode(), err)
			}
			if got := p.lines(t); got[0x1000] != "one" {
				t.Errorf("kept file has %v", got)
			}
			if err := p.open(false); err != nil { // another machine goes on with it
				t.Fatal(err)
			}
			p.add(piece{0x2000, 64, "two"})
			if err := errors.Join(p.close(), p.file.Close()); err != nil {
				t.Error(err)
			}
			if got := p.lines(t); len(got) != 2 {
				t.Errorf("file of two machines has %v", got)
			}
		})
	}
}

// Code that comes and goes without end leaves a file of bounded size, in which what has
// not been overwritten keeps its name.
func TestPerfMapIsBounded(t *testing.T) {
	p := &perfMap{path: filepath.Join(t.TempDir(), "map")}
	if err := p.open(false); err != nil {
		t.Fatal(err)
	}
	p.add(piece{0x100, 0x50, "stays"})
	long := strings.Repeat("n", 10*maxPieceName)
	const rounds, places = 3 * maxPieces, 1000
	for i := range rounds {
		p.add(piece{0x10000 + uintptr(i%places)*256, 200, fmt.Sprintf("f%d_%s", i, long)})
	}
	if err := p.rewrite(); err != nil { // to look at all that is known
		t.Fatal(err)
	}
	info, err := os.Stat(p.path)
	if err != nil || info.Size() > maxPieces*(maxPieceName+30) {
		t.Errorf("%d bytes (%v)", info.Size(), err)
	}
	got := p.lines(t)
	if got[0x100] != "stays" {
		t.Error("a piece that was not overwritten has lost its name")
	}
	for i := rounds - places; i < rounds; i++ {
		at := uint64(0x10000 + i%places*256)
		if want := fmt.Sprintf("f%d_", i); !strings.HasPrefix(got[at], want) || len(got[at]) > maxPieceName {
			t.Fatalf("at %#x: %.20s, want %s", at, got[at], want)
		}
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
	gone(t, p.path)
}

// Of pieces at one address the newest counts; where there are too many the oldest go.
func TestLatestPieces(t *testing.T) {
	a, over, b, c := piece{0x100, 0x100, "a"}, piece{0x1c0, 8, "over"}, piece{0x200, 8, "b"}, piece{0x240, 8, "c"}
	for _, test := range []struct {
		in   []piece
		n    int
		want string
	}{
		{[]piece{a, b, c}, 3, "[a b c]"}, {[]piece{a, over, b}, 3, "[over b]"}, {[]piece{over, a, b}, 3, "[a b]"},
		{[]piece{a, b, c}, 2, "[b c]"}, {[]piece{b, b, c}, 3, "[b c]"},
	} {
		var names []string
		for _, x := range latest(test.in, test.n) {
			names = append(names, x.name)
		}
		if got := fmt.Sprint(names); got != test.want {
			t.Errorf("%d latest of %v: %s, want %s", test.n, test.in, got, test.want)
		}
	}
}
