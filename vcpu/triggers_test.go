package vcpu

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const disabledTrigger = uint64(triggerDisabled) << triggerType

// A debugger finds the triggers, and what they can do, in the way that the specification
// describes; writing 0 disables one, and what there is not reads back as a disabled one.
func TestTriggersAreEnumerated(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	found := 0
	for n := uint64(0); ; n++ {
		if !h.write(isa.CSR_TSELECT, n) {
			t.Fatal("no triggers")
		}
		if v, _ := h.read(isa.CSR_TSELECT); v != n {
			break
		}
		if v, ok := h.read(isa.CSR_TINFO); !ok || v != 1<<24|1<<3|1<<4|1<<5|1<<6|1<<15 {
			t.Errorf("tinfo is %#x", v)
		}
		if v, _ := h.read(isa.CSR_TDATA1); v != disabledTrigger {
			t.Errorf("tdata1 of trigger %d is %#x at reset", n, v)
		}
		found++
	}
	if found != Triggers {
		t.Errorf("%d triggers", found)
	}
	h.write(isa.CSR_TSELECT, 2)
	for _, test := range []struct{ write, read uint64 }{
		{0, disabledTrigger}, {ones, disabledTrigger}, {2<<60 | 7, disabledTrigger},
		{6<<60 | 0x7f&^0x20, 6<<60 | 0x5f}, {6<<60 | matchHit0 | matchHit1, 6<<60 | matchHit0 | matchHit1},
		{6<<60 | 1<<59 | 1, 6<<60 | 1}, {6<<60 | 1<<11 | 1, 6<<60 | 1}, // no debug mode, no chains
		{6<<60 | 1<<12 | 1, disabledTrigger}, {6<<60 | matchSelect | 1, disabledTrigger}, {6<<60 | 4<<7 | 1, disabledTrigger},
		{6<<60 | 9<<7 | 1, disabledTrigger}, {6<<60 | 3<<7 | 1, 6<<60 | 3<<7 | 1}, {6<<60 | 4<<16 | 1, disabledTrigger}, {6<<60 | 6<<16 | 1, disabledTrigger},
		{6<<60 | 5<<16 | 1, 6<<60 | 5<<16 | 1},
		{3<<60 | 0x3fff<<10 | 0x3c0, 3<<60 | 0x3fff<<10 | 0x3c0}, {3<<60 | 1, disabledTrigger}, {3<<60 | 1<<24 | 1<<26, 3<<60 | 1<<24},
		{4<<60 | 0x2c0, 4<<60 | 0x2c0}, {4<<60 | 1<<10, 4 << 60}, {5<<60 | 1<<58 | 0x2c0, 5<<60 | 1<<58 | 0x2c0}, {5<<60 | 8, disabledTrigger},
		{7 << 60, disabledTrigger},
	} {
		h.write(isa.CSR_TDATA1, test.write)
		if v, _ := h.read(isa.CSR_TDATA1); v != test.read {
			t.Errorf("tdata1 keeps %#x of %#x, want %#x", v, test.write, test.read)
		}
	}
	h.write(isa.CSR_TDATA2, ones)
	if v, _ := h.read(isa.CSR_TDATA2); v != ones {
		t.Errorf("tdata2 keeps %#x", v)
	}
	h.write(isa.CSR_TDATA3, ones)
	if v, _ := h.read(isa.CSR_TDATA3); v != extraValue {
		t.Errorf("tdata3 keeps %#x", v)
	}
	h.write(isa.CSR_TSELECT, 1)
	if v, _ := h.read(isa.CSR_TDATA2); v != 0 {
		t.Error("another trigger has the data of this one")
	}
}

// arm sets trigger n.
func (h *Hart) arm(n, data1, data2, data3 uint64) {
	h.csrWrite(isa.CSR_TSELECT, n, ones)
	h.csrWrite(isa.CSR_TDATA1, 0, ones)
	h.csrWrite(isa.CSR_TDATA2, data2, ones)
	h.csrWrite(isa.CSR_TDATA3, data3, ones)
	h.csrWrite(isa.CSR_TDATA1, data1, ones)
}

