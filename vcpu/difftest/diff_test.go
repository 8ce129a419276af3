package difftest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"testing"
	"time"
)

// Recorded programs: those that have failed once, and some that use every
// instruction together.
const (
	regressDir = "testdata/regress"
	coverDir   = "testdata/cover"
)

// engines are the ways in which programs are compared with QEMU.
func engines() []Options {
	return []Options{{Name: "interpreter, bare"}, {Name: "interpreter, Sv39", Paged: true}}
}

// session returns what the environment asks for, on all processors, or skips the test.
func session(t *testing.T) *Session {
	s, err := SessionFor(os.Getenv, t.TempDir(), engines())
	if errors.Is(err, ErrNoTime) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Workers = goruntime.GOMAXPROCS(0)
	t.Logf("QEMU %s, DIFF_SEED=%d", s.QEMU.Version, s.Seed)
	return s
}

// What the environment says is read before QEMU is looked for.
func TestSessionFor(t *testing.T) {
	for _, c := range []struct{ time, seed, want string }{
		{"", "1", ErrNoTime.Error()},
		{"soon", "1", `DIFF_TIME: time: invalid duration "soon"`},
		{"1s", "one", `DIFF_SEED: strconv.ParseUint: parsing "one": invalid syntax`},
	} {
		_, err := SessionFor(func(name string) string {
			return map[string]string{"DIFF_TIME": c.time, "DIFF_SEED": c.seed}[name]
		}, "", nil)
		if err == nil || err.Error() != c.want {
			t.Errorf("time %q, seed %q: %v, want %s", c.time, c.seed, err, c.want)
		}
	}
	s, err := SessionFor(func(name string) string {
		return map[string]string{"DIFF_TIME": "3s", "DIFF_SEED": "0x10"}[name]
	}, "here", engines())
	if err != nil {
		t.Skip(err) // no QEMU
	}
	if s.Time != 3*time.Second || s.Seed != 16 || s.Workers != 1 || s.Dir != "here" || len(s.Engines) != len(engines()) {
		t.Errorf("%+v", s)
	}
}

func TestAgreesWithQEMU(t *testing.T) {
	s := session(t)
	n, f, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if f != nil {
		t.Fatalf("%v\n%s", f, keep(t, s, f))
	}
	t.Logf("%d programs agree", n)
}

// keep writes a failure to where the next test run finds it and returns it as text.
func keep(t *testing.T, s *Session, f *Failure) []byte {
	text := Record(f.Program, f.Want, fmt.Sprintf("DIFF_SEED=%d, %s, QEMU %s", s.Seed, f.Options.Name, s.QEMU.Version))
	file := filepath.Join(regressDir, fmt.Sprintf("seed%d-slot%d.txt", s.Seed, f.Program.Slot))
	if err := errors.Join(os.MkdirAll(regressDir, 0o755), os.WriteFile(file, text, 0o644)); err != nil {
		t.Error(err)
	}
	t.Logf("kept as %s", file)
	return text
}

// TestRecorded replays the recorded programs.
func TestRecorded(t *testing.T) {
	var files []string
	for _, dir := range []string{regressDir, coverDir} {
		found, err := filepath.Glob(filepath.Join(dir, "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	missing := userFeatures()
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p, want := readRecord(t, file)
			for _, opt := range append(engines(), Interpreter()) {
				if err := replay(p, want, opt); err != nil {
					t.Errorf("%s: %v", opt.Name, err)
				}
			}
			used := features(p)
			missing = slices.DeleteFunc(missing, func(name string) bool { return slices.Contains(used, name) })
		})
	}
	if len(missing) > 0 {
		t.Errorf("no recorded program uses %v; record others with DIFF_RECORD=1 DIFF_TIME=60s go test -run TestRecordCover", missing)
	}
}

func readRecord(t *testing.T, file string) (*Program, *Result) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, want, err := ParseRecord(text)
	if err != nil {
		t.Fatal(err)
	}
	return p, want
}

// TestRecordCover chooses programs that use every instruction, the one that adds
// most first, and records them with QEMU's outcome.
func TestRecordCover(t *testing.T) {
	if os.Getenv("DIFF_RECORD") == "" {
		t.Skip("DIFF_RECORD is not set")
	}
	s := session(t)
	missing := map[string]bool{}
	for _, name := range userFeatures() {
		missing[name] = true
	}
	type candidate struct {
		p    *Program
		uses []string
	}
	var pool []candidate
	for i := range uint64(6000) {
		p := Generate(s.Seed, i, int(i%Slots), false)
		pool = append(pool, candidate{p, features(p)})
	}
	adds := func(c candidate) (n int) {
		for _, name := range c.uses {
			if missing[name] {
				n++
			}
		}
		return n
	}
	if err := errors.Join(os.RemoveAll(coverDir), os.MkdirAll(coverDir, 0o755)); err != nil {
		t.Fatal(err)
	}
	for n := 0; len(missing) > 0; n++ {
		best := slices.MaxFunc(pool, func(a, b candidate) int { return cmp.Compare(adds(a), adds(b)) })
		if adds(best) == 0 {
			t.Fatalf("no program uses %v", slices.Sorted(maps.Keys(missing)))
		}
		p := best.p
		img := NewImage([]*Program{p})
		records, data, err := s.QEMU.Run(t.Context(), img, s.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range best.uses {
			delete(missing, name)
		}
		text := Record(p, result(img.raw(p, records, data)), "QEMU "+s.QEMU.Version)
		if err := os.WriteFile(filepath.Join(coverDir, fmt.Sprintf("%02d.txt", n)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// replay compares the outcome of a program with a recorded one.
func replay(p *Program, want *Result, opt Options) error {
	img := NewImage([]*Program{p})
	m, err := NewMachine(img, opt)
	if err != nil {
		return err
	}
	defer m.Close()
	failed := m.Run()
	records, data, err := m.output(img)
	if err != nil {
		return err
	}
	got := result(img.raw(p, records, data))
	if failed != nil || len(Differences(got, want)) > 0 {
		return &Failure{p, opt, want, got, failed}
	}
	return nil
}

func TestRecordIsReadAsItWasWritten(t *testing.T) {
	for _, p := range batch(5, 5, 8, false) {
		img := NewImage([]*Program{p})
		m, err := NewMachine(img, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Run(); err != nil {
			t.Fatal(err)
		}
		records, data, err := m.output(img)
		if err != nil {
			t.Fatal(err)
		}
		m.Close()
		want := result(img.raw(p, records, data))
		text := Record(p, want, "two\nlines")
		q, got, err := ParseRecord(text)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(q.Code, p.Code) || q.X != p.X || q.F != p.F || q.FCSR != p.FCSR || q.Data != p.Data || q.Slot != p.Slot {
			t.Errorf("slot %d: the program has changed", p.Slot)
		}
		if d := Differences(got, want); len(d) > 0 {
			t.Errorf("slot %d: the outcome has changed: %v", p.Slot, d)
		}
	}
}

func TestRecordRejectsNonsense(t *testing.T) {
	for _, text := range []string{
		"", "slot 0", "code 1", "code 0001\nslot 256", "code 0001\nframe 99", "code 0001\nset x0 1", "code 0001\nset y 1",
		"code 0001\nwant data+0x2000 1", "code 0001\nwant x3 seven", "code 0001\nnonsense 1", "code zz",
	} {
		if _, _, err := ParseRecord([]byte(text)); !errors.Is(err, ErrRecord) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
