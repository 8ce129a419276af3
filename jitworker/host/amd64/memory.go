package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// address checks the load or store u, which is the current micro-operation, and
// returns its operand. RAX, RCX and RDX are used, RDX free afterwards. The slow
// case leaves u to the interpreter and goes on at resume.
func (c *Compiler) address(u *code.Uop, resume x86.Label) x86.Mem {
	switch g := c.group(); {
	case g == nil:
		c.probe(u, resume)
	case g.First == c.index:
		c.openGroup(u, g)
	case c.held != g:
		c.MovRM(x86.RAX, kept(g))
	}
	base := c.get(u.Rs1, x86.RCX)
	return x86.Indexed(base, x86.RAX, int32(u.Imm))
}

// probe leaves the addend of an access that is in no group in RAX.
func (c *Compiler) probe(u *code.Uop, resume x86.Label) {
	lo, hi := u.Imm, u.Imm+int64(code.Of(u.Op).Size)
	switch {
	case code.Of(u.Op).Reference:
		slow, alone, done := c.interpretAside(resume), c.NewLabel(), c.NewLabel()
		c.addend(references, u.Rs1, lo, hi, alone)
		c.Bind(done)
		l := c.aside((*Compiler).storeReferenceAside)
		l.start, l.end, l.slow, l.warm = alone, done, slow, c.warm()
	case c.late != 0:
		c.addend(lookupFor(u), u.Rs1, lo, hi, c.sumFirst(u, c.interpretAside(resume)))
	case c.callsLook():
		c.addend(lookupFor(u), u.Rs1, lo, hi, c.interpretAside(resume))
	default:
		far, hit := c.look(lookupFor(u), u.Rs1, lo, hi)
		l := c.aside((*Compiler).probeAside)
		l.start, l.end, l.resume, l.warm, l.look = far, hit, resume, c.warm(), lookupFor(u)
	}
}

// sumInLoad leaves the addition of a constant to the load behind it, which has the
// sum as its base and overwrites it: the constant goes into the offset.
func (c *Compiler) sumInLoad(u *code.Uop) bool {
	next := &c.plan.Uops()[c.index+1] // there is one, a block ends by leaving
	if c.copies.now != mainCopy || !loadsInteger(next) || next.Rs1 != u.Rd || next.Rd != u.Rd || u.Rs1 != u.Rd || c.plan.Group(c.index+1) != nil {
		return false
	}
	c.late = u.Imm
	return true
}

// loadsInteger reports whether u loads into an x register.
func loadsInteger(u *code.Uop) bool {
	i := code.Of(u.Op)
	return i.Kind == code.Load && i.Rd == isa.RegX
}

// sumFirst emits, out of line, what sumInLoad has left out, for the interpreter, and
// returns the label in front of it.
func (c *Compiler) sumFirst(u *code.Uop, slow x86.Label) (start x86.Label) {
	start = c.NewLabel()
	late := int32(c.late)
	c.asideFunc(func() {
		c.Bind(start)
		if r := c.pin(u.Rd); r != x86.NoReg {
			c.AluRI(x86.ADD, r, late)
		} else {
			c.AluMI(x86.ADD, cell(u.Rd), late)
		}
		c.Jmp(slow)
	})
	return start
}

// storeReferenceAside is what the store of a reference comes to if it misses: another look, and if
// the collector marks the barrier in front of it. Whether the store can be made is looked at before the barrier,
// so that nothing is logged twice.
func (c *Compiler) storeReferenceAside(l *aside) {
	u, done := &c.plan.Uops()[l.index], c.NewLabel()
	lo, hi := u.Imm, u.Imm+int64(code.Of(u.Op).Size)
	c.Bind(l.start)
	c.testMarking(x86.E, done)
	c.addend(stores, u.Rs1, lo, hi, l.slow)
	c.logOverwritten(u, l.slow)
	c.Bind(done)
	c.addend(stores, u.Rs1, lo, hi, l.slow)
	c.Jmp(l.end)
}

// lookup is what the page of an access is looked up for.
type lookup uint8

const (
	loads      lookup = iota
	stores            // of anything else than references
	references        // stores of references, which all miss while the collector marks
)

// id is the State's field with the view that an entry of the first level must have.
func (k lookup) id() int32 {
	if k == references {
		return offRefID
	}
	return offDataID
}

// table is where the near entries lie in State.
func (k lookup) table() int32 {
	if k == loads {
		return offLoad
	}
	return offStore
}

// addend leaves in RAX what has to be added to a virtual address to get the host's,
// for the bytes from lo to hi (exclusive) from the register in slot base, or goes to
// miss. RCX and RDX are used.
func (c *Compiler) addend(k lookup, base uint8, lo, hi int64, miss x86.Label) {
	if c.callsLook() {
		c.callLook(k, base, lo, hi, miss)
		return
	}
	far, hit := c.look(k, base, lo, hi)
	l := c.aside((*Compiler).addendAside)
	l.start, l.end, l.slow, l.look = far, hit, miss, k
}

