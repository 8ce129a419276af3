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

// nmivec is where tests let the handler of non-maskable interrupts be.
const nmivec = ram + 0x12_0000

var nmiRegisters = []isa.CSR{isa.CSR_MNSCRATCH, isa.CSR_MNEPC, isa.CSR_MNCAUSE, isa.CSR_MNSTATUS}

// newNMIHart is newHart with Smrnmi.
func newNMIHart(t testing.TB, priv shardedtlb.Priv) (*world, *Hart) {
	t.Helper()
	w, h := newHart(t, priv)
	h.nmiVector = nmivec
	h.resetNMI()
	h.switchView()
	return w, h
}

// text is all registers but counters.
func (c csrFile) text() string {
	c.counters = counterFile{}
	return fmt.Sprintf("%+v", c)
}

// A hart without Smrnmi has neither its registers nor MNRET, says so, takes no NMI and masks
// nothing; one with it has them in M-mode only, and lacks nothing.
func TestNMIIsAnOption(t *testing.T) {
	mnret := isa.Insn{Op: isa.MNRET}
	for _, priv := range modes {
		w, h := newHart(t, priv)
		for _, n := range nmiRegisters {
			if _, ok := h.read(n); ok {
				t.Errorf("%s is there in mode %d", n, priv)
			}
			h.enter(priv)
		}
		if !h.exec(mnret) || h.csrs.mcause != causeIllegal {
			t.Errorf("mnret is there in mode %d", priv)
		}
		if !slices.Equal(w.missing, slices.Repeat([]string{"Smrnmi"}, 5)) {
			t.Errorf("in mode %d missing: %q", priv, w.missing)
		}
		if h.enter(priv); h.NMI() || h.nmiPending() || h.masksAll() {
			t.Error("a hart without Smrnmi takes an NMI")
		}

		w, h = newNMIHart(t, priv)
		for _, n := range append(nmiRegisters, 0) {
			h.enter(priv)
			trapped := false
			if n == 0 {
				trapped = h.exec(mnret)
			} else {
				_, ok := h.read(n)
				trapped = !ok
			}
			if trapped != (priv != shardedtlb.M) || trapped && h.csrs.mcause != causeIllegal {
				t.Errorf("%s in mode %d: trapped %v", n, priv, trapped)
			}
		}
		if slices.Contains(w.missing, "Smrnmi") {
			t.Errorf("in mode %d missing: %q", priv, w.missing)
		}
	}
}

// The registers' fields: mnscratch and mncause hold anything, mnepc even addresses; NMIE is 0
// at reset, can be set and not cleared; MNPP holds modes that exist.
func TestNMIRegisters(t *testing.T) {
	_, h := newNMIHart(t, shardedtlb.M)
	write := func(n isa.CSR, v, want uint64) {
		t.Helper()
		if !h.write(n, v) {
			t.Fatalf("%s cannot be written", n)
		}
		if got, _ := h.read(n); got != want {
			t.Errorf("%s is %#x after %#x, want %#x", n, got, v, want)
		}
	}
	all := ^uint64(0)
	if v, _ := h.read(isa.CSR_MNSTATUS); v != 0 {
		t.Errorf("mnstatus is %#x at reset", v)
	}
	write(isa.CSR_MNSCRATCH, all, all)
	write(isa.CSR_MNCAUSE, all, all)
	write(isa.CSR_MNEPC, all, all-1)
	write(isa.CSR_MNSTATUS, all&^nmiEnable, 3<<11)
	write(isa.CSR_MNSTATUS, 2<<11, 3<<11)
	write(isa.CSR_MNSTATUS, 1<<11, 1<<11)
	write(isa.CSR_MNSTATUS, nmiEnable, nmiEnable)
	write(isa.CSR_MNSTATUS, 0, nmiEnable)
	h.clear(isa.CSR_MNSTATUS, all)
	if v, _ := h.read(isa.CSR_MNSTATUS); v != nmiEnable {
		t.Errorf("mnstatus is %#x after NMIE was cleared", v)
	}
	h.NMI()
	if h.Reset(ram, 0, 0, 0); !h.masksAll() || h.nmiPending() {
		t.Error("NMIE is 1 after a reset, or an NMI has outlasted it")
	}
}

