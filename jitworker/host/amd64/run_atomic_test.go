package amd64_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// amoOps are the AMOs, compare-and-swap with them.
func amoOps() (ops []isa.Row) {
	for _, row := range isa.Rows() {
		switch row.Op {
		case isa.LR_W, isa.LR_D, isa.SC_W, isa.SC_D:
			continue
		}
		if row.Class == isa.ClassAtomic {
			ops = append(ops, row)
		}
	}
	return ops
}

// AMOs of every size run natively, and do what they do in the interpreter: with operands in the host's registers, in
// memory and in x0, with values that are equal to those in memory and values that are not, aligned and misaligned.
func TestAMOs(t *testing.T) {
	p := newPair(t)
	for _, row := range amoOps() {
		size := uint64(1) << (row.Match >> 12 & 7)
		d := newDice(uint64(row.Op))
		for _, r := range [][2]uint8{{10, 12}, {28, 30}, {0, 14}, {14, 0}, {30, 10}, {12, 12}} {
			in := isa.Insn{Op: row.Op, Rd: r[0], Rs1: base, Rs2: r[1]}
			pc := p.load(func(p *asm.Program) { p.Insn(in).I(isa.ADDI, asm.T0, r[0], 0).Op(isa.EBREAK) })
			for i := range 24 {
				s := d.situation(false)
				s.x[base] = data + 16 + size*d.Uint64N(64/size)
				if i%2 == 0 && r[0] != 0 { // what is there, and something above that does not count
					at := s.memory[s.x[base]-data:]
					for k := range 16 {
						if v := &s.x[int(r[0])+k/8]; k < int(size) || k/8 == 0 && i%4 == 0 {
							*v = *v&^(0xff<<(k%8*8)) | uint64(at[k])<<(k%8*8)
						}
					}
				}
				p.runsNatively(t, pc, s, row.Name)
				if size > 1 {
					s.x[base] += 1 + d.Uint64N(size-1)
					p.same(pc, s, func() string { return row.Name + ", misaligned" })
				}
				s.x[base] = 0x1000
				p.same(pc, s, func() string { return row.Name + " of nothing" })
			}
		}
	}
}

// Accesses from a register share no check across an AMOCAS.Q that writes it as the second of its pair.
func TestPairEndsGroups(t *testing.T) {
	p := newPair(t)
	pc := p.load(func(p *asm.Program) {
		p.I(isa.ADDI, asm.A5, base, 0).I(isa.LD, asm.T0, asm.A5, 0).I(isa.LD, asm.T0, asm.A5, 8)
		p.Insn(isa.Insn{Op: isa.AMOCAS_Q, Rd: asm.A4, Rs1: base, Rs2: asm.A2})
		p.I(isa.LD, asm.T3, asm.A5, 0).I(isa.LD, asm.T4, asm.A5, 8).Op(isa.EBREAK)
	})
	d := newDice(3)
	for _, to := range []uint64{data + 8, 0x1000, data + 3} { // the second is nowhere
		s := d.situation(false)
		s.x[base] = data + 32
		binary.LittleEndian.PutUint64(s.memory[40:], to)
		p.same(pc, s, func() string { return fmt.Sprintf("amocas.q of %#x", to) })
		if fault := p.native.core.Cause == interp.CauseLoadAccess; fault != (to == 0x1000) {
			t.Errorf("%#x: cause %d", to, p.native.core.Cause)
		}
	}
}