// callsLook reports whether a routine looks pages up: in code that is to be small, or is
// seldom executed.
func (c *Compiler) callsLook() bool { return c.plan.Dense || c.copies.now == slowPath }

// callLook is addend in a few instructions, and slower.
func (c *Compiler) callLook(k lookup, base uint8, lo, hi int64, miss x86.Label) {
	c.bounds(base, lo, hi)
	c.call(Routine(k))
	c.Jcc(x86.NE, miss)
}

// look is addend as far as the near part goes: code goes to far if that does not know the
// page, which is to go on at hit.
//
// The tag compared is that of the page of the last byte at the index of the page
// of the first, so bytes in two pages do not hit.
func (c *Compiler) look(k lookup, base uint8, lo, hi int64) (far, hit x86.Label) {
	c.bounds(base, lo, hi)
	far, hit = c.NewLabel(), c.NewLabel()
	c.Copy(&looks[k], far)
	c.Bind(hit)
	return far, hit
}

// bounds sets ECX and RDX to the addresses of an access's first and last byte. RAX is used.
func (c *Compiler) bounds(base uint8, lo, hi int64) {
	b := c.get(base, x86.RAX)
	c.Lea(x86.RDX, x86.At(b, int32(hi-1)))
	if lo != 0 {
		c.Lea(x86.RCX, x86.At(b, int32(lo)))
	} else {
		c.MovRR32(x86.RCX, b)
	}
}

// looks has what comes behind the addresses in ECX and RDX, see index1st.
var looks = [...]x86.Template{loads: looking(loads), stores: looking(stores), references: looking(references)}

func looking(k lookup) x86.Template {
	return x86.NewTemplate(func(a *x86.Asm, miss, _ x86.Label) {
		index1st(a, k, miss)
		a.MovRM(x86.RAX, x86.Indexed(rState, x86.RCX, k.table()+offAddend))
	})
}

// index1st turns the virtual address of the first byte in ECX into the displacement
// of its first-level entry, and compares the entry with the page of the last byte,
// whose address is in RDX.
func index1st(a *x86.Asm, k lookup, miss x86.Label) {
	a.ShiftRI32(x86.SHR, x86.RCX, 12-4)
	a.AluRI32(x86.AND, x86.RCX, (shardedtlb.FirstLevelEntries-1)<<4)
	a.AluRI(x86.AND, x86.RDX, -4096)
	a.AluRM(x86.OR, x86.RDX, x86.At(rState, k.id()))
	a.AluRM(x86.CMP, x86.RDX, x86.Indexed(rState, x86.RCX, k.table()))
	a.Jcc(x86.NE, miss)
}

// hostAddress leaves the host address of the byte whose virtual address is in RAX
// there, or goes to miss. RCX and RDX are used.
func (c *Compiler) hostAddress(k lookup, miss x86.Label) {
	c.MovRR(x86.RDX, x86.RAX)
	c.MovRR32(x86.RCX, x86.RAX)
	index1st(&c.Asm, k, miss)
	c.AluRM(x86.ADD, x86.RAX, x86.Indexed(rState, x86.RCX, k.table()+offAddend))
}

func (c *Compiler) load(u *code.Uop) {
	if c.late != 0 {
		sum := *u
		sum.Imm += c.late
		u = &sum
	}
	resume := c.NewLabel()
	m := c.address(u, resume)
	c.late = 0
	size := int(code.Of(u.Op).Size)
	d := c.dst(u.Rd, x86.RDX)
	if code.Of(u.Op).Signed {
		c.MovsxRM(d, m, size)
	} else {
		c.MovzxRM(d, m, size)
	}
	c.put(u.Rd, d)
	c.Bind(resume)
	c.holds = c.group()
}

func (c *Compiler) store(u *code.Uop) {
	resume := c.NewLabel()
	m := c.address(u, resume)
	v := c.get(u.Rs2, x86.RDX)
	switch code.Of(u.Op).Size {
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

func (c *Compiler) fence(*code.Uop) { c.LockAddMI(x86.At(x86.RSP, -8), 0) }

// zeroBlock compiles CBO.ZERO, which the interpreter refuses where it is illegal.
func (c *Compiler) zeroBlock(u *code.Uop) {
	resume := c.NewLabel()
	slow := c.interpretAside(resume)
	c.AluMI32(x86.CMP, x86.At(rState, offZeroTraps), 0)
	c.Jcc(x86.NE, slow)
	c.load64(x86.RAX, u.Rs1)
	c.AluRI(x86.AND, x86.RAX, -code.CacheBlockSize)
	c.hostAddress(stores, slow)
	c.VopXX(x86.VXOR, x86.XMM0, x86.XMM0)
	for at := int32(0); at < code.CacheBlockSize; at += 16 {
		c.MovMXAligned(x86.At(x86.RAX, at), x86.XMM0)
	}
	c.Bind(resume)
}
