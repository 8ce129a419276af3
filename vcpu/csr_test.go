package vcpu

import (
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const ones = ^uint64(0)

// All 4,096 numbers from all modes: those that do not exist, need more privilege
// or are read-only and written raise an illegal instruction, and change nothing.
func TestCSRAccess(t *testing.T) {
	for _, priv := range []shardedtlb.Priv{shardedtlb.U, shardedtlb.S, shardedtlb.M} {
		_, h := newHart(t, priv)
		h.nmiVector = nmivec
		giveIMSIC(h)
		h.csrs.miselect, h.csrs.siselect = 0x70, 0x70
		h.csrs.mcounteren, h.csrs.scounteren = ones, ones
		h.csrs.menvcfg = envSTCE
		exists := goldenCSRs(t)
		for n := isa.CSR(0); n < 4096; n++ {
			h.enter(priv)
			h.S.MStatus = statusFS
			want := exists[n] != "" && shardedtlb.Priv(n>>8&3) <= priv
			if v, ok := h.read(n); ok != want || !ok && v != 0xdead {
				t.Errorf("mode %d reads %s: %#x, %v", priv, n, v, ok)
			}
			if !want && (h.csrs.mcause != 2 || h.priv != shardedtlb.M) {
				t.Errorf("mode %d, CSR %s: cause %d", priv, n, h.csrs.mcause)
			}
			h.enter(priv)
			h.S.MStatus = statusFS
			old, _ := h.ProbeCSR(n)
			if n == isa.CSR_SATP || n == isa.CSR_PMPCFG0 {
				continue // writing zeros is enough elsewhere, here it would end the test
			}
			if ok := h.write(n, old); ok != (want && n>>10 != 3) {
				t.Errorf("mode %d writes %s: %v", priv, n, ok)
			}
			h.csrs.mtvec, h.csrs.stvec = mtvec, stvec
		}
	}
}

// A CSRRS or CSRRC with x0, or with the immediate 0, does not write: it works on
// read-only registers.
func TestCSRSetNothing(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	for _, in := range []isa.Insn{
		{Op: isa.CSRRS, Rd: 5}, {Op: isa.CSRRC, Rd: 5}, {Op: isa.CSRRSI, Rd: 5}, {Op: isa.CSRRCI, Rd: 5},
	} {
		in.Imm = int32(isa.CSR_MHARTID)
		if h.exec(in) {
			t.Errorf("%s of nothing traps", in.Op)
		}
		in.Rs1 = 1
		h.SetX(1, 0) // x1 holds 0, and still it is a write
		if !h.exec(in) {
			t.Errorf("%s with an operand does not trap", in.Op)
		}
	}
}

// What each register keeps of a write (WARL).
func TestCSRWARL(t *testing.T) {
	for _, c := range []struct {
		n           isa.CSR
		write, read uint64
	}{
		{isa.CSR_FFLAGS, ones, 31}, {isa.CSR_FRM, ones, 7}, {isa.CSR_FCSR, ones, 255},
		{isa.CSR_STVEC, ones, ones &^ 2}, {isa.CSR_MTVEC, 0x1002, 0x1000}, {isa.CSR_MTVEC, 0x1001, 0x1001},
		{isa.CSR_SEPC, ones, ones &^ 1}, {isa.CSR_MEPC, ones, ones &^ 1},
		{isa.CSR_SSCRATCH, ones, ones}, {isa.CSR_MSCRATCH, ones, ones},
		{isa.CSR_SCAUSE, 1<<63 | 5, 1<<63 | 5}, {isa.CSR_MCAUSE, 1<<63 | 7, 1<<63 | 7},
		{isa.CSR_STVAL, ones, ones}, {isa.CSR_MTVAL, ones, ones},
		{isa.CSR_MIDELEG, ones, ipDelegable}, {isa.CSR_MIE, ones, ipAll}, {isa.CSR_MEDELEG, ones, delegable},
		{isa.CSR_MEDELEG, 1 << 11, 0}, {isa.CSR_MCOUNTEREN, ones, 0xffffffff}, {isa.CSR_SCOUNTEREN, ones, 0xffffffff},
		{isa.CSR_MCOUNTINHIBIT, ones, 0xffffffff &^ 2}, {isa.CSR_MISA, 0, misa}, {isa.CSR_MISA, ones, misa},
		{isa.CSR_SATP, 8<<60 | 5<<44 | 7, 8<<60 | 5<<44 | 7}, {isa.CSR_SATP, 9<<60 | 1, 9<<60 | 1},
		{isa.CSR_SATP, 10<<60 | 1, 10<<60 | 1}, {isa.CSR_SATP, 11<<60 | 1, 0}, {isa.CSR_SATP, 1<<60 | 1, 0}, {isa.CSR_SATP, 15 << 60, 0},
		{isa.CSR_MENVCFG, ones &^ (1 << 4), menvWrite &^ envCBIE}, {isa.CSR_SENVCFG, ones, senvWrite},
		{isa.CSR_SENVCFG, 2 << 4, 0}, {isa.CSR_SENVCFG, 1 << 4, 1 << 4},
		{isa.CSR_MHPMCOUNTER3, ones, ones}, {isa.CSR_MHPMCOUNTER31, 1 << 40, 1 << 40},
		{isa.CSR_MHPMEVENT3, ones, 0xf << 60}, {isa.CSR_MHPMEVENT31, 1<<63 | EventInstructions, 1<<63 | EventInstructions},
		{isa.CSR_MHPMEVENT3, 3, 0}, {isa.CSR_MHPMEVENT3, EventRaw | 1<<56, EventRaw},
		{isa.CSR_MCYCLECFG, ones, 7 << 60}, {isa.CSR_MINSTRETCFG, ones, 7 << 60},
		{isa.CSR_MSTATUS, statusMPP, statusMPP | statusFixed}, {isa.CSR_MSTATUS, 2 << statusMPPShift, statusFixed},
		{isa.CSR_MSTATUS, 1 << statusMPPShift, 1<<statusMPPShift | statusFixed},
		{isa.CSR_MSTATUS, ones &^ (2 << statusMPPShift) &^ statusMPRV, mstatusWrite&^(2<<statusMPPShift)&^statusMPRV | statusFixed | statusSD},
		{isa.CSR_MSTATUS, 1 << 13, 1<<13 | statusFixed}, {isa.CSR_MSTATUS, 3 << 32, statusFixed},
		{isa.CSR_SSTATUS, ones, sstatusWrite | statusUXL64 | statusSD}, {isa.CSR_SSTATUS, statusMIE | statusMPP, statusUXL64},
		{isa.CSR_STIMECMP, ones, ones}, {isa.CSR_PMPADDR0 + 15, ones, 1<<54 - 1<<10},
	} {
		_, h := newHart(t, shardedtlb.M)
		h.S.MStatus = statusFS
		if c.n != isa.CSR_FFLAGS && c.n != isa.CSR_FRM && c.n != isa.CSR_FCSR {
			h.S.MStatus = 0
		}
		if !h.write(c.n, c.write) {
			t.Errorf("write of %#x to %#x traps", c.write, c.n)
			continue
		}
		if v, ok := h.read(c.n); !ok || v != c.read {
			t.Errorf("%#x keeps %#x of %#x, want %#x", c.n, v, c.write, c.read)
		}
	}
}

// sie and sip are mie and mip as far as mideleg lets them through.
func TestSupervisorViewsOfInterrupts(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	h.write(isa.CSR_MIDELEG, ipSSIP|ipSEIP)
	h.write(isa.CSR_MIE, ipAll)
	if v, _ := h.read(isa.CSR_SIE); v != ipSSIP|ipSEIP {
		t.Errorf("sie is %#x", v)
	}
	h.write(isa.CSR_SIE, 0)
	if v, _ := h.read(isa.CSR_MIE); v != ipAll&^(ipSSIP|ipSEIP) {
		t.Errorf("mie after a write of 0 to sie is %#x", v)
	}
	h.write(isa.CSR_MIE, 0)
	h.write(isa.CSR_MIP, ones)
	if v, _ := h.read(isa.CSR_MIP); v != ipSSIP|ipSTIP|ipSEIP|ipLCOFIP {
		t.Errorf("mip keeps %#x", v)
	}
	if v, _ := h.read(isa.CSR_SIP); v != ipSSIP|ipSEIP {
		t.Errorf("sip is %#x", v)
	}
	h.clear(isa.CSR_SIP, ones) // software clears SSIP there, and nothing else
	if v, _ := h.read(isa.CSR_MIP); v != ipSTIP|ipSEIP|ipLCOFIP {
		t.Errorf("mip after clearing sip is %#x", v)
	}
	h.write(isa.CSR_MIDELEG, ipLCOFIP)
	h.clear(isa.CSR_SIP, ipLCOFIP)
	if v, _ := h.read(isa.CSR_MIP); v != ipSTIP|ipSEIP {
		t.Errorf("mip after clearing LCOFIP in sip is %#x", v)
	}
	h.set(isa.CSR_SIP, ipLCOFIP)
	if v, _ := h.read(isa.CSR_SIP); v != ipLCOFIP {
		t.Errorf("sip with LCOFIP set there is %#x", v)
	}
	h.write(isa.CSR_MIDELEG, 0)
	h.set(isa.CSR_SIP, ipSSIP) // not delegated: not there
	if v, _ := h.read(isa.CSR_MIP); v&ipSSIP != 0 {
		t.Error("sip sets a bit that is not delegated")
	}
}

// SEIP is the device's line or software's bit; csrrs does not latch the line.
func TestSEIPIsTwoBits(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	h.SetLine(LineSEIP, true)
	h.set(isa.CSR_MIP, ipSTIP)
	if v, _ := h.read(isa.CSR_MIP); v != ipSEIP|ipSTIP {
		t.Errorf("mip is %#x", v)
	}
	h.SetLine(LineSEIP, false)
	if v, _ := h.read(isa.CSR_MIP); v != ipSTIP {
		t.Errorf("mip after the line has fallen is %#x", v)
	}
	h.SetLine(LineMSIP|LineMEIP, true)
	h.clear(isa.CSR_MIP, ones)
	if v, _ := h.read(isa.CSR_MIP); v != LineMSIP|LineMEIP {
		t.Errorf("mip after clearing all is %#x: lines are not software's", v)
	}
}

// Setting or clearing another bit of sip or mip leaves an interrupt alone that
// arrives at the same moment.
func TestCSRSetLosesNoInterrupt(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	h.csrs.mideleg = ipSupervisor
	for _, n := range []isa.CSR{isa.CSR_MIP, isa.CSR_SIP} {
		old := h.csrRead(n)
		h.SetLine(LineSSIP, true) // arrives between the read and the write of csrrc
		h.csrWrite(n, old&^ipSTIP, ipSTIP)
		if h.lines.Load()&ipSSIP == 0 {
			t.Errorf("clearing STIP in %#x dropped SSIP", n)
		}
		h.csrWrite(n, 0, ipSSIP)
		if h.lines.Load()&ipSSIP != 0 {
			t.Errorf("SSIP cannot be cleared in %#x", n)
		}
	}
}

// The gates: counters by mcounteren and scounteren, stimecmp by STCE and TM, satp
// and fences by TVM, sret by TSR, wfi by TW.
func TestGates(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	for i := range 32 {
		n := isa.CSR_CYCLE + isa.CSR(i)
		for _, c := range []struct {
			m, s uint64
			priv shardedtlb.Priv
			ok   bool
		}{
			{0, 0, shardedtlb.M, true}, {0, ones, shardedtlb.S, false}, {1 << i, 0, shardedtlb.S, true},
			{1 << i, 0, shardedtlb.U, false}, {0, 1 << i, shardedtlb.U, false}, {1 << i, 1 << i, shardedtlb.U, true},
			{ones &^ (1 << i), ones, shardedtlb.U, false},
		} {
			h.csrs.mcounteren, h.csrs.scounteren = c.m, c.s
			h.enter(c.priv)
			if _, ok := h.read(n); ok != c.ok {
				t.Errorf("mode %d reads counter %d with %#x, %#x: %v", c.priv, i, c.m, c.s, ok)
			}
		}
	}
	h.csrs.mcounteren, h.csrs.menvcfg = ones, 0
	h.enter(shardedtlb.S)
	if _, ok := h.read(isa.CSR_STIMECMP); ok {
		t.Error("stimecmp without STCE")
	}
	h.csrs.mcounteren, h.csrs.menvcfg = ones&^counterTM, envSTCE
	h.enter(shardedtlb.S)
	if _, ok := h.read(isa.CSR_STIMECMP); ok {
		t.Error("stimecmp without TM")
	}
	h.csrs.mcounteren = ones
	gated := []struct {
		name string
		bit  uint64
		in   isa.Insn
	}{
		{"satp", statusTVM, isa.Insn{Op: isa.CSRRS, Rd: 5, Imm: int32(isa.CSR_SATP)}},
		{"sfence.vma", statusTVM, isa.Insn{Op: isa.SFENCE_VMA}}, {"sinval.vma", statusTVM, isa.Insn{Op: isa.SINVAL_VMA}},
		{"sret", statusTSR, isa.Insn{Op: isa.SRET}}, {"wfi", statusTW, isa.Insn{Op: isa.WFI}},
	}
	for _, g := range gated {
		for _, priv := range []shardedtlb.Priv{shardedtlb.U, shardedtlb.S, shardedtlb.M} {
			for _, bit := range []uint64{0, g.bit} {
				h.enter(priv)
				h.S.MStatus = bit
				h.waiting = false
				h.S.SEPC = ram + 0x100
				want := priv == shardedtlb.U || priv == shardedtlb.S && bit != 0
				if got := h.exec(g.in); got != want {
					t.Errorf("%s in mode %d with bit %#x: trapped %v", g.name, priv, bit, got)
				}
			}
		}
	}
	for _, op := range []isa.Op{isa.SFENCE_W_INVAL, isa.SFENCE_INVAL_IR} { // not TVM's
		h.enter(shardedtlb.S)
		h.S.MStatus = statusTVM
		if h.exec(isa.Insn{Op: op}) {
			t.Errorf("%s traps under TVM", op)
		}
		h.enter(shardedtlb.U)
		if !h.exec(isa.Insn{Op: op}) {
			t.Errorf("%s runs in U-mode", op)
		}
	}
	h.enter(shardedtlb.S)
	if !h.exec(isa.Insn{Op: isa.MRET}) {
		t.Error("mret runs in S-mode")
	}
}

// Cache-block operations are gated by menvcfg for S and U, by senvcfg for U.
func TestCacheBlockGates(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	for op, bit := range map[isa.Op]uint64{
		isa.CBO_CLEAN: envCBCFE, isa.CBO_FLUSH: envCBCFE, isa.CBO_INVAL: 1 << 4, isa.CBO_ZERO: envCBZE,
	} {
		for _, c := range []struct {
			m, s uint64
			priv shardedtlb.Priv
			ok   bool
		}{
			{0, 0, shardedtlb.M, true}, {0, bit, shardedtlb.S, false}, {bit, 0, shardedtlb.S, true},
			{bit, 0, shardedtlb.U, false}, {0, bit, shardedtlb.U, false}, {bit, bit, shardedtlb.U, true},
		} {
			h.csrs.menvcfg, h.csrs.senvcfg = c.m, c.s
			h.enter(c.priv)
			h.SetX(7, data+13) // any address in the block
			if got := !h.exec(isa.Insn{Op: op, Rs1: 7}); got != c.ok {
				t.Errorf("%s in mode %d with %#x, %#x: %v", op, c.priv, c.m, c.s, got)
			}
		}
	}
	h.enter(shardedtlb.M)
	h.SetX(7, 0x10)
	if !h.exec(isa.Insn{Op: isa.CBO_ZERO, Rs1: 7}) || h.csrs.mcause != 7 {
		t.Errorf("cbo.zero of nothing: cause %d", h.csrs.mcause)
	}
}

// The trap value of a cache-block operation that faults is the address in rs1, not its block's.
func TestCacheBlockFaultNamesTheAddress(t *testing.T) {
	const unmapped, nothing = 0x40000028, 0x1028
	w, h := newHart(t, shardedtlb.M)
	h.csrs.menvcfg = envCBCFE | envCBIE | envCBZE
	w.fill(data+0x10, (ram>>30)<<28|0xcf) // RAM where it is
	w.fill(data, 0xcf)                    // and what lies below 1 GiB
	h.csrs.satp = 8<<60 | data>>12
	for _, op := range []isa.Op{isa.CBO_CLEAN, isa.CBO_FLUSH, isa.CBO_INVAL, isa.CBO_ZERO} {
		for _, c := range []struct {
			cause, rs1 uint64
		}{{15, unmapped}, {15, unmapped | 63}, {7, nothing}} {
			h.enter(shardedtlb.S)
			h.SetX(7, c.rs1)
			if !h.exec(isa.Insn{Op: op, Rs1: 7}) || h.csrs.mcause != c.cause || h.csrs.mtval != c.rs1 {
				t.Errorf("%s at %#x: cause %d, tval %#x; want %d, %#x", op, c.rs1, h.csrs.mcause, h.csrs.mtval, c.cause, c.rs1)
			}
		}
	}
}

// A write to satp of a mode that the hart does not have changes nothing.
func TestSatpModes(t *testing.T) {
	for largest, modes := range map[Translation][]uint64{
		0: {0, 8, 9, 10}, Sv39: {0, 8}, Sv48: {0, 8, 9}, Sv57: {0, 8, 9, 10},
	} {
		_, h := newHart(t, shardedtlb.M)
		h.satpModes = largest.modes()
		for mode := range uint64(16) {
			const before = 8<<60 | 3<<44 | 5
			h.write(isa.CSR_SATP, before)
			want, v := uint64(before), mode<<60|7<<44|9
			if slices.Contains(modes, mode) {
				want = v
			}
			if h.write(isa.CSR_SATP, v); h.csrs.satp != want {
				t.Errorf("modes up to %d: %#x written to satp gives %#x, want %#x", largest, v, h.csrs.satp, want)
			}
		}
	}
}

// FS = Off makes FP instructions and CSRs illegal; FS becomes Dirty when only
// flags change, also by a CSR write.
func TestTrap21FloatingPointState(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	for _, n := range []isa.CSR{isa.CSR_FFLAGS, isa.CSR_FRM, isa.CSR_FCSR} {
		h.S.MStatus = 0
		if _, ok := h.read(n); ok {
			t.Errorf("%#x is read with FS off", n)
		}
		if h.write(n, 1) || h.S.FFlags|h.S.FRM != 0 {
			t.Errorf("%#x is written with FS off", n)
		}
		h.S.MStatus = 1 << 13
		if _, ok := h.read(n); !ok || h.S.MStatus != 1<<13 {
			t.Errorf("a read of %#x: ok %v, mstatus %#x", n, ok, h.S.MStatus)
		}
		if !h.write(n, 1) || h.S.MStatus&statusFS != statusFS {
			t.Errorf("a write of %#x leaves FS at %d", n, h.S.MStatus>>13&3)
		}
		h.S.FFlags, h.S.FRM = 0, 0
	}
	if v, _ := h.read(isa.CSR_MSTATUS); v>>63 != 1 {
		t.Error("SD is clear with FS dirty")
	}
	if v, _ := h.read(isa.CSR_SSTATUS); v>>63 != 1 {
		t.Error("sstatus.SD is clear with FS dirty")
	}
}
