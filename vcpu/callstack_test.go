package vcpu

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	stackTop = data + 0x8000
	callSite = ram + 0x1000 // calls, eight bytes apart
)

// back is the return address of the i-th call at callSite.
func back(i uint64) uint64 { return callSite + 8*i + 4 }

// stacked is a hart that has something to do, with calls in memory.
func stacked(t *testing.T) (*world, *Hart) {
	w := newWorld(t, 1)
	p := asm.New(callSite).Label("f")
	for i := range 64 {
		if i%2 == 0 {
			p.Jump(asm.RA, "f")
		} else {
			p.I(isa.JALR, asm.RA, asm.T0, 0)
		}
		p.Insn(isa.Insn{Op: isa.ADDI}) // a NOP
	}
	p.Half(0x9002).Half(0x1).Half(0x9282).Half(0x1) // C.EBREAK, C.NOP, C.JALR t0, C.NOP
	w.load(p, callSite)
	h := w.harts[0]
	h.start.Store(nil)
	h.state.Store(stateQueued)
	h.S.PC = ram
	h.SetX(2, stackTop-0x1000)
	return w, h
}

// frame writes a frame behind fp.
func (w *world) frame(fp, back, caller uint64) {
	w.Helper()
	for at, v := range map[uint64]uint64{fp - 8: back, fp - 16: caller} {
		word, ok := w.mem.Word64(at)
		if !ok {
			w.Fatalf("no word at %#x", at)
		}
		word.Store(v)
	}
}

// refuses is a device that must not be touched.
type refuses struct{ *testing.T }

func (r refuses) Load(off uint64, size int) (uint64, bool) {
	r.Errorf("a device was read at %#x", off)
	return 0, true
}

func (r refuses) Store(off uint64, size int, v uint64) bool {
	r.Errorf("a device was written to at %#x", off)
	return true
}

// A call stack is what the frames say, as long as it can be true, whatever a guest puts there.
func TestCallStack(t *testing.T) {
	const a, b, c = stackTop - 0x100, stackTop - 0x80, stackTop
	for _, test := range []struct {
		name   string
		set    func(w *world, h *Hart)
		ra     uint64
		leaf   bool
		frames []uint64
	}{
		{name: "nothing", set: func(*world, *Hart) {}},
		{"three frames", func(w *world, h *Hart) {
			h.SetX(8, a)
			w.frame(a, back(1), b)
			w.frame(b, back(2), c)
			w.frame(c, back(3), 0)
		}, 0, false, []uint64{back(1), back(2), back(3)}},
		{"ra beside frames", func(w *world, h *Hart) {
			h.SetX(1, back(0))
			h.SetX(8, a)
			w.frame(a, back(1), 0)
		}, back(0), false, []uint64{back(1)}},
		{"leaf that saves s0 alone", func(w *world, h *Hart) {
			h.SetX(1, back(0))
			h.SetX(8, a)
			w.frame(a, b, 0)
			w.frame(b, back(2), 0)
		}, back(0), true, []uint64{back(2)}},
		{"a compressed call", func(w *world, h *Hart) {
			h.SetX(8, a)
			w.frame(a, callSite+8*64+6, 0)
		}, 0, false, []uint64{callSite + 8*64 + 6}},
		{"an EBREAK is no call", func(w *world, h *Hart) {
			h.SetX(8, a)
			w.frame(a, callSite+8*64+2, 0)
		}, 0, false, nil},
		{"nor is what lies elsewhere", func(w *world, h *Hart) {
			h.SetX(1, back(1)+4)
			h.SetX(8, a)
			w.frame(a, back(1)+4, b)
		}, 0, false, nil},
		{"odd return address", func(w *world, h *Hart) {
			h.SetX(1, back(1)+1)
			h.SetX(8, a)
			w.frame(a, 3, b)
		}, 0, false, nil},
		{"a frame that leads to itself", func(w *world, h *Hart) {
			h.SetX(8, a)
			w.frame(a, back(1), a)
		}, 0, false, []uint64{back(1)}},
		{"frames in a ring", func(w *world, h *Hart) {
			h.SetX(8, a)
			w.frame(a, back(1), b)
			w.frame(b, back(2), a)
		}, 0, false, []uint64{back(1), back(2), back(1), back(2), back(1), back(2), back(1), back(2)}},
		{"misaligned", func(w *world, h *Hart) {
			h.SetX(8, a)
			w.frame(a, back(1), b+4)
		}, 0, false, []uint64{back(1)}},
		{"out of memory", func(w *world, h *Hart) {
			h.SetX(8, a)
			w.frame(a, back(1), 0x1000)
		}, 0, false, []uint64{back(1)}},
		{"at the end of memory", func(w *world, h *Hart) { h.SetX(8, ram) }, 0, false, nil},
		{"at the end of addresses", func(w *world, h *Hart) { h.SetX(8, 8); h.SetX(2, ^uint64(15)) }, 0, false, nil},
		{"huge", func(w *world, h *Hart) { h.SetX(8, 0x7fff_ffff_ffff_fff8); h.SetX(1, ^uint64(1)) }, 0, false, nil},
		{"a device", func(w *world, h *Hart) { h.SetX(8, 0x1000_0100); h.SetX(1, 0x1000_0104); h.SetX(2, 0x1000_0000) }, 0, false, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, h := stacked(t)
			if err := w.mem.Map("a device", 0x1000_0000, 0x1000, refuses{t}); err != nil {
				t.Fatal(err)
			}
			test.set(w, h)
			var room [8]uint64
			s, ok := h.Sample(room[:0])
			if !ok || s.RA != test.ra || s.Leaf != test.leaf || !slices.Equal(s.Frames, test.frames) {
				t.Errorf("%v: ra %#x, leaf %v, frames %#x; want %#x, %v, %#x", ok, s.RA, s.Leaf, s.Frames, test.ra, test.leaf, test.frames)
			}
		})
	}
}

