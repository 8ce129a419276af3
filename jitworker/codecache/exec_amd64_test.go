package codecache

import (
	"encoding/binary"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/codecache/internal/call"
)

// returns is "nop; nop; nop; mov eax, v; ret": the number is an aligned word.
func returns(v int32) []byte {
	b := []byte{0x90, 0x90, 0x90, 0xb8, 0, 0, 0, 0, 0xc3}
	binary.LittleEndian.PutUint32(b[4:], uint32(v))
	return b
}

func TestExecute(t *testing.T) {
	h := start(t, small())
	a := h.Arena()
	for i := range int32(500) { // memory is evicted and reused under way
		if got := call.Leaf(h.place(a, returns(i)).Entry()); got != uint32(i) {
			t.Fatalf("code %d returns %d", i, got)
		}
	}
}

// TestJumpBetweenCodes reaches one code from another in another chunk by a 32-bit
// distance, and links it elsewhere while it is there.
func TestJumpBetweenCodes(t *testing.T) {
	h := start(t, small())
	one := h.place(h.Arena(), returns(1))
	two := h.place(h.Arena(), returns(2))
	jump := h.place(h.Arena(), []byte{0x90, 0x90, 0x90, 0xe9, 0, 0, 0, 0})
	for range 10 {
		for i, to := range []*Code{one, two} {
			jump.Patch32(4, int32(int64(to.Entry())-int64(jump.Entry()+8)))
			if got := call.Leaf(jump.Entry()); got != uint32(i+1) {
				t.Fatalf("jump to %d returns %d", i+1, got)
			}
		}
	}
}

// TestPatchWhileRunning is trap 31: a running hart sees the old or the new word.
func TestPatchWhileRunning(t *testing.T) {
	h := start(t, small())
	const a, b = 0x01020304, 0x7a7b7c7d
	x := h.place(h.Arena(), returns(a))
	var over atomic.Bool
	var sawA, sawB atomic.Bool
	var harts sync.WaitGroup
	for range 2 {
		harts.Go(func() {
			for !over.Load() {
				switch got := call.Leaf(x.Entry()); got {
				case a:
					sawA.Store(true)
				case b:
					sawB.Store(true)
				default:
					t.Errorf("returned %#x", got)
					return
				}
			}
		})
	}
	for i := 0; i < 20_000 || !(sawA.Load() && sawB.Load()) && !t.Failed(); i++ {
		x.Patch32(4, []int32{a, b}[i&1])
		if i%64 == 0 {
			runtime.Gosched()
		}
	}
	over.Store(true)
	harts.Wait()
}
