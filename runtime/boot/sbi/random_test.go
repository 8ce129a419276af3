package sbi

import (
	"math/rand/v2"
	"testing"
)

// TestRandomCalls throws calls with hostile arguments at the firmware. The fake
// platform complains about hart numbers that do not exist.
func TestRandomCalls(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	exts := []uint64{extBase, extTime, extIPI, extRFence, extHSM, extReset, extDebug, extPMU, extFeatures, extSuspend, extStealTime, extTriggers, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	special := []uint64{0, 1, 2, 63, 64, all, all - 1, 1 << 63, 1<<63 - 1, 1 << 31, 0xffffffff, ramBase, ramBase + ramSize - 1, 4094}
	value := func() uint64 {
		if rnd.IntN(3) == 0 {
			return rnd.Uint64()
		}
		return special[rnd.IntN(len(special))]
	}
	var rigs []*rig
	for _, harts := range []int{2, 4, 64, 65, 4095} {
		r := newRig(t)
		r.setHarts(harts)
		rigs = append(rigs, r)
	}
	for i := range 20000 {
		r := rigs[i%len(rigs)]
		r.h.virtual[ramBase] = make([]byte, 512)
		r.p.out, r.p.ipis, r.p.targets, r.p.fences, r.p.resets, r.p.suspend, r.p.starts = nil, nil, nil, nil, nil, nil, nil
		r.p.in = []byte("input")
		r.raw(exts[rnd.IntN(len(exts))], uint64(rnd.IntN(9)), value(), value(), value(), value(), value())
		for _, hart := range r.p.targets {
			r.p.check(hart)
		}
	}
}