// From every mode, with any enables, an NMI comes before all interrupts and changes nothing
// but the registers of Smrnmi; MNRET leads back, and sets NMIE.
func TestNMIEntryAndReturn(t *testing.T) {
	for _, from := range modes {
		for _, enables := range []uint64{0, statusMIE | statusSIE} {
			_, h := newNMIHart(t, from)
			h.csrs.mnstatus = nmiEnable
			h.csrs.mie = ipAll
			h.S.MStatus = enables | statusMPIE | statusMPRV | 1<<statusMPPShift
			h.csrs.mepc, h.csrs.mcause, h.csrs.mtval = 2, 3, 4
			h.lines.Store(LineMEIP | LineMSIP | LineSEIP)
			before, status := h.csrs, h.S.MStatus
			h.NMI()
			if v := h.pending(); v&^ipAll != 0 {
				t.Errorf("mip is %#x", v)
			}
			h.S.PC = ram + 0x44
			h.takeInterrupt()
			want := before
			want.mnepc, want.mncause, want.mnstatus = ram+0x44, 1<<63, uint64(from)<<11
			if h.csrs.text() != want.text() || h.S.MStatus != status || h.priv != shardedtlb.M || h.S.PC != nmivec || h.nmiPending() {
				t.Fatalf("NMI from %d: mode %d, pc %#x, mstatus %#x, %+v", from, h.priv, h.S.PC, h.S.MStatus, h.csrs)
			}
			h.NMI()
			if h.takeInterrupt(); h.S.PC != nmivec || h.csrs.text() != want.text() || !h.nmiPending() {
				t.Fatal("something is taken while NMIE is 0")
			}
			if h.exec(isa.Insn{Op: isa.MNRET}) {
				t.Fatal("mnret traps")
			}
			want.mnstatus |= nmiEnable
			if from != shardedtlb.M {
				status &^= statusMPRV
			}
			if h.csrs.text() != want.text() || h.S.MStatus != status || h.priv != from || h.S.PC != ram+0x44 {
				t.Errorf("mnret to %d: mode %d, pc %#x, mstatus %#x, %+v", from, h.priv, h.S.PC, h.S.MStatus, h.csrs)
			}
			if h.takeInterrupt(); h.S.PC != nmivec {
				t.Error("the NMI that came meanwhile is lost")
			}
		}
	}
}

// While NMIE is 0 no interrupt is taken in any mode; when it is set they are, the NMI first.
func TestNMIEMasksAll(t *testing.T) {
	for _, priv := range modes {
		for _, line := range []uint64{LineMEIP, LineMSIP, LineSEIP, LineSSIP, lineNMI} {
			_, h := newNMIHart(t, priv)
			h.csrs.mie = ipAll
			h.S.MStatus = statusMIE | statusSIE
			h.lines.Store(line)
			if h.takeInterrupt(); h.S.PC != ram {
				t.Errorf("line %#x is taken in mode %d", line, priv)
			}
			if h.pollInterrupt(); h.S.PC != ram {
				t.Errorf("line %#x is taken in mode %d within a budget", line, priv)
			}
			h.csrs.mnstatus |= nmiEnable
			want := uint64(mtvec)
			if line == lineNMI {
				want = nmivec
			}
			if h.pollInterrupt(); h.S.PC != want {
				t.Errorf("line %#x leads mode %d to %#x when NMIE is set", line, priv, h.S.PC)
			}
		}
	}
}

// While NMIE is 0, M-mode's accesses are made as if MPRV were clear.
func TestNMIEMasksMPRV(t *testing.T) {
	_, h := newNMIHart(t, shardedtlb.M)
	h.write(isa.CSR_MSTATUS, statusMPRV) // as U-mode, which the PMP keeps from the first page of data
	pmp := h.MMU.PMP()
	pmp.WriteAddr(0, (data|0x7ff)>>2)
	pmp.WriteAddr(1, ^uint64(0)>>10)
	pmp.WriteCfg(0, 0x1f18) // nothing, then everything
	h.MMU.PMPChanged()
	reads := func() bool { return h.ReadVirtual(data, make([]byte, 1)) }
	if !reads() {
		t.Error("MPRV counts while NMIE is 0")
	}
	h.write(isa.CSR_MNSTATUS, nmiEnable)
	if reads() {
		t.Error("MPRV does not count when NMIE is set")
	}
	h.NMI()
	h.takeInterrupt()
	if !reads() {
		t.Error("MPRV counts in the handler")
	}
	h.exec(isa.Insn{Op: isa.MNRET})
	if reads() {
		t.Error("MPRV does not count after the handler")
	}
}

