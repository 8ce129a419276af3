package vcpu

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const hpm3 = isa.CSR_MHPMCOUNTER3

// paged gives h an Sv39 table whose pages map VA 0 to 2 MiB to the first 2 MiB of RAM, in
// pages of 4 KiB without A and D, and enters S-mode under it. Returns the leaf PTEs' address.
func paged(w *world, h *Hart) (leaves uint64) {
	const root, middle = data, data + 0x1000
	leaves = data + 0x2000
	put := func(at, v uint64) {
		word, _ := w.mem.Word64(at)
		word.Store(v)
	}
	put(root, middle>>2|1)
	put(middle, leaves>>2|1)
	for i := range uint64(512) {
		put(leaves+8*i, (ram+i<<12)>>2|0xf)
	}
	h.csrs.menvcfg |= envADUE
	h.MMU.SetEnv(true, false)
	h.csrs.satp = 8<<60 | root>>12
	h.enter(shardedtlb.S)
	return leaves
}

// Every event is counted as often as it happens, by a counter that has been told to.
func TestEventsAreCounted(t *testing.T) {
	at := func(h *Hart, va uint64, op isa.Op) { // one access by an engine
		w := h.env.(*world)
		p := asm.New(0)
		if op == isa.LD {
			p.I(op, asm.A0, asm.A1, 0)
		} else {
			p.S(op, asm.A0, asm.A1, 0)
		}
		w.load(p.Op(isa.EBREAK), ram+0x8000)
		h.SetX(int(asm.A1), va)
		h.S.PC = 0x8000
		h.S.Arm(10)
		h.Core.Run()
	}
	touch := func(op isa.Op, pages uint64) func(*world, *Hart) {
		return func(w *world, h *Hart) {
			paged(w, h)
			at(h, 0x9000, op) // code and the tables' sizes are known now
			h.begins()
			for i := range pages {
				at(h, (0x20+7*i*i)<<12, op)
			}
		}
	}
	actions := map[uint64]struct {
		act  func(*world, *Hart)
		want uint64
	}{
		EventCycles:       {func(_ *world, h *Hart) { h.begins(); h.S.Count += 5 }, 5},
		EventInstructions: {func(_ *world, h *Hart) { h.begins(); h.S.Count += 6 }, 6},
		0x10019:           {touch(isa.LD, 3), 3},
		0x1001b:           {touch(isa.SD, 4), 4},
		0x10021: {func(w *world, h *Hart) {
			paged(w, h)
			for i := range uint64(3) {
				w.load(asm.New(0).Op(isa.EBREAK), ram+(0x40+i)<<12)
			}
			h.begins()
			for i := range uint64(3) {
				h.S.PC = (0x40 + i) << 12
				h.S.Arm(1)
				h.Core.Run()
			}
		}, 3},
		EventRaw:     {touch(isa.LD, 5), 5},
		EventRaw + 1: {touch(isa.LD, 2), 6}, // three levels
		EventRaw + 2: {func(w *world, h *Hart) {
			touch(isa.LD, 2)(w, h)
			h.MMU.FlushFirstLevel()
			h.begins()
			at(h, 0x20000, isa.LD) // the code, and the page
		}, 2},
		EventRaw + 3: {touch(isa.LD, 2), 2},
		EventRaw + 4: {touch(isa.SD, 3), 3},
		EventRaw + 5: {func(_ *world, h *Hart) {
			h.begins()
			h.exec(isa.Insn{Op: isa.SFENCE_VMA})
			h.exec(isa.Insn{Op: isa.SFENCE_VMA})
		}, 2},
		EventRaw + 6: {func(_ *world, h *Hart) { h.begins(); h.trap(2, 0); h.trap(interruptBit|3, 0); h.trap(8, 0) }, 2},
		EventRaw + 7: {func(_ *world, h *Hart) { h.begins(); h.trap(2, 0); h.trap(interruptBit|3, 0) }, 1},
		EventRaw + 8: {func(_ *world, h *Hart) {
			h.begins()
			for _, cause := range []uint64{5, 12, 13, 15, 2} {
				h.trap(cause, 0)
			}
		}, 3},
		EventRaw + 9: {func(_ *world, h *Hart) {
			h.Supervise(callFunc(func(*Hart) CallResult { return CallDone }))
			h.listen(EventRaw + 9)
			h.begins()
			h.exec(isa.Insn{Op: isa.ECALL})
			h.exec(isa.Insn{Op: isa.ECALL})
		}, 2},
		EventRaw + 10: {func(_ *world, h *Hart) { h.begins(); h.exec(isa.Insn{Op: isa.WFI}) }, 1},
		EventRaw + 11: {func(_ *world, h *Hart) { h.begins(); h.Core.Native.Insns += 9 }, 9},
		EventRaw + 12: {func(_ *world, h *Hart) {
			h.begins()
			h.Core.Native.Exits[code.NativePoll]++
			h.Core.Native.Exits[code.NativeLink]++
		}, 2},
	}
	for _, e := range Events() {
		a, ok := actions[e.Number]
		if !ok {
			t.Errorf("no action for %s (%#x)", e.Name, e.Number)
			continue
		}
		w, h := newHart(t, shardedtlb.M)
		h.listen(e.Number)
		a.act(w, h)
		if got := h.csrRead(hpm3); got != a.want {
			t.Errorf("%s (%#x): counted %d, want %d", e.Name, e.Number, got, a.want)
		}
		before := h.csrRead(hpm3)
		h.setInhibit(1 << firstHPM)
		h.begins()
		h.S.Count++
		h.trap(13, 0)
		if got := h.csrRead(hpm3); got != 0 {
			t.Errorf("%s inhibited: %d, before %d", e.Name, got, before)
		}
	}
}

