package difftest

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// code collects instructions at an address; images and boot code are written with it.
type code struct {
	at    uint64
	bytes []byte
}

func (c *code) pc() uint64 { return c.at + uint64(len(c.bytes)) }

func (c *code) word(raw uint32) { c.bytes = binary.LittleEndian.AppendUint32(c.bytes, raw) }

func (c *code) op(o isa.Op, rd, rs1, rs2 uint8, imm int32) { c.word(encode(o, rd, rs1, rs2, imm)) }

// la loads an address in two instructions.
func (c *code) la(rd uint8, addr uint64) {
	hi, lo := split(int64(addr - c.pc()))
	c.op(isa.AUIPC, rd, 0, 0, hi)
	c.op(isa.ADDI, rd, rd, 0, lo)
}

// li loads a small number in two instructions.
func (c *code) li(rd uint8, v int32) {
	hi, lo := split(int64(v))
	c.op(isa.LUI, rd, 0, 0, hi)
	c.op(isa.ADDIW, rd, rd, 0, lo)
}

// jump jumps to an address, with the return address in rd.
func (c *code) jump(rd uint8, addr uint64) { c.op(isa.JAL, rd, 0, 0, int32(addr-c.pc())) }

// The ABI names of the registers that images use.
const (
	regA0 = 10
	regA1 = 11
	regA2 = 12
	regA7 = 17
	regT5 = 30
	regT6 = 31
)

// Linux system calls.
const (
	sysSigaction = 134
	sysWrite     = 64
	sysExit      = 93
)

// write emits write(1, addr, n).
func (c *code) write(addr uint64, n int) {
	c.op(isa.ADDI, regA0, 0, 0, 1)
	c.la(regA1, addr)
	c.li(regA2, int32(n))
	c.op(isa.ADDI, regA7, 0, 0, sysWrite)
	c.op(isa.ECALL, 0, 0, 0, 0)
}

// exit emits exit(0), and a loop for worlds where that returns.
func (c *code) exit() {
	c.op(isa.ADDI, regA0, 0, 0, 0)
	c.op(isa.ADDI, regA7, 0, 0, sysExit)
	c.op(isa.ECALL, 0, 0, 0, 0)
	c.jump(0, c.pc())
}
