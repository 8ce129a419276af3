package runtime

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// lane is a machine of one hart that a test steps budget by budget. Its clock is a
// function of what it has executed, so that the same guest always runs alike.
type lane struct {
	*Machine
	h      *vcpu.Hart
	slept  int64 // ticks added while the hart waited
	waits  bool
	ending *ending
	out    bytes.Buffer
}

func newLane(t *testing.T, cfg Config, jit JITMode) *lane {
	t.Helper()
	l := new(lane)
	cfg.JIT.Mode, cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = jit, 1, 1
	cfg.test.wait = true
	cfg.Entropy = zeros{}
	cfg.Stdout = &l.out
	cfg.test.ticks = func() int64 {
		if l.h == nil { // it is being made
			return 0
		}
		return int64(l.h.S.Count/8) + l.slept
	}
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	l.Machine, l.h = m, m.core.Harts[0]
	m.core.Hold() // the test is the worker
	m.launch()
	return l
}

// zeros is a source of numbers that are not random.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// step executes one budget, or what stands in for it.
func (l *lane) step() {
	l.waits = l.h.Slice(1) == vcpu.Idle
	select {
	case e := <-l.end:
		l.ending = &e
	case e := <-l.halt:
		l.ending = &e
	default:
	}
}

// sleep lets time pass for a hart that waits.
func (l *lane) sleep() {
	l.slept += 100
	l.h.Wake()
}

// progress orders what the lanes have done.
func (l *lane) progress() [2]uint64 { return [2]uint64{l.h.S.Count, l.h.Counters().Traps} }

func before(a, b [2]uint64) bool { return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] }

const (
	maxLockstep = 3_000_000 // blocks of one guest
	maxApart    = 10_000    // steps until both have done the same
	compareRAM  = 100_000   // steps between two comparisons of all memory
)

// lockstep runs the guest of cfg natively and interpreted, and compares the complete
// state after every budget: with a budget of 1, after every block.
func lockstep(t *testing.T, cfg Config) {
	native, interpreted := newLane(t, cfg, JITOn), newLane(t, cfg, JITOff)
	for n := 0; native.ending == nil; n++ {
		if n == maxLockstep {
			t.Fatalf("no end after %d blocks, at %#x", n, native.h.S.PC)
		}
		from := native.h.S.PC
		if !meet(native, interpreted) {
			t.Fatalf("after %#x, natively %d instructions and %d traps, interpreted %d and %d\n%s", from,
				native.progress()[0], native.progress()[1], interpreted.progress()[0], interpreted.progress()[1], native.listing(from))
		}
		if d := differences(native.h, interpreted.h); d != "" {
			t.Fatalf("after the blocks from %#x on, instruction %d, native and interpreted differ:\n%s%s", from, native.h.S.Count, d, native.listing(from))
		}
		if n%compareRAM == compareRAM-1 {
			sameRAM(t, native, interpreted)
		}
		if native.waits && interpreted.waits {
			native.sleep()
			interpreted.sleep()
		}
	}
	sameRAM(t, native, interpreted)
	if interpreted.ending == nil || *native.ending != *interpreted.ending {
		t.Fatalf("natively it ends with %+v, interpreted with %+v", native.ending, interpreted.ending)
	}
	if native.ending.reason != Exited || native.ending.code != 0 {
		t.Fatalf("the guest ends with %+v", *native.ending)
	}
	if s := native.Stats().jit; s.Native == 0 {
		t.Fatal("nothing ran natively")
	} else {
		t.Logf("%d instructions, %.1f %% native", native.h.S.Count, 100*s.NativeShare)
		if s.Store != nil && s.Store.Hits == 0 {
			t.Errorf("no code was loaded: %+v", *s.Store)
		}
	}
}

// meet executes a budget on a, and then on either until both have done the same.
func meet(a, b *lane) bool {
	a.step()
	for range maxApart {
		switch pa, pb := a.progress(), b.progress(); {
		case pa == pb && a.waits == b.waits:
			return true
		case before(pa, pb), pa == pb && b.waits:
			a.step()
		default:
			b.step()
		}
	}
	return false
}

