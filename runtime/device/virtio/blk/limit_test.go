package blk

import (
	"errors"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

// scratchBytes is what the overlay's file takes on the host's disk.
func (o *Overlay) scratchBytes(t *testing.T) int64 {
	t.Helper()
	var st unix.Stat_t
	if err := o.scratch.control(func(fd int) error { return unix.Fstat(fd, &st) }); err != nil {
		t.Fatal(err)
	}
	return st.Blocks * 512
}

// Whatever is written and given back, the overlay's file stays within its limit, and
// what was discarded makes room.
func TestOverlayLimit(t *testing.T) {
	const blocks, limit = 256, 64
	o := must(NewOverlay(must(NewMemory(blocks*blockSize)), t.TempDir(), limit*blockSize))
	defer o.Close()
	rng := rand.New(rand.NewPCG(5, 6))
	refused := 0
	for range 3000 {
		block := rng.Int64N(blocks)
		n := 1 + rng.Int64N(min(8, blocks-block))
		off, size := block*blockSize, n*blockSize
		var err error
		switch rng.IntN(4) {
		case 0, 1:
			_, err = o.WriteAt(make([]byte, size), off)
		case 2:
			_, err = o.WriteAt(make([]byte, SectorSize), off+SectorSize)
		case 3:
			err = o.Discard(off, size)
		}
		switch {
		case errors.Is(err, ErrLimit):
			refused++
		case err != nil:
			t.Fatal(err)
		}
	}
	if refused == 0 || refused > 2000 {
		t.Errorf("%d writes refused", refused)
	}
	if b := o.scratchBytes(t); b > (limit+16)*blockSize { // and what the file system keeps for itself
		t.Errorf("the file takes %d bytes, its limit is %d", b, limit*blockSize)
	}
	if err := o.Discard(0, blocks*blockSize); err != nil {
		t.Fatal(err)
	}
	if _, err := o.WriteAt(make([]byte, limit*blockSize), 0); err != nil {
		t.Errorf("no room after all was discarded: %v", err)
	}
	if _, err := o.WriteAt([]byte{1}, limit*blockSize); !errors.Is(err, ErrLimit) {
		t.Errorf("one block more: %v", err)
	}
	p := []byte{2}
	if _, err := o.ReadAt(p, limit*blockSize); err != nil || p[0] != 0 {
		t.Errorf("a refused write reads as %d, %v", p[0], err)
	}
}