// listen has mhpmcounter3 count an event, and begins sets it to 0.
func (h *Hart) listen(event uint64) {
	h.setInhibit(0)
	h.csrWrite(isa.CSR_MHPMEVENT3, event, ones)
}

func (h *Hart) begins() { h.csrWrite(hpm3, 0, ones) }

// A counter whose mode bits say so counts in the other modes only (Sscofpmf, Smcntrpmf):
// an instruction that traps does not retire, and xRET retires in the mode that it leaves.
func TestCountersFilterModes(t *testing.T) {
	for _, test := range []struct {
		inhibited uint64
		want      uint64 // of the 2 instructions in U-mode, 3 in S-mode, 4 in M-mode
	}{
		{0, 9}, {hpmMINH, 5}, {hpmSINH, 6}, {hpmUINH, 7}, {hpmMINH | hpmSINH, 2}, {hpmMINH | hpmUINH, 3},
		{hpmSINH | hpmUINH, 4}, {hpmModes, 0},
	} {
		for _, c := range []struct{ config, counter isa.CSR }{
			{isa.CSR_MHPMEVENT3, isa.CSR_MHPMCOUNTER3}, {isa.CSR_MHPMEVENT31, isa.CSR_MHPMCOUNTER31},
			{isa.CSR_MCYCLECFG, isa.CSR_MCYCLE}, {isa.CSR_MINSTRETCFG, isa.CSR_MINSTRET},
		} {
			w, h := newHart(t, shardedtlb.M)
			user, supervisor := asm.New(data), asm.New(stvec)
			user.I(isa.ADDI, asm.T0, asm.Zero, 1).I(isa.ADDI, asm.T0, asm.Zero, 2).Op(isa.EBREAK)
			supervisor.I(isa.ADDI, asm.T0, asm.Zero, 1).CSR(isa.CSRRS, asm.T0, isa.CSR_SEPC, 0).I(isa.ADDI, asm.T0, asm.Zero, 3).Op(isa.ECALL)
			w.load(user, data)
			w.load(supervisor, stvec)
			w.load(asm.New(mtvec).Label("here").Jump(asm.Zero, "here"), mtvec)
			p := asm.New(ram).I(isa.ADDI, asm.T0, asm.Zero, 1).I(isa.ADDI, asm.T0, asm.Zero, 2).I(isa.ADDI, asm.T0, asm.Zero, 3).Op(isa.MRET)
			w.load(p, ram)
			event := uint64(EventInstructions)
			h.write(c.config, test.inhibited|event)
			h.write(c.counter, 0)
			// The instruction behind that write is not counted in this test's sum.
			h.S.PC, h.S.MStatus, h.csrs.mepc = ram, 0, data
			h.csrs.medeleg = 1 << causeBreakpoint
			h.S.Arm(9)
			h.burst()
			if h.priv != shardedtlb.M || h.S.PC != mtvec {
				t.Fatalf("ended in mode %d at %#x", h.priv, h.S.PC)
			}
			if v := h.csrRead(c.counter); v != test.want {
				t.Errorf("%v with %#x: %d, want %d", c.counter, test.inhibited, v, test.want)
			}
		}
	}
}

