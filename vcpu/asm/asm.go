package asm

import (
	"encoding/binary"
	"fmt"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Program is a guest program in the making: bytes from a base address on.
type Program struct {
	base   uint64
	bytes  []byte
	labels map[string]uint64 // addresses
	fixes  []fix
}

// fix is a place that waits for a label's address.
type fix struct {
	at    uint64 // address of the instruction, or of an AUIPC and the ADDI behind it
	in    isa.Insn
	label string
}

// New starts a program at the address base.
func New(base uint64) *Program {
	return &Program{base: base, labels: make(map[string]uint64)}
}

// PC returns the address of what comes next.
func (p *Program) PC() uint64 { return p.base + uint64(len(p.bytes)) }

// Label names the address of what comes next.
func (p *Program) Label(name string) *Program {
	if _, twice := p.labels[name]; twice {
		panic("asm: two labels " + name)
	}
	p.labels[name] = p.PC()
	return p
}

// Addr returns the address of a label.
func (p *Program) Addr(name string) uint64 {
	a, ok := p.labels[name]
	if !ok {
		panic("asm: no label " + name)
	}
	return a
}

// Insn appends any instruction.
func (p *Program) Insn(in isa.Insn) *Program { return p.Word(Encode(in)) }

// Op appends an instruction without operands.
func (p *Program) Op(op isa.Op) *Program { return p.Insn(isa.Insn{Op: op}) }

// R appends an instruction with up to three registers: rd, rs1, rs2. AMOs and SC
// take the address in rs1 and the operand in rs2.
func (p *Program) R(op isa.Op, rd, rs1, rs2 uint8) *Program {
	return p.Insn(isa.Insn{Op: op, Rd: rd, Rs1: rs1, Rs2: rs2})
}

// I appends an instruction with an immediate: arithmetic, shifts, loads, JALR.
func (p *Program) I(op isa.Op, rd, rs1 uint8, imm int32) *Program {
	return p.Insn(isa.Insn{Op: op, Rd: rd, Rs1: rs1, Imm: imm})
}

// S appends a store of rs2 at imm(rs1).
func (p *Program) S(op isa.Op, rs2, rs1 uint8, imm int32) *Program {
	return p.Insn(isa.Insn{Op: op, Rs2: rs2, Rs1: rs1, Imm: imm})
}

// U appends LUI or AUIPC; the low 12 bits of imm are zero.
func (p *Program) U(op isa.Op, rd uint8, imm int32) *Program {
	return p.Insn(isa.Insn{Op: op, Rd: rd, Imm: imm})
}

// CSR appends a CSR instruction; of the immediate forms, src is the immediate.
func (p *Program) CSR(op isa.Op, rd uint8, csr isa.CSR, src uint8) *Program {
	return p.Insn(isa.Insn{Op: op, Rd: rd, Rs1: src, Imm: int32(csr)})
}

// Fence appends FENCE pred,succ; the bits are 8 for I, 4 for O, 2 for R, 1 for W.
func (p *Program) Fence(pred, succ int32) *Program {
	return p.Insn(isa.Insn{Op: isa.FENCE, Imm: pred<<4 | succ})
}

// Branch appends a conditional branch to a label.
func (p *Program) Branch(op isa.Op, rs1, rs2 uint8, label string) *Program {
	p.fixes = append(p.fixes, fix{p.PC(), isa.Insn{Op: op, Rs1: rs1, Rs2: rs2}, label})
	return p.Word(0)
}

// Jump appends JAL to a label.
func (p *Program) Jump(rd uint8, label string) *Program {
	p.fixes = append(p.fixes, fix{p.PC(), isa.Insn{Op: isa.JAL, Rd: rd}, label})
	return p.Word(0)
}

// LA appends two instructions that put a label's address into rd.
func (p *Program) LA(rd uint8, label string) *Program {
	p.fixes = append(p.fixes, fix{p.PC(), isa.Insn{Op: isa.AUIPC, Rd: rd}, label})
	return p.Word(0).Word(0)
}

// LI appends the instructions that put v into rd.
func (p *Program) LI(rd uint8, v uint64) *Program {
	low := int32(v<<52>>52) << 20 >> 20
	if rest := v - uint64(int64(low)); int64(v) == int64(int32(v)) {
		if upper := int32(rest); upper != 0 {
			return p.U(isa.LUI, rd, upper).I(isa.ADDIW, rd, rd, low)
		}
		return p.I(isa.ADDI, rd, Zero, low)
	} else {
		return p.LI(rd, uint64(int64(rest)>>12)).I(isa.SLLI, rd, rd, 12).I(isa.ADDI, rd, rd, low)
	}
}

// Half, Word and Double append little-endian data.

// Half appends 16 bits, such as a compressed instruction.
func (p *Program) Half(v uint16) *Program {
	p.bytes = binary.LittleEndian.AppendUint16(p.bytes, v)
	return p
}

// Word appends 32 bits.
func (p *Program) Word(v uint32) *Program {
	p.bytes = binary.LittleEndian.AppendUint32(p.bytes, v)
	return p
}

// Double appends 64 bits.
func (p *Program) Double(v uint64) *Program {
	p.bytes = binary.LittleEndian.AppendUint64(p.bytes, v)
	return p
}

// Org fills with zeros, illegal instructions, up to the address at.
func (p *Program) Org(at uint64) *Program {
	if at < p.PC() {
		panic(fmt.Sprintf("asm: %#x lies behind %#x", at, p.PC()))
	}
	p.bytes = append(p.bytes, make([]byte, at-p.PC())...)
	return p
}

// Align is Org to the next multiple of n.
func (p *Program) Align(n uint64) *Program { return p.Org((p.PC() + n - 1) / n * n) }

// Bytes returns the program with all labels filled in.
func (p *Program) Bytes() []byte {
	for _, f := range p.fixes {
		delta := int64(p.Addr(f.label) - f.at)
		b := p.bytes[f.at-p.base:]
		if f.in.Op == isa.AUIPC {
			low := int32(delta) << 20 >> 20
			f.in.Imm = int32(delta) - low
			binary.LittleEndian.PutUint32(b[4:], Encode(isa.Insn{Op: isa.ADDI, Rd: f.in.Rd, Rs1: f.in.Rd, Imm: low}))
		} else if f.in.Imm = int32(delta); int64(f.in.Imm) != delta {
			panic("asm: too far away: " + f.label)
		}
		binary.LittleEndian.PutUint32(b, Encode(f.in))
	}
	return p.bytes
}