// Where code keeps no frame pointers, the calls of native code count that lie on the guest's stack in their order.
func TestCallStackWithoutFrames(t *testing.T) {
	w, h := stacked(t)
	s := h.S
	s.EnterCalls()
	calls := []uint64{back(1), back(2), back(3), back(4), back(5)} // the latest first
	for i, v := range calls {
		s.Calls[hart.CallWords-1-2*len(calls)+2*i] = v
	}
	s.CallTop -= uintptr(16 * len(calls))
	put := func(at, v uint64) {
		word, _ := w.mem.Word64(h.X(2) + at)
		word.Store(v)
	}
	h.SetX(1, back(1))
	put(0x10, back(2))
	put(0x18, back(1)) // left there by an earlier call
	put(0x40, back(5)) // and this, since back(4) lies behind it
	put(0x80, back(4))
	put(stackSeen+8, back(5)) // too far
	want := []uint64{back(2), back(5)}
	var room [8]uint64
	if got, _ := h.Sample(room[:0]); got.RA != back(1) || !slices.Equal(got.Frames, want) {
		t.Errorf("ra %#x, frames %#x, want %#x", got.RA, got.Frames, want)
	}
	if got, _ := h.Sample(room[:0:1]); !slices.Equal(got.Frames, want[:1]) {
		t.Errorf("with room for one: %#x", got.Frames)
	}
	h.SetX(2, ^uint64(7)) // no stack
	if got, _ := h.Sample(room[:0]); len(got.Frames) != 0 {
		t.Errorf("without a stack: %#x", got.Frames)
	}
	h.SetX(2, stackTop-0x1000)
	s.DropCalls()
	if got, _ := h.Sample(room[:0]); len(got.Frames) != 0 {
		t.Errorf("calls that count no more: %#x", got.Frames)
	}
}

// Sampling a hart that translates sets no A bit, fills nothing and counts nothing.
func TestSampleLeavesNoTrace(t *testing.T) {
	w, h := stacked(t)
	const root, virtual = ram + 3<<20, 0x20_0000_0000
	pte := uint64(ram>>12<<10 | 0x0f) // V, R, W, X of 1 GiB, without A and D
	entry, _ := w.mem.Word64(root + virtual>>30*8)
	entry.Store(pte)
	w.frame(stackTop-0x100, virtual+back(1)-ram, 0)
	h.MMU.PMP().WriteAddr(0, ^uint64(0)>>10)
	h.MMU.PMP().WriteCfg(0, 0x1f)
	h.MMU.PMPChanged()
	h.priv = shardedtlb.S
	h.csrs.satp = 8<<60 | root>>12
	h.switchView()
	h.S.PC = virtual
	h.SetX(2, virtual+stackTop-0x1000-ram)
	h.SetX(8, virtual+stackTop-0x100-ram)
	before := h.MMU.Counted()
	var room [8]uint64
	s, _ := h.Sample(room[:0])
	if want := []uint64{virtual + back(1) - ram}; !slices.Equal(s.Frames, want) || s.Priv != shardedtlb.S || s.PC != virtual {
		t.Errorf("%+v", s)
	}
	var code [8]byte
	if !h.PeekCode(virtual+callSite-ram, code[:]) || code == [8]byte{} {
		t.Error("no code")
	}
	if got := entry.Load(); got != pte {
		t.Errorf("the page-table entry has become %#x", got)
	}
	if after := h.MMU.Counted(); after != before {
		t.Errorf("counted %+v, before %+v", after, before)
	}
}

// Harts that wait for anything but a worker are in no profile, and the time of those that work adds up.
func TestSampleOfHartsThatWait(t *testing.T) {
	w, h := stacked(t)
	for name, set := range map[string]func(){
		"idle":    func() { h.state.Store(stateIdle) },
		"waiting": func() { h.waiting = true },
		"blocked": func() { h.blocked.Store(true) },
		"stopped": func() { h.start.Store(&off) },
		"stalled": func() { h.stalled.Store(true) },
	} {
		set()
		if _, ok := h.Sample(nil); ok {
			t.Errorf("a hart that is %s has a sample", name)
		}
		h.state.Store(stateQueued)
		h.waiting = false
		h.blocked.Store(false)
		h.start.Store(nil)
		h.stalled.Store(false)
	}
	h.work.on = true
	w.load(asm.New(ram).Insn(isa.Insn{Op: isa.JAL}), ram)
	last, _ := h.Sample(nil)
	for range 3 {
		h.Slice(4)
		s, ok := h.Sample(nil)
		if !ok || s.Worked <= last.Worked || s.Instructions <= last.Instructions {
			t.Errorf("%v: %+v after %+v", ok, s, last)
		}
		if again, _ := h.Sample(nil); again.Worked != s.Worked {
			t.Errorf("a hart without a worker works on")
		}
		last = s
	}
	if fmt.Sprint(last.Frames) != "[]" {
		t.Errorf("frames without room: %v", last.Frames)
	}
}