// An overflow sets OF, which scountovf shows to those who may read the counter, and asks for
// an interrupt; not if OF is set already, and never by a write.
func TestCounterOverflow(t *testing.T) {
	for _, of := range []uint64{0, hpmOF} {
		_, h := newHart(t, shardedtlb.M)
		h.write(isa.CSR_MHPMEVENT3+4, of|EventInstructions)
		h.write(hpm3+4, ones) // the next instruction overflows it, not this one
		if h.csrs.softPending != 0 {
			t.Fatal("a write overflows")
		}
		if v := h.csrRead(isa.CSR_SCOUNTOVF); v != of>>63<<7 {
			t.Errorf("scountovf is %#x before", v)
		}
		h.S.Count++
		for _, test := range []struct {
			priv    shardedtlb.Priv
			enabled uint64
			want    uint64
		}{{shardedtlb.M, 0, 1 << 7}, {shardedtlb.S, 1 << 7, 1 << 7}, {shardedtlb.S, ones &^ (1 << 7), 0}} {
			h.priv, h.csrs.mcounteren = test.priv, test.enabled
			if v := h.csrRead(isa.CSR_SCOUNTOVF); v != test.want {
				t.Errorf("scountovf in mode %d with mcounteren %#x: %#x", test.priv, test.enabled, v)
			}
		}
		if v := h.csrRead(isa.CSR_MHPMEVENT3 + 4); v != hpmOF|EventInstructions {
			t.Errorf("mhpmevent7 is %#x", v)
		}
		if got := h.csrs.softPending & ipLCOFIP; (got != 0) != (of == 0) {
			t.Errorf("OF %#x before: LCOFIP %#x", of, got)
		}
		if h.csrRead(hpm3+4) != 0 {
			t.Errorf("it counts on at %d", h.csrRead(hpm3+4))
		}
		h.csrs.softPending = 0
		h.csrWrite(hpm3+4, ones, ones)
		h.S.Count += 2
		if h.settle(); h.csrs.softPending != 0 {
			t.Error("OF does not disable the interrupt")
		}
	}
}

// The interrupt of a counter of instructions comes within a block, whatever the budget; of one
// of other events within a few thousand instructions.
func TestOverflowInterruptsInTime(t *testing.T) {
	for _, test := range []struct{ event, start, latest uint64 }{
		{EventInstructions, ones - 999, 1000 + code.MaxInsns + 4}, {EventCycles, ones - 69_999, 70_000 + code.MaxInsns + 4},
		{EventRaw + 6, ones, haste + code.MaxInsns + 8},
	} {
		w, h := newHart(t, shardedtlb.M)
		p := asm.New(ram)
		p.CSR(isa.CSRRW, asm.Zero, isa.CSR_MHPMEVENT3, asm.A0)
		p.CSR(isa.CSRRW, asm.Zero, hpm3, asm.A1)
		p.CSR(isa.CSRRS, asm.S0, isa.CSR_MINSTRET, 0)
		p.CSR(isa.CSRRS, asm.Zero, isa.CSR_MSTATUS, asm.A2)
		p.Op(isa.ECALL)
		p.Label("loop").I(isa.ADDI, asm.T0, asm.T0, 1).Jump(asm.Zero, "loop")
		w.load(p, ram)
		handler := asm.New(mtvec).CSR(isa.CSRRS, asm.T1, isa.CSR_MCAUSE, 0)
		handler.Branch(isa.BGE, asm.T1, asm.Zero, "skip")
		handler.CSR(isa.CSRRS, asm.S1, isa.CSR_MINSTRET, 0).Label("stay").Jump(asm.Zero, "stay")
		handler.Label("skip").CSR(isa.CSRRS, asm.T2, isa.CSR_MEPC, 0).I(isa.ADDI, asm.T2, asm.T2, 4)
		handler.CSR(isa.CSRRW, asm.Zero, isa.CSR_MEPC, asm.T2).Op(isa.MRET)
		w.load(handler, mtvec)
		h.csrs.mie = ipLCOFIP
		for r, v := range map[uint8]uint64{asm.A0: test.event, asm.A1: test.start, asm.A2: statusMIE} {
			h.SetX(int(r), v)
		}
		h.Launch()
		<-w.queue
		h.state.Store(stateQueued)
		for range 100 {
			if h.Slice(4); h.X(int(asm.S1)) != 0 {
				break
			}
		}
		took := h.X(int(asm.S1)) - h.X(int(asm.S0))
		if h.X(int(asm.S1)) == 0 || h.csrs.mcause != interruptBit|13 || took > test.latest {
			t.Errorf("event %#x: cause %#x, %d instructions after the start, want %d at most", test.event, h.csrs.mcause, took, test.latest)
		}
	}
}
