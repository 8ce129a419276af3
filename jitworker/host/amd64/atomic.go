package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// AMOs and the pairs of LR and SC. Host locked instructions are full barriers, which
// carries aq and rl.

// probeAligned leaves the host address of the word at rs1 in RAX; misaligned
// accesses go to slow.
func (c *Compiler) probeAligned(u *code.Uop, size int, k lookup, slow x86.Label) {
	c.load64(x86.RAX, u.Rs1)
	if size > 1 {
		c.TestAL(uint8(size - 1))
		c.Jcc(x86.NE, slow)
	}
	c.hostAddress(k, slow)
}

// putLoaded stores RAX, a value of size bytes, as an atomic's result.
func (c *Compiler) putLoaded(slot uint8, size int) {
	if size == 8 {
		c.put(slot, x86.RAX)
		return
	}
	d := c.dst(slot, x86.RAX)
	c.MovsxRR(d, x86.RAX, size)
	c.put(slot, d)
}

// amos has the forms of each AMO for 1, 2, 4 and 8 bytes.
var amos = [...][4]isa.Op{
	{isa.AMOSWAP_B, isa.AMOSWAP_H, isa.AMOSWAP_W, isa.AMOSWAP_D},
	{isa.AMOADD_B, isa.AMOADD_H, isa.AMOADD_W, isa.AMOADD_D},
	{isa.AMOXOR_B, isa.AMOXOR_H, isa.AMOXOR_W, isa.AMOXOR_D},
	{isa.AMOAND_B, isa.AMOAND_H, isa.AMOAND_W, isa.AMOAND_D},
	{isa.AMOOR_B, isa.AMOOR_H, isa.AMOOR_W, isa.AMOOR_D},
	{isa.AMOMIN_B, isa.AMOMIN_H, isa.AMOMIN_W, isa.AMOMIN_D},
	{isa.AMOMAX_B, isa.AMOMAX_H, isa.AMOMAX_W, isa.AMOMAX_D},
	{isa.AMOMINU_B, isa.AMOMINU_H, isa.AMOMINU_W, isa.AMOMINU_D},
	{isa.AMOMAXU_B, isa.AMOMAXU_H, isa.AMOMAXU_W, isa.AMOMAXU_D},
}

// amo compiles an AMO of size bytes; op is its doubleword form.
func amo(op isa.Op, size int) lowering {
	return func(c *Compiler, u *code.Uop) {
		resume := c.NewLabel()
		slow := c.interpretAside(resume)
		if code.Of(u.Op).Reference {
			c.barrier(slow)
		}
		c.probeAligned(u, size, stores, slow)
		switch op {
		case isa.AMOSWAP_D:
			c.load64(x86.RDX, u.Rs2)
			c.Xchg(x86.At(x86.RAX, 0), x86.RDX, size)
			c.MovRR(x86.RAX, x86.RDX)
		case isa.AMOADD_D:
			c.load64(x86.RDX, u.Rs2)
			c.LockXadd(x86.At(x86.RAX, 0), x86.RDX, size)
			c.MovRR(x86.RAX, x86.RDX)
		default:
			c.swapLoop(u, op, size)
		}
		c.putLoaded(u.Rd, size)
		c.Bind(resume)
	}
}

// swapLoop applies an operation that the host has no instruction for to the word
// at RAX, and leaves the old value in RAX.
func (c *Compiler) swapLoop(u *code.Uop, op isa.Op, size int) {
	again := c.NewLabel()
	c.MovRR(x86.RCX, x86.RAX)
	c.MovzxRM(x86.RAX, x86.At(x86.RCX, 0), size)
	c.Bind(again)
	switch op {
	case isa.AMOAND_D:
		c.MovRR(x86.RDX, x86.RAX)
		c.alu(x86.AND, x86.RDX, u.Rs2)
	case isa.AMOOR_D:
		c.MovRR(x86.RDX, x86.RAX)
		c.alu(x86.OR, x86.RDX, u.Rs2)
	case isa.AMOXOR_D:
		c.MovRR(x86.RDX, x86.RAX)
		c.alu(x86.XOR, x86.RDX, u.Rs2)
	case isa.AMOMIN_D:
		c.keepIf(x86.L, u, size)
	case isa.AMOMAX_D:
		c.keepIf(x86.G, u, size)
	case isa.AMOMINU_D:
		c.keepIf(x86.B, u, size)
	case isa.AMOMAXU_D:
		c.keepIf(x86.A, u, size)
	}
	c.LockCmpxchg(x86.At(x86.RCX, 0), x86.RDX, size)
	c.Jcc(x86.NE, again)
}

// keepIf sets RDX to RAX if RAX cond rs2, else to rs2. The order of bytes and halfwords,
// as unsigned numbers too, is that of what their sign is extended to.
func (c *Compiler) keepIf(cond x86.Cond, u *code.Uop, size int) {
	if size < 4 {
		c.MovsxRR(x86.RAX, x86.RAX, size)
		c.extend(x86.RDX, u.Rs2, size)
	} else {
		c.load64(x86.RDX, u.Rs2)
	}
	if size <= 4 {
		c.AluRR32(x86.CMP, x86.RAX, x86.RDX)
		c.CmovRR32(cond, x86.RDX, x86.RAX)
		return
	}
	c.AluRR(x86.CMP, x86.RAX, x86.RDX)
	c.CmovRR(cond, x86.RDX, x86.RAX)
}

