package plic

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

var _ device.Device = (*Device)(nil)

type rig struct {
	t      *testing.T
	d      *Device
	levels []bool
}

func newRig(t *testing.T, contexts int) *rig {
	t.Helper()
	r := &rig{t: t, levels: make([]bool, contexts)}
	d, err := New(Config{Contexts: contexts, Output: func(ctx int, level bool) {
		if r.levels[ctx] == level {
			t.Errorf("context %d told %v twice", ctx, level)
		}
		r.levels[ctx] = level
	}})
	if err != nil {
		t.Fatal(err)
	}
	r.d = d
	return r
}

func (r *rig) store(off, v uint64) {
	r.t.Helper()
	if !r.d.Store(off, 4, v) {
		r.t.Fatalf("store at %#x refused", off)
	}
}

func (r *rig) load(off uint64) uint64 {
	r.t.Helper()
	v, ok := r.d.Load(off, 4)
	if !ok {
		r.t.Fatalf("load at %#x refused", off)
	}
	return v
}

func (r *rig) line(src int) device.Line {
	r.t.Helper()
	l, err := r.d.Line(src)
	if err != nil {
		r.t.Fatal(err)
	}
	return l
}

func (r *rig) enable(ctx, src int) {
	off := uint64(enableBase + ctx*enableStride + src/32*4)
	r.store(off, r.load(off)|1<<(src%32))
}

func (r *rig) setPriority(src int, p uint64) { r.store(uint64(4*src), p) }
func (r *rig) threshold(ctx int, v uint64)   { r.store(uint64(contextBase+ctx*contextStride), v) }
func (r *rig) claimOff(ctx int) uint64       { return uint64(contextBase + ctx*contextStride + regClaim) }
func (r *rig) claim(ctx int) int             { return int(r.load(r.claimOff(ctx))) }
func (r *rig) complete(ctx, src int)         { r.store(r.claimOff(ctx), uint64(src)) }

func TestClaimAndComplete(t *testing.T) {
	r := newRig(t, 4)
	uart := r.line(10)
	r.setPriority(10, 1)
	r.enable(1, 10)
	r.enable(3, 10)
	uart(true)
	uart(true)
	if !r.levels[1] || !r.levels[3] || r.levels[0] || r.levels[2] {
		t.Fatalf("outputs %v", r.levels)
	}
	if r.load(pendingBase) != 1<<10 {
		t.Errorf("pending = %#x", r.load(pendingBase))
	}
	if got := r.claim(3); got != 10 {
		t.Fatalf("claim = %d", got)
	}
	if r.levels[1] || r.levels[3] || r.claim(1) != 0 {
		t.Error("claimed source is offered to others")
	}
	uart(true) // in service: no second request
	if r.levels[1] {
		t.Error("source in service became pending")
	}
	r.complete(3, 10) // the level is still up
	if !r.levels[1] || r.claim(1) != 10 {
		t.Error("level that stayed up did not come again")
	}
	uart(false)
	r.complete(1, 10)
	if r.levels[1] || r.claim(1) != 0 {
		t.Error("interrupt after the level dropped")
	}
}

func TestPriorities(t *testing.T) {
	r := newRig(t, 2)
	for _, s := range []int{3, 40, 95} {
		r.enable(1, s)
		r.line(s)(true)
	}
	if r.levels[1] || r.claim(1) != 0 {
		t.Error("priority 0 interrupts")
	}
	r.setPriority(3, 2)
	r.setPriority(40, 15) // 7 after dropping the bit that is not there
	r.setPriority(95, 7)
	if got := r.load(4 * 40); got != 7 {
		t.Errorf("priority = %d", got)
	}
	r.threshold(1, 7)
	if r.levels[1] {
		t.Error("threshold does not mask")
	}
	if got := r.claim(1); got != 40 {
		t.Errorf("claim above threshold = %d, want 40: lowest number of the highest priority", got)
	}
	r.threshold(1, 6)
	if !r.levels[1] || r.claim(1) != 95 || r.levels[1] {
		t.Error("source 95 not offered, or left pending")
	}
	r.threshold(1, 0)
	if r.claim(1) != 3 || r.levels[1] {
		t.Error("source 3 lost")
	}
}