// Exceptions, MRET and SRET know nothing of NMIE: an exception in the handler leaves what it
// leaves otherwise and goes where mtvec says, and the returns leave NMIE alone.
func TestNMIEAndTraps(t *testing.T) {
	for _, priv := range modes {
		_, h := newNMIHart(t, priv)
		h.csrs.medeleg, h.csrs.mtvec = 1<<causeEcallS, mtvec|1
		h.S.PC, h.S.MStatus = nmivec+8, statusMIE
		h.trap(causeIllegal, 7)
		if h.S.PC != mtvec || h.csrs.mcause != causeIllegal || h.csrs.mepc != nmivec+8 || h.csrs.mtval != 7 ||
			h.S.MStatus != statusMPIE|uint64(priv)<<11 || !h.masksAll() {
			t.Errorf("exception in mode %d: pc %#x, mstatus %#x, %+v", priv, h.S.PC, h.S.MStatus, h.csrs)
		}
		if h.exec(isa.Insn{Op: isa.MRET}); h.priv != priv || !h.masksAll() {
			t.Errorf("mret to mode %d: NMIE %v", h.priv, !h.masksAll())
		}
	}
	_, h := newNMIHart(t, shardedtlb.S)
	h.csrs.medeleg = 1 << causeEcallS
	if h.exec(isa.Insn{Op: isa.ECALL}); h.S.PC != stvec || h.priv != shardedtlb.S {
		t.Error("an exception in S-mode is not delegated while NMIE is 0")
	}
	if h.exec(isa.Insn{Op: isa.SRET}); h.priv != shardedtlb.S || !h.masksAll() {
		t.Error("sret has changed NMIE")
	}
}

// An NMI ends WFI whether NMIE lets it be taken or not, and wakes a hart that sleeps there.
func TestNMIEndsWFI(t *testing.T) {
	for _, enabled := range []bool{false, true} {
		w, h := newNMIHart(t, shardedtlb.M)
		p := asm.New(ram).Op(isa.WFI).Label("on").I(isa.ADDI, asm.S0, asm.S0, 1).Label("stay").Jump(asm.Zero, "stay")
		w.load(p, ram)
		w.load(asm.New(nmivec).I(isa.ADDI, asm.S1, asm.S1, 1).Op(isa.MNRET), nmivec)
		if enabled {
			h.csrs.mnstatus = nmiEnable
		}
		h.Launch()
		w.run()
		if h.S.PC != p.Addr("on") || h.state.Load() != stateIdle {
			t.Fatalf("not asleep: pc %#x", h.S.PC)
		}
		h.NMI()
		(<-w.queue).Slice(4)
		want := uint64(0)
		if enabled {
			want = 1
		}
		if h.X(int(asm.S0)) != 1 || h.X(int(asm.S1)) != want || h.nmiPending() == enabled {
			t.Errorf("NMIE %v: %d times on, %d times in the handler", enabled, h.X(int(asm.S0)), h.X(int(asm.S1)))
		}
	}
	w, h := newNMIHart(t, shardedtlb.M)
	h.NMI()
	<-w.queue
	if h.system(isa.Insn{Op: isa.WFI, Raw: 0x10500073}); h.waiting {
		t.Error("WFI waits with an NMI pending")
	}
}

// A hart that waits for memory of the managed heap takes an NMI, if NMIE allows it.
func TestNMIEndsStall(t *testing.T) {
	_, h := newNMIHart(t, shardedtlb.M)
	h.stalled.Store(true)
	h.lines.Store(lineNMI)
	if !h.stillStalled() {
		t.Error("an NMI that cannot be taken ends the wait")
	}
	h.csrs.mnstatus = nmiEnable
	if h.stillStalled() {
		t.Error("an NMI does not end the wait")
	}
}

// The registers of the interrupted code are as the handler leaves them.
func TestNMISavesNoRegisters(t *testing.T) {
	_, h := newNMIHart(t, shardedtlb.U)
	h.csrs.mnstatus = nmiEnable
	for i := range 32 {
		h.SetX(i, uint64(i)*3)
	}
	regs := h.S.R
	h.NMI()
	h.takeInterrupt()
	h.exec(isa.Insn{Op: isa.MNRET})
	if h.S.R != regs || h.S.R[hart.X] != 0 {
		t.Error("registers have changed")
	}
}
