package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// Far returns the routine that looks in the far part of the first level for a load
// or store that the near part does not know. RDX is the tag to be found, RCX the
// displacement of the near entry. It returns with Z set, and RAX the addend, if the
// entry is there, which it copies to the near part. RAX and RCX are used.
func Far(store bool) []byte {
	near, far := offLoad, offFarLoad
	if store {
		near, far = offStore, offFarStore
	}
	const nearMask, farMask = (shardedtlb.FirstLevelEntries - 1) << 4, (shardedtlb.FarEntries - 1) << 4
	var a Asm
	missed := a.NewLabel()
	a.MovRR(RAX, RDX)
	a.ShiftRI(SHR, RAX, 12-4)
	a.AluRI32(AND, RAX, farMask)
	// Bytes in two pages do not hit: RCX is of the first one's page, RDX of the last one's.
	a.AluRR32(XOR, RCX, RAX)
	a.AluRI32(AND, RCX, nearMask)
	a.Jcc(NE, missed)
	a.AluRM(CMP, RDX, Indexed(rState, RAX, far))
	a.Jcc(NE, missed)
	a.MovRR32(RCX, RAX)
	a.AluRI32(AND, RCX, nearMask)
	a.MovRM(RAX, Indexed(rState, RAX, far+offAddend))
	a.MovMR(Indexed(rState, RCX, near), RDX)
	a.MovMR(Indexed(rState, RCX, near+offAddend), RAX)
	a.AluRR32(CMP, RCX, RCX)
	a.Bind(missed)
	a.Ret()
	return a.Finish()
}

// askFar emits, out of line, what the near part's miss of the current access leads
// to: hit is where code goes on with the addend in RAX, miss where there is none. id is
// the field with the id that was looked for.
func (c *Compiler) askFar(id int32, store bool, hit, miss Label) (start Label) {
	start = c.NewLabel()
	emit := (*Compiler).farLoad
	switch {
	case id == offRefID:
		emit = (*Compiler).farReference
	case store:
		emit = (*Compiler).farStore
	}
	c.behind(emit, later{start: start, end: hit, slow: miss})
	return start
}

func (c *Compiler) farLoad(l later)  { c.goFar(l, CallLoadFar) }
func (c *Compiler) farStore(l later) { c.goFar(l, CallStoreFar) }

// farReference is farStore for who misses while the collector marks.
func (c *Compiler) farReference(l later) {
	c.Bind(l.start)
	c.testMarking(NE, l.slow)
	l.start = c.NewLabel()
	c.farStore(l)
}

// goFar calls a routine that looks in the far part.
func (c *Compiler) goFar(l later, r Routine) {
	c.Bind(l.start)
	c.call(r)
	c.Jcc(NE, l.slow)
	c.Jmp(l.end)
}
