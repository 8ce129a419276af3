package codecache

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestPlace(t *testing.T) {
	h := start(t, small())
	a := h.Arena()
	lo, hi := h.base, h.base+uintptr(h.size)
	for n := 1; n < 3000; n += 97 {
		code := block(byte(n), n)
		x := new(Code)
		err := a.Place(x, code, n, uint64(n))
		if err != nil {
			t.Fatal(err)
		}
		if x.Entry()%granule != 0 || x.Entry() < lo || x.Entry()+uintptr(n) > hi {
			t.Fatalf("entry %#x of %d bytes, range %#x-%#x", x.Entry(), n, lo, hi)
		}
		if !bytes.Equal(x.exec(), code) || !bytes.Equal(x.Copy(), code) || x.Size() != n || x.Owner() != n || !x.Live() {
			t.Fatalf("code of %d bytes not as placed", n)
		}
		if pad := x.memory()[n:]; !bytes.Equal(pad, block(int3, len(pad))) {
			t.Fatalf("padding after %d bytes is % x", n, pad)
		}
		first, last := x.Entry(), x.Entry()+uintptr(n)-1
		if h.Find(first) != x || h.Find(last) != x || h.Find(last+1) != nil {
			t.Fatalf("Find at the edges of %d bytes", n)
		}
	}
	if h.contains(lo-1) || !h.contains(lo) || !h.contains(hi-1) || h.contains(hi) || h.Find(hi) != nil {
		t.Error("contains at the edges of the range")
	}
	if s := h.Stats(); s.Entries != 31 || s.Placed != 31 || s.Capacity != MinBytes {
		t.Errorf("%+v", s)
	}
}

func TestPlaceRefusesSizes(t *testing.T) {
	h := start(t, small())
	a := h.Arena()
	for _, n := range []int{0, MinBytes/2 + 1} {
		if err := a.Place(new(Code), make([]byte, n), nil, 1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestPlaceAcrossChunks(t *testing.T) {
	h := start(t, small())
	a := h.Arena()
	n := chunkSize + 100
	x := h.place(a, block(7, n))
	y := h.place(a, block(8, 100))
	if !bytes.Equal(x.exec(), block(7, n)) {
		t.Error("bytes differ")
	}
	if h.Find(x.Entry()+uintptr(n)-1) != x || h.Find(x.Entry()+uintptr(n)) != nil || h.Find(y.Entry()) != y {
		t.Error("Find in a code of two chunks")
	}
	end := h.mem.rx[int(x.off)+n : int(x.off)+2*chunkSize]
	if !bytes.Equal(end, block(int3, len(end))) {
		t.Error("rest of the last chunk is not int3")
	}
	h.Retire(x)
	until(func() bool { return h.Stats().Reused == 1 })
	if h.Find(x.Entry()) != nil || x.exec()[n-1] != int3 {
		t.Error("memory not given back")
	}
	for range 3 { // every chunk but the arena's can be taken again
		h.place(a, block(1, chunkSize))
	}
}

// TestWritableOrExecutable is trap 30: no address is both.
func TestWritableOrExecutable(t *testing.T) {
	h := start(t, small())
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	found := 0
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		var perm string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &perm); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(perm, "w") && strings.Contains(perm, "x") {
			t.Errorf("writable and executable: %s", line)
		}
		if from == h.base && perm == "r-xs" {
			found++
		}
		if from <= addressOf(h.mem.rw) && addressOf(h.mem.rw) < to && perm == "rw-s" {
			found++
		}
	}
	if found != 2 {
		t.Errorf("found %d of 2 mappings", found)
	}
}

// Linux's perf takes names for code out of the process's map only where the memory is
// anonymous: the kernel then calls shared memory /dev/zero.
func TestCodeMemoryIsAnonymous(t *testing.T) {
	h := start(t, small())
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(maps)) {
		if strings.HasPrefix(line, fmt.Sprintf("%x-", h.base)) {
			if f := strings.Fields(line); len(f) < 6 || !strings.HasPrefix(f[5], "/dev/zero") {
				t.Errorf("code memory is %s", line)
			}
			return
		}
	}
	t.Error("code memory is not found")
}

func TestPatch(t *testing.T) {
	h := start(t, small())
	x := h.place(h.Arena(), block(0x90, 10))
	x.Patch32(4, -2)
	if got := x.load32(4); got != -2 {
		t.Errorf("loaded %d", got)
	}
	if want := []byte{0x90, 0x90, 0x90, 0x90, 0xfe, 0xff, 0xff, 0xff, 0x90, 0x90}; !bytes.Equal(x.exec(), want) {
		t.Errorf("bytes % x", x.exec())
	}
	for _, off := range []int{-4, 2, 8} {
		mustPanic(t, fmt.Sprint("patch at ", off), func() { x.Patch32(off, 0) })
		mustPanic(t, fmt.Sprint("load at ", off), func() { x.load32(off) })
	}
}

func TestClose(t *testing.T) {
	h := start(t, small())
	a := h.Arena()
	x := h.place(a, block(1, 8))
	big := h.place(a, block(1, chunkSize+1))
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	x.Patch32(0, 1)
	big.Patch32(0, 1)
	if x.load32(0) != 0 || big.load32(0) != 0 {
		t.Error("words of a closed cache")
	}
	if err := a.Place(new(Code), block(1, 8), nil, 9); !errors.Is(err, ErrClosed) {
		t.Errorf("place: %v", err)
	}
}
