package runtime

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Where atomicsProgram keeps its words, from testData on.
const (
	ownBytes   = 0  // a byte for each hart
	sharedByte = 9  // added to
	casByte    = 13 // by AMOCAS, and a halfword likewise
	casHalf    = 10
	casPair    = 16 // of equal words
	tornPair   = 32 // what a hart has seen of one that was not
	ended      = 40 // harts
)

// atomicsProgram has each hart add one, rounds times, to all of these.
func atomicsProgram(harts int, rounds uint64) *asm.Program {
	p := asm.New(RAMBase)
	p.I(isa.ADDI, asm.S1, asm.A0, 0).LI(asm.A0, testData).LI(asm.S0, rounds).LI(asm.A1, 1)
	p.R(isa.ADD, asm.T1, asm.A0, asm.S1).I(isa.ADDI, asm.T2, asm.A0, sharedByte).I(isa.ADDI, asm.T3, asm.A0, casByte)
	p.I(isa.ADDI, asm.T4, asm.A0, casHalf).I(isa.ADDI, asm.T5, asm.A0, casPair)
	p.Label("loop").R(isa.AMOADD_B, asm.T0, asm.T1, asm.A1).R(isa.AMOADD_B, asm.T0, asm.T2, asm.A1)
	for _, part := range []struct {
		name      string
		load, cas isa.Op
		at        uint8
	}{{"byte", isa.LB, isa.AMOCAS_B, asm.T3}, {"half", isa.LH, isa.AMOCAS_H, asm.T4}} {
		p.I(part.load, asm.A2, part.at, 0).Label(part.name).I(isa.ADDI, asm.A3, asm.A2, 1).I(isa.ADDI, asm.A4, asm.A2, 0)
		p.R(part.cas, asm.A2, part.at, asm.A3).Branch(isa.BNE, asm.A2, asm.A4, part.name)
	}
	p.LI(asm.A2, 0).LI(asm.A3, 0).Label("pair").I(isa.ADDI, asm.A4, asm.A2, 1).I(isa.ADDI, asm.A5, asm.A3, 1)
	p.I(isa.ADDI, asm.S3, asm.A2, 0).Insn(isa.Insn{Op: isa.AMOCAS_Q, Rd: asm.A2, Rs1: asm.T5, Rs2: asm.A4})
	p.Branch(isa.BNE, asm.A2, asm.A3, "torn").Branch(isa.BNE, asm.A2, asm.S3, "pair")
	p.I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "loop").Label("end")
	p.I(isa.ADDI, asm.T0, asm.A0, ended).R(isa.AMOADD_D, asm.Zero, asm.T0, asm.A1).Label("wait")
	p.Op(isa.WFI).Jump(asm.Zero, "wait")
	p.Label("torn").S(isa.SD, asm.A1, asm.A0, tornPair).Jump(asm.Zero, "end")
	return p
}

// Atomics of bytes, halfwords and pairs of words lose nothing when harts contend, in native code and in the interpreter,
// nor do they touch their neighbours.
func TestAtomicsOfEverySize(t *testing.T) {
	const harts = 4
	for _, mode := range []JITMode{JITOn, JITOff} {
		rounds := uint64(60_000)
		if mode == JITOff || testing.Short() {
			rounds = 5_000
		}
		cfg := bare(atomicsProgram(harts, rounds), harts)
		cfg.JIT.Mode = mode
		r := start(t, newMachine(t, cfg))
		until(t, "all harts are through", func() bool { return r.testWord(t, testData+ended) == harts })
		var own uint64
		for i := range harts {
			own |= rounds & 0xff << (8 * i)
		}
		all := harts * rounds
		parts := all&0xff<<(8*(sharedByte-8)) | all&0xffff<<(8*(casHalf-8)) | all&0xff<<(8*(casByte-8))
		for off, want := range map[uint64]uint64{ownBytes: own, 8: parts, casPair: all, casPair + 8: all, tornPair: 0} {
			if got := r.testWord(t, testData+off); got != want {
				t.Errorf("%v: at %d is %#x, want %#x", mode, off, got, want)
			}
		}
		r.Stop(0)
		r.wait()
	}
}