// differences lists what differs in the states of two harts.
func differences(a, b *vcpu.Hart) string {
	var out strings.Builder
	check := func(name string, x, y uint64) {
		if x != y {
			fmt.Fprintf(&out, "  %-8s natively %#x, interpreted %#x\n", name, x, y)
		}
	}
	check("pc", a.S.PC, b.S.PC)
	for i := range uint8(32) {
		check(isa.XName(i), a.S.R[hart.X+i], b.S.R[hart.X+i])
		check(isa.FName(i), a.S.R[hart.F+i], b.S.R[hart.F+i])
	}
	check("fflags", uint64(a.S.FFlags), uint64(b.S.FFlags))
	check("frm", uint64(a.S.FRM), uint64(b.S.FRM))
	check("mstatus", a.S.MStatus, b.S.MStatus)
	check("mode", uint64(a.Priv()), uint64(b.Priv()))
	return out.String()
}

func sameRAM(t *testing.T, a, b *lane) {
	t.Helper()
	size := uint64(a.cfg.Memory)
	x, errX := a.core.Mem.Slice(RAMBase, size)
	y, errY := b.core.Mem.Slice(RAMBase, size)
	if errX != nil || errY != nil {
		t.Fatal(errX, errY)
	}
	if bytes.Equal(x, y) {
		return
	}
	for i := range x {
		if x[i] != y[i] {
			t.Fatalf("at instruction %d the byte at %#x is %#x natively and %#x interpreted", a.h.S.Count, RAMBase+i, x[i], y[i])
		}
	}
}

// listing shows the block at pc in both forms.
func (l *lane) listing(pc uint64) string {
	at, fault := l.h.MMU.Probe(l.h.MMU.View(shardedtlb.Fetch), pc, 2, shardedtlb.Fetch)
	if fault != shardedtlb.NoFault {
		return "its code cannot be translated any more"
	}
	b := l.core.Blocks.Get(blocks.Key{PA: at.PA, Mode: l.h.Core.Mode()}, func() (uint64, bool) { return 0, false })
	if b == nil {
		return "it crosses a page"
	}
	text, err := engine.Listing(b, pc)
	if err != nil {
		return err.Error()
	}
	return text
}

// TestLockstepGuests runs the guest programs natively and interpreted side by side,
// block by block.
func TestLockstepGuests(t *testing.T) { lockstepGuests(t, 1) }

// TestLockstepLinkedGuests lets native code run on over links and jumps.
func TestLockstepLinkedGuests(t *testing.T) {
	if testing.Short() {
		t.Skip("block by block is enough")
	}
	lockstepGuests(t, 299)
}

// TestLockstepKeptGuests runs guests on code that an earlier run has kept.
func TestLockstepKeptGuests(t *testing.T) {
	needNative(t)
	for i, g := range manifest(t) {
		if g.harts != 1 || i%6 != 0 || testing.Short() && i%12 != 0 {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			cfg := Default()
			cfg.Program = filepath.Join(guestDir, g.name+".elf")
			cfg.Memory, cfg.CPU.MMU, cfg.test.budget = g.memory, Sv57, 299
			cfg.CodeStore.Dir = filepath.Join(t.TempDir(), "store")
			fill := newLane(t, cfg, JITOn)
			for n := 0; fill.ending == nil && n < maxLockstep; n++ {
				if fill.step(); fill.waits {
					fill.sleep()
				}
			}
			if err := fill.Close(); err != nil {
				t.Fatal(err)
			}
			lockstep(t, cfg)
		})
	}
}

func lockstepGuests(t *testing.T, budget uint64) {
	needNative(t)
	for i, g := range manifest(t) {
		if g.harts != 1 {
			continue // what several harts do depends on the host
		}
		if testing.Short() && i%4 != 0 {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			cfg := Default()
			cfg.Program = filepath.Join(guestDir, g.name+".elf")
			cfg.Memory, cfg.CPU.MMU, cfg.test.budget = g.memory, Sv57, budget
			lockstep(t, cfg)
		})
	}
}
