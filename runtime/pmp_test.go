package runtime

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// With regions of 4 bytes, code and data in pages that entries split are judged to the byte, in
// every engine: loads, stores, AMOs, LR/SC, cache blocks, and both halves of an instruction.
func TestFinePMP(t *testing.T) {
	const (
		code  = RAMBase + 0x1_0000
		data  = RAMBase + 0x2_0000
		first = code + 0x80
		last  = code + 0x380 // what may be executed ends here
		rw    = 3
		rx    = 5
		tor   = 1 << 3
		na4   = 2 << 3
		napot = 3 << 3
	)
	napotAddr := func(base, size uint64) uint64 { return base>>2 | (size>>3 - 1) }
	type fault struct{ cause, tval uint64 }
	var want []fault

	p := asm.New(RAMBase)
	p.LA(asm.T0, "handler").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T0)
	for i, addr := range []uint64{(data + 8) >> 2, first >> 2, last >> 2, napotAddr(data, 4096)} {
		p.LI(asm.T0, addr).CSR(isa.CSRRW, 0, isa.CSR_PMPADDR0+isa.CSR(i), asm.T0)
	}
	p.LI(asm.T0, na4|(tor|rx)<<16|(napot|rw)<<24).CSR(isa.CSRRW, 0, isa.CSR_PMPCFG0, asm.T0)
	p.LI(asm.S11, testData).LA(asm.T0, "user").CSR(isa.CSRRW, 0, isa.CSR_MEPC, asm.T0).Op(isa.MRET)
	p.Align(4).Label("handler")
	p.CSR(isa.CSRRS, asm.T0, isa.CSR_MCAUSE, 0).S(isa.SD, asm.T0, asm.S11, 0)
	p.CSR(isa.CSRRS, asm.T0, isa.CSR_MTVAL, 0).S(isa.SD, asm.T0, asm.S11, 8)
	p.I(isa.ADDI, asm.S11, asm.S11, 16).CSR(isa.CSRRW, 0, isa.CSR_MEPC, asm.S10)
	p.I(isa.ADDI, asm.S9, asm.S9, -1).Branch(isa.BEQ, asm.S9, asm.Zero, "done").Op(isa.MRET)
	p.Label("done").LI(asm.T0, testData+0x800).S(isa.SD, asm.S2, asm.T0, 8)
	p.LI(asm.T1, 1).S(isa.SD, asm.T1, asm.T0, 0)
	here(p)

	p.Org(first).Label("user").LI(asm.S0, data)
	// A loop in the split page over split data, with a call and an atomic sequence.
	p.LI(asm.S1, 2000).LI(asm.S2, 0)
	p.Label("loop").S(isa.SD, asm.S1, asm.S0, 0).I(isa.LD, asm.T1, asm.S0, 0).R(isa.ADD, asm.S2, asm.S2, asm.T1)
	p.Jump(asm.RA, "function")
	p.I(isa.ADDI, asm.T2, asm.S0, 16)
	p.Label("again").I(isa.LR_D, asm.T3, asm.T2, 0).I(isa.ADDI, asm.T3, asm.T3, 1).R(isa.SC_D, asm.T4, asm.T2, asm.T3)
	p.Branch(isa.BNE, asm.T4, asm.Zero, "again").R(isa.AMOADD_W, asm.Zero, asm.T2, asm.T3)
	p.I(isa.ADDI, asm.S1, asm.S1, -1).Branch(isa.BNE, asm.S1, asm.Zero, "loop")
	n := 0
	try := func(cause, tval uint64, emit func()) {
		n++
		next := "next" + string(rune('a'+n))
		p.LA(asm.S10, next)
		emit()
		p.Label(next)
		want = append(want, fault{cause, tval})
	}
	p.I(isa.ADDI, asm.T2, asm.S0, 8)
	const faults = 11
	p.LI(asm.S9, faults)
	try(5, data+8, func() { p.I(isa.LW, asm.T1, asm.S0, 8) })
	try(5, data+11, func() { p.I(isa.LBU, asm.T1, asm.S0, 11) })
	try(7, data+8, func() { p.S(isa.SW, asm.T1, asm.S0, 8) })
	try(7, data+4, func() { p.S(isa.SD, asm.T1, asm.S0, 4) }) // half of it
	try(5, data+9, func() { p.I(isa.LD, asm.T1, asm.S0, 9) })
	try(7, data+8, func() { p.R(isa.AMOSWAP_W, asm.T1, asm.T2, asm.T1) })
	try(5, data+8, func() { p.I(isa.LR_D, asm.T1, asm.T2, 0) })
	try(5, data+4096, func() { p.LI(asm.T1, data+4096).I(isa.LW, asm.T1, asm.T1, 0) })
	try(1, code, func() { p.LI(asm.T1, code).I(isa.JALR, 0, asm.T1, 0) })
	try(1, last, func() { p.LI(asm.T1, last-2).I(isa.JALR, 0, asm.T1, 0) }) // its second half
	try(1, last, func() { p.LI(asm.T1, last-6).I(isa.JALR, 0, asm.T1, 0) }) // runs into it
	p.Label("function").I(isa.ADDI, asm.T5, asm.S1, 0).I(isa.JALR, 0, asm.RA, 0)
	p.Org(last - 6).Half(0x0001).Half(0x0001) // c.nop
	p.Word(asm.Encode(isa.Insn{Op: isa.ADDI}))

	if len(want) != faults {
		t.Fatalf("%d faults", len(want))
	}
	for name, engine := range engines {
		cfg := bare(p, 1)
		cfg.TLB.PMPGranularity = 4
		engine(&cfg)
		r := start(t, newMachine(t, cfg))
		until(t, "the guest finishes", func() bool { return r.testWord(t, testData+0x800) != 0 })
		for i, f := range want {
			at := testData + 16*uint64(i)
			if got := (fault{r.testWord(t, at), r.testWord(t, at+8)}); got != f {
				t.Errorf("%s: fault %d has cause %d at %#x, want %d at %#x", name, i, got.cause, got.tval, f.cause, f.tval)
			}
		}
		sum, atomic := r.testWord(t, testData+0x808), r.testWord(t, data+16)
		r.Stop(0)
		r.wait()
		if sum != 2000*2001/2 || atomic == 0 {
			t.Errorf("%s: sum %d, atomic word %d", name, sum, atomic)
		}
	}
}
