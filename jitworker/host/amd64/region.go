package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/region"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// A region's code is that of its blocks, each as the quick tier has it, between an entry and ways out:
//
//	entry      readiness of floating point, if the region is about that; the home map's registers
//	           that the region has no use for go to memory, and others come (exchange)
//	parts      in the region's order; who goes from one to the next goes by a jump, or none
//	asides     of all parts, and their slow paths
//	tables     of indirect jumps (follow.go)
//	arrive     where the interpreter returns to: exchange, and on to the address in RCX
//	farewell   where all leave to Go that do not have the home map: exchange back, and leave
//
// Exits to other code exchange back, each for itself, since what they jump by can be patched. A part in
// another page than the first one's leaves by checked links alone.

// inside is what the compiler knows of a region.
type inside struct {
	*region.Region
	pins     [32]x86.Reg
	xpins    [32]x86.Xmm
	moves    []move
	labels   []x86.Label // of the parts
	copies   []copies    // likewise
	floats   floats      // what is known at each part's beginning
	farewell x86.Label
	arrive   [2]x86.Label // [1]: with the f registers loaded
	tables   []table
	known    []uint64 // physical pages of parts of which memos say where they lie (cross.go)
	rough    uint32   // f registers that may be rough somewhere (rough.go)
	last     bool     // the current micro-operation is the last of its part's main copy
}

// LowerRegion makes code of a region (region.Lowering).
func (c *Compiler) LowerRegion(r *region.Region) (*tier.Code, error) {
	c.begin(len(r.Parts))
	in := &c.region
	*in = inside{Region: r, moves: in.moves[:0], labels: in.labels[:0], copies: in.copies[:0], tables: in.tables[:0], known: in.known[:0]}
	in.knowPages()
	in.assign()
	in.mayBeRough()
	for range r.Parts {
		in.labels = append(in.labels, c.NewLabel())
		in.copies = append(in.copies, copies{})
	}
	in.farewell, in.arrive = c.NewLabel(), [2]x86.Label{c.NewLabel(), c.NewLabel()}

	c.plan = &r.Plans[0]
	c.Bind(c.entry)
	c.enterRegion()
	for _, part := range r.Order {
		c.emitPart(part)
	}
	in.last = false
	for _, part := range r.Order {
		c.switchTo(part)
		c.emitCopies(c.plan.Ops)
	}
	for i := 0; i < len(c.asides); i++ {
		l := &c.asides[i]
		c.switchTo(int(l.part))
		c.floats.rough = l.rough
		if c.comeBack(); l.home {
			c.atHome()
		}
		c.index = int(l.index)
		l.emit(c, l)
	}
	c.leaveRegion()
	return c.end()
}

// enterRegion emits the entry, up to the first part's poll.
func (c *Compiler) enterRegion() {
	in := &c.region
	c.inside = in
	if in.Floats {
		c.index = 0
		c.atHome()
		c.ready(c.floatNeeds())
		in.floats.tested = c.floats.tested
		c.check()
	}
	c.moveIn()
	c.comeBack()
	c.switchTo(0)
	c.floats.rough = in.Rough[0] & in.rough // a block that is a region by itself comes back to the poll
	c.head = c.NewLabel()
	c.Bind(c.head)
	c.index = -1
	c.poll()
}

// moveIn has registers lie where the region has them, and forgets all pages.
func (c *Compiler) moveIn() {
	c.exchange(c.region.Floats)
	for i := range c.region.Pages {
		c.MovMI(memo(uint8(i+1), offMemoSpan), 0)
	}
	for i := range c.region.known {
		c.MovMI(memo(c.region.pageMemo(i), offMemoPage), nowhere)
	}
}

// returnIn goes on in the part that follows a call by whose link back a callee outside of the region returns to the virtual
// address in RAX; false if there is none. Where f registers are the region's code relies on what its entry has looked at.
func (c *Compiler) returnIn(back uint8) bool {
	in := c.inside
	to := in.Next(c.part, back)
	if to < 0 || in.Floats {
		return false
	}
	c.AluRI(x86.AND, x86.RAX, -physmem.PageSize)
	c.MovMR(x86.At(rState, offPage), x86.RAX)
	c.moveIn()
	c.Jmp(in.labels[to])
	return true
}