// compareAndSwap compiles AMOCAS and gc.cas of size bytes: rs3 is the slot of rd, with the
// value to compare with.
func compareAndSwap(size int) lowering {
	return func(c *Compiler, u *code.Uop) {
		resume := c.NewLabel()
		slow := c.interpretAside(resume)
		if code.Of(u.Op).Reference {
			c.barrier(slow)
		}
		c.probeAligned(u, size, stores, slow)
		c.MovRR(x86.RCX, x86.RAX)
		c.load64(x86.RAX, u.Rs3())
		c.load64(x86.RDX, u.Rs2)
		c.LockCmpxchg(x86.At(x86.RCX, 0), x86.RDX, size)
		c.putLoaded(u.Rd, size)
		c.Bind(resume)
	}
}

// compareAndSwapPair compiles AMOCAS.Q.
func (c *Compiler) compareAndSwapPair(u *code.Uop) {
	resume := c.NewLabel()
	slow := c.interpretAside(resume)
	c.probeAligned(u, 16, stores, slow)
	c.MovXR(x86.F64, x86.XMM0, x86.RAX)
	c.MovXR(x86.F64, x86.XMM1, c.get(u.Rs2, x86.RAX))
	c.load64(x86.RCX, code.Pair(u.Rs2))
	c.load64(x86.RAX, u.Rs3())
	c.load64(x86.RDX, code.Pair(u.Rs3()))
	c.call(CallSwap16)
	c.put(u.Rd, x86.RAX)
	c.put(code.Pair(u.Rd), x86.RDX)
	c.Bind(resume)
}

// swap16 returns the routine that swaps the 16 bytes at the host address in XMM0 for
// RCX:XMM1 if they are RDX:RAX, which they are afterwards in any case. The host's
// instruction wants RBX, and the address in a register: it borrows two. XMM2 is used.
func swap16() []byte {
	var a x86.Asm
	const address = x86.R11
	a.MovXR(x86.F64, x86.XMM2, rState)
	a.MovRX(x86.F64, x86.RBX, x86.XMM1)
	a.MovXR(x86.F64, x86.XMM1, address)
	a.MovRX(x86.F64, address, x86.XMM0)
	a.LockCmpxchg16(x86.At(address, 0))
	a.MovRX(x86.F64, address, x86.XMM1)
	a.MovRX(x86.F64, rState, x86.XMM2)
	a.Ret()
	return a.Finish()
}

// loadReserved compiles an LR whose SC is in the block, or that has none.
func (c *Compiler) loadReserved(u *code.Uop) {
	resume := c.NewLabel()
	slow := c.interpretAside(resume)
	size := int(code.Of(u.Op).Size)
	c.probeAligned(u, size, loads, slow)
	c.MovMR(x86.At(rState, offResHost), x86.RAX)
	c.MovzxRM(x86.RAX, x86.At(x86.RAX, 0), size)
	c.MovMR(x86.At(rState, offResVal), x86.RAX)
	c.putLoaded(u.Rd, size)
	c.Bind(resume)
}

// storeConditional compiles an SC whose LR is in the block: a compare-and-swap.
func (c *Compiler) storeConditional(u *code.Uop) {
	resume, failed := c.NewLabel(), c.NewLabel()
	slow := c.interpretAside(resume)
	size := int(code.Of(u.Op).Size)
	c.probeAligned(u, size, stores, slow)
	c.MovRR(x86.RCX, x86.RAX)
	c.MovRM(x86.RAX, x86.At(rState, offResHost))
	c.MovMI(x86.At(rState, offResHost), 0)
	c.AluRR(x86.CMP, x86.RAX, x86.RCX)
	c.Jcc(x86.NE, failed)
	c.load64(x86.RDX, u.Rs2)
	c.MovRM(x86.RAX, x86.At(rState, offResVal))
	c.LockCmpxchg(x86.At(x86.RCX, 0), x86.RDX, size)
	c.Bind(failed)
	c.Setcc(x86.NE, x86.RAX)
	c.MovzxRR(x86.RAX, x86.RAX, 1)
	c.put(u.Rd, x86.RAX)
	c.Bind(resume)
}

// failedStore compiles an SC that no reservation reaches. It makes the checks of a store.
func (c *Compiler) failedStore(u *code.Uop) {
	resume := c.NewLabel()
	c.probeAligned(u, int(code.Of(u.Op).Size), stores, c.interpretAside(resume))
	c.MovRI(x86.RAX, 1)
	c.put(u.Rd, x86.RAX)
	c.Bind(resume)
}

// waitLooks is how often native code looks whether what WRS waits for has happened,
// before the hart gives its worker to others: about a microsecond.
const waitLooks = 32

// wait compiles WRS behind an LR: it takes its exit as soon as the word that LR has
// loaded is another.
func (c *Compiler) wait(u *code.Uop) {
	look, done := c.NewLabel(), c.NewLabel()
	c.MovRM(x86.RAX, x86.At(rState, offResHost))
	c.TestRR(x86.RAX, x86.RAX)
	c.Jcc(x86.E, done)
	c.MovRI(x86.RCX, waitLooks)
	c.Bind(look)
	c.MovzxRM(x86.RDX, x86.At(x86.RAX, 0), int(code.Of(u.Op).Size))
	c.AluRM(x86.CMP, x86.RDX, x86.At(rState, offResVal))
	c.exitIf(x86.NE, u)
	c.Pause()
	c.AluRI32(x86.SUB, x86.RCX, 1)
	c.Jcc(x86.NE, look)
	c.Bind(done)
}