func TestPendingSurvivesDroppedLevel(t *testing.T) {
	r := newRig(t, 1)
	r.setPriority(5, 1)
	r.enable(0, 5)
	r.line(5)(true)
	r.line(5)(false)
	if !r.levels[0] || r.claim(0) != 5 {
		t.Error("accepted request was withdrawn")
	}
	r.complete(0, 5)
	if r.levels[0] {
		t.Error("interrupt without a level")
	}
}

func TestCompletionOfDisabledSourceIsIgnored(t *testing.T) {
	r := newRig(t, 2)
	r.setPriority(5, 1)
	r.enable(0, 5)
	r.line(5)(true)
	r.claim(0)
	r.complete(1, 5)
	r.complete(0, 6)
	r.complete(0, 1<<20)
	if r.levels[0] {
		t.Error("a completion that does not count ended the service")
	}
	r.complete(0, 5)
	if !r.levels[0] {
		t.Error("right completion ignored")
	}
}

func TestResetKeepsLines(t *testing.T) {
	r := newRig(t, 2)
	r.setPriority(5, 1)
	r.enable(0, 5)
	r.line(5)(true)
	r.claim(0)
	r.d.Reset()
	if r.levels[0] || r.load(4*5) != 0 || r.load(enableBase) != 0 {
		t.Error("state survived reset")
	}
	r.setPriority(5, 1)
	r.enable(0, 5)
	if !r.levels[0] {
		t.Error("level that is up was forgotten")
	}
}

func TestHighestContextAndHoles(t *testing.T) {
	r := newRig(t, MaxContexts)
	if Size(MaxContexts) <= r.claimOff(MaxContexts-1) || Size(2) != 0x600000 {
		t.Errorf("sizes %#x, %#x", Size(MaxContexts), Size(2))
	}
	r.setPriority(95, 1)
	r.enable(MaxContexts-1, 95)
	r.line(95)(true)
	if !r.levels[MaxContexts-1] || r.claim(MaxContexts-1) != 95 {
		t.Error("last context not reached")
	}
	r.store(0, 7) // source 0
	r.store(enableBase, 1)
	if r.load(0) != 0 || r.load(enableBase) != 0 {
		t.Error("source 0 exists")
	}
	for _, off := range []uint64{4 * 96, 0xffc, 0x100c, 0x1ffc, 0x200c, 0x200008, Size(MaxContexts) - 4} {
		r.store(off, ^uint64(0))
		if v := r.load(off); v != 0 {
			t.Errorf("hole at %#x reads %#x", off, v)
		}
	}
	r.store(pendingBase, ^uint64(0))
	if r.load(pendingBase) != 0 {
		t.Error("pending bits can be written")
	}
	for _, size := range []int{1, 2, 8} {
		if _, ok := r.d.Load(0, size); ok || r.d.Store(0, size, 0) {
			t.Errorf("access of %d bytes accepted", size)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	out := func(int, bool) {}
	for _, n := range []int{0, -1, MaxContexts + 1} {
		if _, err := New(Config{Contexts: n, Output: out}); !errors.Is(err, ErrContexts) {
			t.Errorf("%d contexts: %v", n, err)
		}
	}
	if _, err := New(Config{Contexts: 1}); !errors.Is(err, ErrNoOutput) {
		t.Errorf("no output: %v", err)
	}
	d, _ := New(Config{Contexts: 1, Output: out})
	for _, s := range []int{0, -1, 96} {
		if _, err := d.Line(s); err == nil {
			t.Errorf("source %d exists", s)
		}
	}
}