// Each kind of access is met at its first byte and at others, by the width, by ranges, before
// anything happens; others are not.
func TestAddressTriggers(t *testing.T) {
	const at = data + 0x100
	program := asm.New(ram)
	program.I(isa.ADDI, asm.T0, asm.Zero, 5)              // +0
	program.I(isa.LW, asm.T1, asm.A1, 4)                  // +4: at+4
	program.S(isa.SD, asm.T0, asm.A1, 16)                 // +8: at+16
	program.R(isa.AMOADD_W, asm.T2, asm.A2, asm.T0)       // +12: at+32
	program.I(isa.LR_D, asm.T3, asm.A3, 0)                // +16: at+48
	program.R(isa.SC_D, asm.T4, asm.A3, asm.T0)           // +20: at+48
	program.Insn(isa.Insn{Op: isa.CBO_ZERO, Rs1: asm.A4}) // +24: the block at at+64
	program.I(isa.JALR, asm.RA, asm.A5, 0)                // +28: to +32
	program.Half(0x0001).Half(0x0001)                     // +32: two c.nop
	program.I(isa.FLW, asm.T5, asm.A1, 8).Op(isa.ECALL)   // +36: at+8
	const x, l, s = matchExecute | matchM, matchLoad | matchM, matchStore | matchM
	for _, test := range []struct {
		data1, data2 uint64
		pc, tval     uint64 // relative; pc 0xff: none
	}{
		{x, ram, 0, ram}, {x, ram + 8, 8, ram + 8}, {x, ram + 9, 8, ram + 8}, {x, ram + 34, 34, ram + 34}, {x, ram + 31, 28, ram + 28},
		{x | 2<<16, ram + 28, 0xff, 0}, {x | 3<<16, ram + 28, 28, ram + 28}, {x | 2<<16, ram + 32, 32, ram + 32}, {x, ram + 100, 0xff, 0},
		{l, at + 4, 4, at + 4}, {l, at + 7, 4, at + 4}, {l, at + 3, 0xff, 0}, {l, at + 16, 0xff, 0}, {s, at + 4, 0xff, 0},
		{l | 3<<16, at + 4, 4, at + 4}, {l | 5<<16, at + 4, 0xff, 0}, {l, at + 8, 36, at + 8},
		{s, at + 16, 8, at + 16}, {s, at + 23, 8, at + 16}, {s | 5<<16, at + 20, 8, at + 16}, {s | 1<<16, at + 16, 0xff, 0},
		{l, at + 32, 12, at + 32}, {s, at + 35, 12, at + 32}, {l, at + 48, 16, at + 48}, {s, at + 48, 20, at + 48},
		{s, at + 64, 24, at + 70}, {s, at + 127, 24, at + 70}, {l, at + 64, 0xff, 0}, {s | 1<<16, at + 64, 0xff, 0},
		{s | matchNAPOT<<7, at + 0x1f, 8, at + 16}, {s | matchNAPOT<<7, at + 0x3f, 8, at + 16}, {l | matchNAPOT<<7, at + 0x207, 0xff, 0},
		{s | matchAtLeast<<7, at + 33, 12, at + 32}, {s | matchAtLeast<<7, at + 128, 0xff, 0}, {l | matchLess<<7, at + 4, 0xff, 0},
		{l | matchLess<<7, at + 5, 4, at + 4}, {matchLoad | matchS, at + 4, 0xff, 0}, {matchLoad | matchU, at + 4, 0xff, 0},
	} {
		w, h := newHart(t, shardedtlb.M)
		w.load(program, ram)
		w.load(asm.New(mtvec).Label("here").Jump(asm.Zero, "here"), mtvec)
		h.S.MStatus = statusMIE | statusFS
		for r, v := range map[uint8]uint64{asm.A1: at, asm.A2: at + 32, asm.A3: at + 48, asm.A4: at + 70, asm.A5: ram + 32} {
			h.SetX(int(r), v)
		}
		h.arm(1, triggerMatch<<triggerType|test.data1, test.data2, 0)
		h.S.PC = ram
		before := h.S.Count
		h.S.Arm(40)
		h.burst()
		pc, cause := h.csrs.mepc-ram, uint64(causeBreakpoint)
		want, tval, hit := test.pc, test.tval, uint64(matchHit0)
		if want == 0xff {
			want, cause, tval, hit = 40, causeEcallM, 0, 0
		}
		if pc != want || h.csrs.mcause != cause || h.csrs.mtval != tval || h.triggers.each[1].data1&(matchHit0|matchHit1) != hit {
			t.Errorf("%#x, %#x: stopped at +%d, cause %d, value %#x, tdata1 %#x; want +%d, %#x",
				test.data1, test.data2, pc, h.csrs.mcause, h.csrs.mtval, h.triggers.each[1].data1, want, tval)
		}
		if test.pc == 8 && w.word(at+16) != 0 {
			t.Errorf("%#x, %#x: the store has been made", test.data1, test.data2)
		}
		if test.pc == 0xff && (h.X(int(asm.T4)) != 0 || w.word(at+16) != 5 || h.S.Count-before > 40) {
			t.Errorf("%#x, %#x: sc gave %d, word %d", test.data1, test.data2, h.X(int(asm.T4)), w.word(at+16))
		}
	}
}

