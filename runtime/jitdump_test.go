package runtime

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// dumped is a piece of code as a file has it.
type dumped struct {
	name string
	code []byte
}

// readDump reads a file as perf inject does: the header, then records by their sizes to the end.
func readDump(t *testing.T, path string) map[uint64]dumped {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if string(b[:4]) != "DTiJ" || le.Uint32(b[4:]) != 1 || le.Uint32(b[8:]) != 40 || le.Uint32(b[12:]) != 62 ||
		int(le.Uint32(b[20:])) != os.Getpid() || le.Uint64(b[24:]) == 0 || le.Uint64(b[32:]) != 0 {
		t.Fatalf("header % x", b[:40])
	}
	all, last := map[uint64]dumped{}, le.Uint64(b[24:])
	for index, b := uint64(0), b[40:]; len(b) > 0; index++ {
		size, at := le.Uint32(b[4:]), le.Uint64(b[8:])
		r := b[:size]
		if le.Uint32(r) != 0 || at < last || int(le.Uint32(r[16:])) != os.Getpid() || le.Uint64(r[24:]) != le.Uint64(r[32:]) || le.Uint64(r[48:]) != index {
			t.Fatalf("record %d: % x", index, r[:56])
		}
		end := 56 + bytes.IndexByte(r[56:], 0)
		x := dumped{string(r[56:end]), r[end+1:]}
		if uint64(len(x.code)) != le.Uint64(r[40:]) {
			t.Fatalf("record %d has %d bytes of code, and says %d", index, len(x.code), le.Uint64(r[40:]))
		}
		all[le.Uint64(r[24:])], last, b = x, at, b[size:]
	}
	return all
}

func TestJITDump(t *testing.T) {
	needNative(t)
	cfg := Default()
	cfg.Program, cfg.Memory, cfg.JITDump = filepath.Join(guestDir, "i_alu.elf"), 16*MiB, t.TempDir()
	cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max, cfg.test.wait = 1, 1, true
	wantSuccess(t, cfg)
	path := filepath.Join(cfg.JITDump, fmt.Sprintf("jit-%d.dump", os.Getpid()))
	seen := map[string]bool{}
	for at, x := range readDump(t, path) {
		seen[strings.Split(x.name, "+")[0]] = true
		if at%64 != 0 {
			t.Errorf("%s is at %#x, where no code begins", x.name, at)
		}
		if _, err := x86asm.Decode(x.code, 64); err != nil {
			t.Errorf("%s begins with no instruction: % x", x.name, x.code[:min(16, len(x.code))])
		}
	}
	for _, name := range []string{"hartwood_enter", "hartwood_leave", "_start"} {
		if !seen[name] {
			t.Errorf("no record of %s, but of %v", name, seen)
		}
	}
}

// A file that is full takes nothing more, and the end of the run says so.
func TestJITDumpIsBounded(t *testing.T) {
	var d jitDump
	if err := d.open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	d.add(piece{0x1000, 64, strings.Repeat("n", 10*maxPieceName)}, make([]byte, 64))
	whole := d.size
	if want := int64(dumpHeader + dumpRecord + maxPieceName + 1 + 64); whole != want {
		t.Errorf("%d bytes, want %d", whole, want)
	}
	d.size = maxDump - dumpRecord - 64
	d.add(piece{0x2000, 64, "one"}, make([]byte, 64))
	if err := d.close(); err == nil || !strings.Contains(err.Error(), "no room for 1 later") {
		t.Errorf("error %v", err)
	}
	if info, err := os.Stat(d.path); err != nil || info.Size() != whole {
		t.Errorf("%v, %v, want %d bytes", info, err, whole)
	}
}

// Machines of a process share the file, and nothing of others is opened for it.
func TestJITDumpOfSeveral(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, fmt.Sprintf("jit-%d.dump", os.Getpid()))
	if err := os.WriteFile(victim, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path); err != nil {
		t.Fatal(err)
	}
	var d jitDump
	for range 2 {
		if err := d.open(dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.open(t.TempDir()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("another directory: %v", err)
	}
	for i := range 2 {
		d.add(piece{0x1000 * uintptr(i+1), 1, "one"}, []byte{0xc3})
		if err := d.close(); err != nil {
			t.Error(err)
		}
	}
	if got := readDump(t, path); len(got) != 2 {
		t.Errorf("the file has %v", got)
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "precious" {
		t.Errorf("the victim says %q (%v)", text, err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := d.open(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "--jitdump: ") {
		t.Errorf("a directory that is not there: %v", err)
	}
}
