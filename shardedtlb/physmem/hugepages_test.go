package physmem

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"
)

// The host is asked for huge pages where they are wanted, and nowhere else.
func TestHugePages(t *testing.T) {
	for _, want := range []bool{false, true} {
		m, err := New(0x8000_0000, 16<<20, Options{HugePages: want})
		if err != nil {
			t.Fatal(err)
		}
		flags := flagsOf(t, uintptr(unsafe.Pointer(unsafe.SliceData(m.ram))))
		if got := strings.Contains(flags+" ", " hg "); got != want {
			t.Errorf("asked for: %v; the mapping has %q", want, flags)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

// flagsOf returns what Linux says of the mapping with this address (proc_pid_smaps(5), VmFlags).
func flagsOf(t *testing.T, at uintptr) string {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip("only Linux says how memory is mapped: ", err)
	}
	defer f.Close()
	within := false
	for s := bufio.NewScanner(f); s.Scan(); {
		var from, to uintptr
		if n, _ := fmt.Sscanf(s.Text(), "%x-%x ", &from, &to); n == 2 {
			within = from <= at && at < to
		}
		if flags, ok := strings.CutPrefix(s.Text(), "VmFlags:"); ok && within {
			return flags
		}
	}
	t.Skip("this kernel does not say what was advised for memory")
	return ""
}
