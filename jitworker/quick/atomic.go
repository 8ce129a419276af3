package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// AMOs and the pairs of LR and SC. Host locked instructions are full barriers, which
// carries aq and rl.

// probeAligned leaves the host address of the word at rs1 in RAX; misaligned
// accesses go to slow.
func (c *Compiler) probeAligned(u *interp.Uop, size int, k lookup, slow Label) {
	c.load64(RAX, u.Rs1)
	if size > 1 {
		c.TestAL(uint8(size - 1))
		c.Jcc(NE, slow)
	}
	c.hostAddress(k, slow)
}

// putLoaded stores RAX, a value of size bytes, as an atomic's result.
func (c *Compiler) putLoaded(slot uint8, size int) {
	if size == 8 {
		c.put(slot, RAX)
		return
	}
	d := c.dst(slot, RAX)
	c.MovsxRR(d, RAX, size)
	c.put(slot, d)
}

// amo compiles an AMO of size bytes; op is its doubleword form.
func amo(op isa.Op, size int) lowering {
	return func(c *Compiler, u *interp.Uop) {
		resume := c.NewLabel()
		slow := c.slowCase(resume)
		c.probeAligned(u, size, stores, slow)
		switch op {
		case isa.AMOSWAP_D:
			c.load64(RDX, u.Rs2)
			c.Xchg(At(RAX, 0), RDX, size)
			c.MovRR(RAX, RDX)
		case isa.AMOADD_D:
			c.load64(RDX, u.Rs2)
			c.LockXadd(At(RAX, 0), RDX, size)
			c.MovRR(RAX, RDX)
		default:
			c.swapLoop(u, op, size)
		}
		c.putLoaded(u.Rd, size)
		c.Bind(resume)
	}
}

// swapLoop applies an operation that the host has no instruction for to the word
// at RAX, and leaves the old value in RAX.
func (c *Compiler) swapLoop(u *interp.Uop, op isa.Op, size int) {
	again := c.NewLabel()
	c.MovRR(RCX, RAX)
	c.MovzxRM(RAX, At(RCX, 0), size)
	c.Bind(again)
	switch op {
	case isa.AMOAND_D:
		c.MovRR(RDX, RAX)
		c.alu(AND, RDX, u.Rs2)
	case isa.AMOOR_D:
		c.MovRR(RDX, RAX)
		c.alu(OR, RDX, u.Rs2)
	case isa.AMOXOR_D:
		c.MovRR(RDX, RAX)
		c.alu(XOR, RDX, u.Rs2)
	case isa.AMOMIN_D:
		c.keepIf(L, u, size)
	case isa.AMOMAX_D:
		c.keepIf(G, u, size)
	case isa.AMOMINU_D:
		c.keepIf(B, u, size)
	case isa.AMOMAXU_D:
		c.keepIf(A, u, size)
	}
	c.LockCmpxchg(At(RCX, 0), RDX, size)
	c.Jcc(NE, again)
}

// keepIf sets RDX to RAX if RAX cond rs2, else to rs2. The order of bytes and halfwords,
// as unsigned numbers too, is that of what their sign is extended to.
func (c *Compiler) keepIf(cond Cond, u *interp.Uop, size int) {
	if size < 4 {
		c.MovsxRR(RAX, RAX, size)
		c.extend(RDX, u.Rs2, size)
	} else {
		c.load64(RDX, u.Rs2)
	}
	if size <= 4 {
		c.AluRR32(CMP, RAX, RDX)
		c.CmovRR32(cond, RDX, RAX)
		return
	}
	c.AluRR(CMP, RAX, RDX)
	c.CmovRR(cond, RDX, RAX)
}

// compareAndSwap compiles AMOCAS and gc.cas of size bytes: rs3 is the slot of rd, with the
// value to compare with.
func compareAndSwap(size int) lowering {
	return func(c *Compiler, u *interp.Uop) {
		resume := c.NewLabel()
		slow := c.slowCase(resume)
		c.probeAligned(u, size, stores, slow)
		c.MovRR(RCX, RAX)
		c.load64(RAX, u.Rs3)
		c.load64(RDX, u.Rs2)
		c.LockCmpxchg(At(RCX, 0), RDX, size)
		c.putLoaded(u.Rd, size)
		c.Bind(resume)
	}
}