// A trigger does not fire where its breakpoint would destroy a handler's state, nor in another
// mode or address space than it is for.
func TestTriggersKeepOutOfHandlers(t *testing.T) {
	for _, test := range []struct {
		priv    shardedtlb.Priv
		status  uint64
		medeleg uint64
		mode    uint64
		data3   uint64
		fires   bool
	}{
		{shardedtlb.M, 0, 0, matchM, 0, false}, {shardedtlb.M, statusMIE, 0, matchM, 0, true},
		{shardedtlb.S, 0, 0, matchS, 0, true}, {shardedtlb.S, 0, 8, matchS, 0, false}, {shardedtlb.S, statusSIE, 8, matchS, 0, true},
		{shardedtlb.U, 0, 8, matchU, 0, true}, {shardedtlb.U, 0, 0, matchU, 0, true}, {shardedtlb.U, 0, 0, matchS | matchM, 0, false},
		{shardedtlb.S, 0, 0, matchS, 7<<2 | extraASID, true}, {shardedtlb.S, 0, 0, matchS, 8<<2 | extraASID, false},
	} {
		w, h := newHart(t, shardedtlb.M)
		w.load(asm.New(ram).I(isa.ADDI, asm.T0, asm.Zero, 1).I(isa.ADDI, asm.T0, asm.Zero, 2), ram)
		for _, handler := range []uint64{mtvec, stvec} {
			w.load(asm.New(handler).Label("here").Jump(asm.Zero, "here"), handler)
		}
		h.csrs.satp = 7 << 44
		h.arm(0, triggerMatch<<triggerType|matchExecute|test.mode, ram+4, test.data3)
		h.csrs.medeleg = test.medeleg
		h.S.MStatus = test.status
		h.enter(test.priv)
		h.S.Arm(2)
		h.burst()
		fired := h.csrs.mcause == causeBreakpoint || h.S.SCause == causeBreakpoint
		if fired != test.fires || (h.X(int(asm.T0)) == 2) == test.fires {
			t.Errorf("%+v: fired %v, t0 %d", test, fired, h.X(int(asm.T0)))
		}
	}
}

// Single steps in U-mode, from an M-mode handler that counts them: one instruction each,
// whatever it is, and none of the handler's.
func TestInstructionCountTrigger(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	user := asm.New(data)
	user.I(isa.ADDI, asm.T0, asm.Zero, 1).Op(isa.ECALL).I(isa.ADDI, asm.T0, asm.T0, 1)
	user.CSR(isa.CSRRS, asm.T2, isa.CSR_FRM, 0).Jump(asm.Zero, "on").Word(0).Label("on").I(isa.LD, asm.T1, asm.Zero, 0)
	w.load(user, data)
	w.load(asm.New(mtvec).Label("here").Jump(asm.Zero, "here"), mtvec)
	const step = triggerICount<<triggerType | eventU | countOne
	pc := uint64(data)
	h.S.MStatus = statusFS
	var causes, places []uint64
	for range 12 {
		h.arm(0, step, 0, 0)
		h.csrs.mepc = pc
		h.S.MStatus &^= statusMPP
		h.system(isa.Insn{Op: isa.MRET})
		h.S.Arm(100)
		for h.priv == shardedtlb.U {
			h.burst()
		}
		causes, places = append(causes, h.csrs.mcause), append(places, h.csrs.mepc-data)
		pc = h.csrs.mepc
		switch h.csrs.mcause {
		case causeEcallU, 5: // emulated: the count has been used up by the trap
			pc += 4
			if h.triggers.each[0].data1&(countMask|countPending) != countPending {
				t.Errorf("after a trap tdata1 is %#x", h.triggers.each[0].data1)
			}
			h.csrs.mepc = pc
			h.S.MStatus &^= statusMPP
			h.system(isa.Insn{Op: isa.MRET})
			h.S.Arm(100)
			h.burst()
			if h.csrs.mcause != causeBreakpoint || h.csrs.mepc != pc || h.csrs.mtval != 0 {
				t.Errorf("after the handler: cause %d at +%d", h.csrs.mcause, h.csrs.mepc-data)
			}
		}
		if places[len(places)-1] == 24 {
			break
		}
	}
	wantCauses, wantPlaces := []uint64{3, causeEcallU, 3, 3, 3, 5}, []uint64{4, 4, 12, 16, 24, 24}
	for i := range wantCauses[:5] {
		if i >= len(causes) || causes[i] != wantCauses[i] || places[i] != wantPlaces[i] {
			t.Fatalf("causes %v at %v, want %v at %v", causes, places, wantCauses, wantPlaces)
		}
	}
	// Several at once: five instructions, then a breakpoint; and an interrupt is one more event.
	h.enter(shardedtlb.M)
	w.load(asm.New(ram).Label("loop").I(isa.ADDI, asm.T0, asm.T0, 1).Jump(asm.Zero, "loop"), ram)
	h.Core.FenceI()
	h.arm(0, triggerICount<<triggerType|eventM|5*countOne, 0, 0)
	h.SetX(int(asm.T0), 0)
	h.S.MStatus = statusMIE
	h.S.Arm(100)
	h.burst()
	if h.X(int(asm.T0)) != 3 || h.csrs.mcause != causeBreakpoint || h.csrs.mepc != ram+4 || h.triggers.each[0].data1 != triggerICount<<triggerType|eventM|countHit {
		t.Errorf("after five: t0 %d, cause %d at +%d, tdata1 %#x", h.X(int(asm.T0)), h.csrs.mcause, h.csrs.mepc-ram, h.triggers.each[0].data1)
	}
	h.enter(shardedtlb.U)
	h.arm(0, triggerICount<<triggerType|eventU|5*countOne, 0, 0)
	h.S.Arm(1)
	h.burst()
	h.trap(interruptBit|7, 0)
	if got := h.triggers.each[0].data1 & countMask; got != 3*countOne {
		t.Errorf("an instruction and an interrupt leave %d of 5", got/countOne)
	}
}

