package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// address checks the load or store u, which is the current micro-operation, and
// returns its operand. RAX, RCX and RDX are used, RDX free afterwards. The slow
// case leaves u to the interpreter and goes on at resume.
func (c *Compiler) address(u *interp.Uop, resume Label) Mem {
	switch g := c.group(); {
	case g == nil:
		c.probe(u, resume)
	case g.first == c.index:
		c.openGroup(u, g)
	case c.held != g:
		c.MovRM(RAX, At(rState, offScratch+8*int32(g.slot)))
	}
	base := c.get(u.Rs1, RCX)
	return Indexed(base, RAX, int32(u.Imm))
}

// probe leaves the addend of an access that is in no group in RAX.
func (c *Compiler) probe(u *interp.Uop, resume Label) {
	a := accesses[u.Op]
	slow := c.slowCase(resume)
	if c.late != 0 {
		slow = c.sumFirst(u, slow)
	}
	if c.storesReference(c.index) {
		alone, done := c.NewLabel(), c.NewLabel()
		c.addend(offRefID, u.Rs1, u.Imm, u.Imm+int64(a.size), true, alone)
		c.Bind(done)
		c.behind((*Compiler).storeWithBarrier, later{start: alone, end: done, slow: slow, warm: c.warm()})
		return
	}
	c.addend(offDataID, u.Rs1, u.Imm, u.Imm+int64(a.size), a.store, slow)
}

// sumInLoad leaves the addition of a constant to the load behind it, which has the
// sum as its base and overwrites it: the constant goes into the offset.
func (c *Compiler) sumInLoad(u *interp.Uop) bool {
	next := &c.b.Uops()[c.index+1] // there is one, a block ends by leaving
	if c.copies.now != first || next.Op < isa.LB || next.Op > isa.LWU || next.Rs1 != u.Rd || next.Rd != u.Rd || u.Rs1 != u.Rd || c.groups[c.index+1] != nil {
		return false
	}
	c.late = u.Imm
	return true
}

// sumFirst emits, out of line, what sumInLoad has left out, for the interpreter, and
// returns the label in front of it.
func (c *Compiler) sumFirst(u *interp.Uop, slow Label) (start Label) {
	start = c.NewLabel()
	late := int32(c.late)
	c.outOfLine(func() {
		c.Bind(start)
		if r := pin(u.Rd); r != NoReg {
			c.AluRI(ADD, r, late)
		} else {
			c.AluMI(ADD, cell(u.Rd), late)
		}
		c.Jmp(slow)
	})
	return start
}

// storeWithBarrier is what the store of a reference comes to if it misses: the barrier, if
// the collector marks, and another look.
func (c *Compiler) storeWithBarrier(l later) {
	u, done := &c.b.Uops()[l.index], c.NewLabel()
	c.Bind(l.start)
	c.testMarking(E, done)
	c.logOverwritten(l.index-1, done, l.warm)
	c.Bind(done)
	c.addend(offDataID, u.Rs1, u.Imm, u.Imm+int64(accesses[u.Op].size), true, l.slow)
	c.Jmp(l.end)
}

// addend leaves in RAX what has to be added to a virtual address to get the host's,
// for the bytes from lo to hi (exclusive) from the register in slot base, or goes to
// miss. id is the field with the view's id: DataID, or RefID, which makes every access
// miss while the collector marks. RCX and RDX are used.
//
// The tag compared is that of the page of the last byte at the index of the page
// of the first, so bytes in two pages do not hit.
func (c *Compiler) addend(id int32, base uint8, lo, hi int64, store bool, miss Label) {
	table := offLoad
	if store {
		table = offStore
	}
	b := c.get(base, RAX)
	c.Lea(RDX, At(b, int32(hi-1)))
	if lo != 0 {
		c.Lea(RCX, At(b, int32(lo)))
		b = RCX
	}
	if b != RCX {
		c.MovRR32(RCX, b)
	}
	hit := c.NewLabel()
	c.index1st(id, table, c.askFar(id, store, hit, miss))
	c.MovRM(RAX, Indexed(rState, RCX, table+offAddend))
	c.Bind(hit)
}

// index1st turns the virtual address of the first byte in ECX into the displacement
// of its first-level entry, and compares the entry with the page of the last byte,
// whose address is in RDX.
func (c *Compiler) index1st(id, table int32, miss Label) {
	c.ShiftRI32(SHR, RCX, 12-4)
	c.AluRI32(AND, RCX, (shardedtlb.FirstLevelEntries-1)<<4)
	c.AluRI(AND, RDX, -4096)
	c.AluRM(OR, RDX, At(rState, id))
	c.AluRM(CMP, RDX, Indexed(rState, RCX, table))
	c.Jcc(NE, miss)
}

// hostAddress leaves the host address of the byte whose virtual address is in RAX
// there, or goes to miss. RCX and RDX are used.
func (c *Compiler) hostAddress(table int32, miss Label) {
	c.MovRR(RDX, RAX)
	c.MovRR32(RCX, RAX)
	c.index1st(offDataID, table, miss)
	c.AluRM(ADD, RAX, Indexed(rState, RCX, table+offAddend))
}

func (c *Compiler) load(u *interp.Uop) {
	if c.late != 0 {
		sum := *u
		sum.Imm += c.late
		u = &sum
	}
	resume := c.NewLabel()
	m := c.address(u, resume)
	c.late = 0
	size := accesses[u.Op].size
	d := c.dst(u.Rd, RDX)
	if u.Op <= isa.LD {
		c.MovsxRM(d, m, size)
	} else {
		c.MovzxRM(d, m, size)
	}
	c.put(u.Rd, d)
	c.Bind(resume)
	c.holds = c.group()
}

func (c *Compiler) store(u *interp.Uop) {
	resume := c.NewLabel()
	m := c.address(u, resume)
	v := c.get(u.Rs2, RDX)
	switch accesses[u.Op].size {
	case 1:
		c.MovMR8(m, v)
	case 2:
		c.MovMR16(m, v)
	case 4:
		c.MovMR32(m, v)
	default:
		c.MovMR(m, v)
	}
	c.Bind(resume)
	c.holds = c.group()
}

func (c *Compiler) fence(*interp.Uop) { c.LockAddMI(At(RSP, -8), 0) }

// zeroBlock compiles CBO.ZERO, which the interpreter refuses where it is illegal.
func (c *Compiler) zeroBlock(u *interp.Uop) {
	resume := c.NewLabel()
	slow := c.slowCase(resume)
	c.AluMI32(CMP, At(rState, offZeroTraps), 0)
	c.Jcc(NE, slow)
	c.load64(RAX, u.Rs1)
	c.AluRI(AND, RAX, -interp.CacheBlockSize)
	c.hostAddress(offStore, slow)
	c.VopXX(VXOR, XMM0, XMM0)
	for at := int32(0); at < interp.CacheBlockSize; at += 16 {
		c.MovMXAligned(At(RAX, at), XMM0)
	}
	c.Bind(resume)
}