// compareAndSwapPair compiles AMOCAS.Q.
func (c *Compiler) compareAndSwapPair(u *interp.Uop) {
	resume := c.NewLabel()
	slow := c.slowCase(resume)
	c.probeAligned(u, 16, stores, slow)
	c.MovXR(F64, XMM0, RAX)
	c.MovXR(F64, XMM1, c.get(u.Rs2, RAX))
	c.load64(RCX, interp.Pair(u.Rs2))
	c.load64(RAX, u.Rs3)
	c.load64(RDX, interp.Pair(u.Rs3))
	c.call(CallSwap16)
	c.put(u.Rd, RAX)
	c.put(interp.Pair(u.Rd), RDX)
	c.Bind(resume)
}

// swap16 returns the routine that swaps the 16 bytes at the host address in XMM0 for
// RCX:XMM1 if they are RDX:RAX, which they are afterwards in any case. The host's
// instruction wants RBX, and the address in a register: it borrows two. XMM2 is used.
func swap16() []byte {
	var a Asm
	const address = R11
	a.MovXR(F64, XMM2, rState)
	a.MovRX(F64, RBX, XMM1)
	a.MovXR(F64, XMM1, address)
	a.MovRX(F64, address, XMM0)
	a.LockCmpxchg16(At(address, 0))
	a.MovRX(F64, address, XMM1)
	a.MovRX(F64, rState, XMM2)
	a.Ret()
	return a.Finish()
}

// loadReserved compiles an LR whose SC is in the block, or that has none.
func (c *Compiler) loadReserved(u *interp.Uop) {
	resume := c.NewLabel()
	slow := c.slowCase(resume)
	size := int(u.Rs3)
	c.probeAligned(u, size, loads, slow)
	c.MovMR(At(rState, offResHost), RAX)
	c.MovzxRM(RAX, At(RAX, 0), size)
	c.MovMR(At(rState, offResVal), RAX)
	c.putLoaded(u.Rd, size)
	c.Bind(resume)
}

// storeConditional compiles an SC whose LR is in the block: a compare-and-swap.
func (c *Compiler) storeConditional(u *interp.Uop) {
	resume, failed := c.NewLabel(), c.NewLabel()
	slow := c.slowCase(resume)
	size := int(u.Rs3)
	c.probeAligned(u, size, stores, slow)
	c.MovRR(RCX, RAX)
	c.MovRM(RAX, At(rState, offResHost))
	c.MovMI(At(rState, offResHost), 0)
	c.AluRR(CMP, RAX, RCX)
	c.Jcc(NE, failed)
	c.load64(RDX, u.Rs2)
	c.MovRM(RAX, At(rState, offResVal))
	c.LockCmpxchg(At(RCX, 0), RDX, size)
	c.Bind(failed)
	c.Setcc(NE, RAX)
	c.MovzxRR(RAX, RAX, 1)
	c.put(u.Rd, RAX)
	c.Bind(resume)
}

// failedStore compiles an SC that no reservation reaches. It makes the checks of a store.
func (c *Compiler) failedStore(u *interp.Uop) {
	resume := c.NewLabel()
	c.probeAligned(u, int(u.Rs3), stores, c.slowCase(resume))
	c.MovRI(RAX, 1)
	c.put(u.Rd, RAX)
	c.Bind(resume)
}

// waitLooks is how often native code looks whether what WRS waits for has happened,
// before the hart gives its worker to others: about a microsecond.
const waitLooks = 32

// wait compiles WRS behind an LR: it takes its exit as soon as the word that LR has
// loaded is another.
func (c *Compiler) wait(u *interp.Uop) {
	look, done := c.NewLabel(), c.NewLabel()
	c.MovRM(RAX, At(rState, offResHost))
	c.TestRR(RAX, RAX)
	c.Jcc(E, done)
	c.MovRI(RCX, waitLooks)
	c.Bind(look)
	c.MovzxRM(RDX, At(RAX, 0), int(u.Rs3))
	c.AluRM(CMP, RDX, At(rState, offResVal))
	c.exitIf(NE, u)
	c.Pause()
	c.AluRI32(SUB, RCX, 1)
	c.Jcc(NE, look)
	c.Bind(done)
}