// floatNeeds returns what code of the region needs of floating point (hart.Float.Mode) beside FS being
// Dirty, which is for those to see to that change something.
func (c *Compiler) floatNeeds() (need uint8) {
	for i := range c.region.Parts {
		uops := c.region.Parts[i].Uops()
		for j := range uops {
			if u := &uops[j]; isFloat(u.Op) {
				n, _ := floatRows[u.Op].needs(c, u)
				need |= n
			}
		}
	}
	return need &^ hart.FloatClean
}

// emitPart emits the main copy of a part.
func (c *Compiler) emitPart(part int) {
	in := c.inside
	c.switchTo(part)
	c.Bind(in.labels[part])
	c.floats = in.floats
	c.floats.rough = in.Rough[part] & in.rough
	c.resetCopies()
	c.emit(c.plan.Ops)
	if end := c.plan.End(); end != nil {
		c.index = len(c.plan.Ops) - 1
		c.AluRI(x86.ADD, rCount, int32(end.N))
		c.goHome()
		c.takeExitOut(end)
		c.comeBack()
	}
	c.out.Insns += int(c.plan.Ops[len(c.plan.Ops)-1].N)
}

// switchTo makes a part the current one.
func (c *Compiler) switchTo(part int) {
	in := c.inside
	in.copies[c.part] = c.copies
	c.part, c.plan = part, &in.Plans[part]
	c.copies = in.copies[part]
}

// home reports whether registers lie where the home map has them.
func (c *Compiler) home() bool { return c.pins == &pins }

// atHome says that they do.
func (c *Compiler) atHome() { c.pins, c.xpins = &pins, &xpins }

// comeBack says that they lie where the region has them.
func (c *Compiler) comeBack() {
	in := &c.region
	c.pins, c.xpins = &in.pins, &in.xpins
}

// goHome has registers lie where the home map has them. Nothing else is changed.
func (c *Compiler) goHome() {
	if !c.home() {
		c.smooth()
		c.exchangeBack(c.inside.Floats)
		c.atHome()
	}
}

// goOn goes by the exit u to another part if it leads to one. Else it has registers lie where the home
// map has them, with a call's return address in RAX.
func (c *Compiler) goOn(u *code.Uop) bool {
	in := c.inside
	if in.Alone() {
		if u.Target() == 0 && in.Next(0, u.Link()) == 0 {
			c.leadBack(c.Jmp)
			return true
		}
	} else if to := in.Next(c.part, u.Link()); to >= 0 {
		c.goToPart(u, to)
		return true
	}
	c.goHome()
	if _, call := u.Return(); call {
		c.MovRM(x86.RAX, cell(u.Rd))
	}
	return false
}

// goToPart goes by the exit u to a part.
func (c *Compiler) goToPart(u *code.Uop, to int) {
	in := c.inside
	if !in.SamePage(c.part, to) {
		c.cross(u, to)
	}
	if back, call := u.Return(); call {
		c.callInside(u, back)
	}
	if in.Polls(c.part, to) {
		c.AluRM(x86.CMP, rCount, x86.At(rState, offLimit))
		c.Jcc(x86.B, in.labels[to])
		c.leave(code.NativePoll, to)
		return
	}
	if !in.last || in.Place[to] != in.Place[c.part]+1 {
		c.Jmp(in.labels[to])
	}
}

// inPage reports whether an exit leads to code of the page in which the unit begins, whatever its virtual
// address is.
func (c *Compiler) inPage(link uint8, delta int64) bool {
	if c.inside != nil && !c.inside.SamePage(0, c.part) && !c.plan.Open(link) {
		return false
	}
	return c.plan.InPage(link, delta)
}

// arriveAt is where the interpreter returns to, to go on at l, with the f registers loaded if warm.
func (c *Compiler) arriveAt(l x86.Label, warm bool) (offset uint32) {
	offset = uint32(c.Len())
	c.LeaLabel(x86.RCX, l)
	if warm {
		c.LeaLabel(x86.RDX, c.inside.arrive[1])
		c.JmpM(x86.At(rState, offWarm))
	} else {
		c.Jmp(c.inside.arrive[0])
	}
	return offset
}

// leaveRegion emits what the parts share.
func (c *Compiler) leaveRegion() {
	in := c.inside
	c.emitTables()
	for warm, l := range in.arrive {
		c.Bind(l)
		c.exchange(warm == 1 && in.Floats)
		c.JmpR(x86.RCX)
	}
	c.Bind(in.farewell)
	c.exchangeBack(in.Floats)
	c.atHome()
	leaveFrom(&c.Asm)
}