// Exceptions and interrupts that S-mode handles stop before the handler, if breakpoints are
// M-mode's; others are not met.
func TestTrapTriggers(t *testing.T) {
	for _, test := range []struct {
		kind, data1, data2, cause, medeleg uint64
		from                               shardedtlb.Priv
		fires                              bool
	}{
		{triggerExc, eventU, 1 << 8, 8, 1 << 8, shardedtlb.U, true}, {triggerExc, eventS, 1 << 8, 8, 1 << 8, shardedtlb.U, false},
		{triggerExc, eventU, 1 << 9, 8, 1 << 8, shardedtlb.U, false}, {triggerExc, eventU, 1 << 8, 8, 1<<8 | 8, shardedtlb.U, false},
		{triggerExc, eventU, 1 << 8, 8, 0, shardedtlb.U, false}, {triggerExc, eventS, 1 << 13, 13, 1 << 13, shardedtlb.S, true},
		{triggerInt, eventU, 1 << 5, interruptBit | 5, 0, shardedtlb.U, true}, {triggerInt, eventU, 1 << 1, interruptBit | 5, 0, shardedtlb.U, false},
		{triggerExc, eventU, 1 << 5, interruptBit | 5, 0, shardedtlb.U, false}, {triggerInt, eventU, 1 << 5, 5, 1 << 5, shardedtlb.U, false},
	} {
		_, h := newHart(t, shardedtlb.M)
		h.arm(3, test.kind<<triggerType|test.data1, test.data2, 0)
		h.csrs.medeleg, h.csrs.mideleg = test.medeleg, 1<<5
		h.enter(test.from)
		h.trap(test.cause, 0x77)
		if fired := h.csrs.mcause == causeBreakpoint; fired != test.fires {
			t.Errorf("%+v: fired %v", test, fired)
			continue
		}
		if test.fires && (h.csrs.mepc != stvec || h.csrs.mtval != 0 || h.S.SCause != test.cause || h.priv != shardedtlb.M || h.triggers.each[3].data1&eventHit == 0) {
			t.Errorf("%+v: mepc %#x, scause %#x, mode %d", test, h.csrs.mepc, h.S.SCause, h.priv)
		}
	}
}

// With no trigger for the current mode the engine is left alone.
func TestTriggersCostNothingUnarmed(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	for _, test := range []struct {
		data1   uint64
		watched [4]bool // by mode
	}{
		{0, [4]bool{}}, {triggerMatch<<triggerType | matchU | matchExecute, [4]bool{true}}, {triggerMatch<<triggerType | matchU, [4]bool{}},
		{triggerMatch<<triggerType | matchS | matchLoad, [4]bool{1: true}}, {triggerICount<<triggerType | eventM | countOne, [4]bool{3: true}},
		{triggerICount<<triggerType | eventM, [4]bool{}}, {triggerExc<<triggerType | eventModes, [4]bool{}}, {disabledTrigger, [4]bool{}},
	} {
		h.enter(shardedtlb.M)
		h.arm(0, test.data1, 0, 0)
		for _, priv := range modes {
			h.enter(priv)
			if got := h.Core.Watch != nil; got != test.watched[priv] {
				t.Errorf("%#x in mode %d: watched %v", test.data1, priv, got)
			}
		}
	}
	h.enter(shardedtlb.M)
	h.arm(0, triggerMatch<<triggerType|matchM|matchExecute, 0, 0)
	if h.Reset(ram, 0, 0, 0); h.Core.Watch != nil || h.triggers.each[0].data1 != disabledTrigger {
		t.Error("a reset hart has a trigger armed")
	}
}
