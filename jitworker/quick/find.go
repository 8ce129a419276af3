package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// lookUp finds the code for the virtual address in RAX in the hart's table or in the map of
// codes, or leaves. RCX has its place in the table; RAX and RDX are used.
func (c *Compiler) lookUp() {
	miss, found := c.NewLabel(), c.NewLabel()
	c.behind((*Compiler).callFind, later{start: miss, end: found})
	c.Copy(&lookingUp, miss)
	c.Bind(found)
	c.AluRI(AND, RAX, -4096)
	c.MovMR(At(rState, offPage), RAX)
}

// foundEntry is where lookUp finds the host address of code.
var foundEntry = Indexed(rState, RCX, offJumpEntry)

var lookingUp = NewTemplate(func(a *Asm, miss, _ Label) {
	jumpSlot(a, RCX, RDX)
	a.MovRM(RDX, At(rState, offFetchID))
	a.AluRM(CMP, RAX, Indexed(rState, RCX, offJump))
	a.Jcc(NE, miss)
	a.AluRM(CMP, RDX, Indexed(rState, RCX, offJumpView))
	a.Jcc(NE, miss)
})

// jumpSlot makes to the displacement of the entry of hart.State.Jump for the virtual address in
// RAX, as hart.State.JumpSlot does.
func jumpSlot(a *Asm, to, scratch Reg) {
	a.MovRR32(to, RAX)
	a.MovRR32(scratch, RAX)
	a.ShiftRI32(SHR, scratch, 12)
	a.AluRR32(XOR, to, scratch)
	a.AluRI32(AND, to, (hart.JumpEntries-1)<<1)
	a.ShiftRI32(SHL, to, 4)
}

func (c *Compiler) callFind(l *later) {
	c.Bind(l.start)
	c.call(CallFind)
	c.Jmp(l.end)
}

// find returns the routine that looks the virtual address in RAX up in the map of codes, by way of
// the first level of address translation, and enters what it finds into the hart's table. It
// returns with RCX the place there, or leaves. RDX is used.
//
// A word of the map is read once: other harts may change it at any time.
func find(codes codemap.View) []byte {
	var a Asm
	found, miss := a.NewLabel(), a.NewLabel()
	const fetchMask, offsetMask, codeMask = (shardedtlb.FetchEntries - 1) << 4, 1<<12 - 1, 1<<codemap.EntryBits - 1

	a.MovRR(RDX, RAX)
	a.ShiftRI(SHR, RDX, 12-4)
	a.AluRI32(AND, RDX, fetchMask)
	a.MovRR(RCX, RAX)
	a.AluRI(AND, RCX, ^offsetMask)
	a.AluRM(OR, RCX, At(rState, offFetchID))
	a.AluRM(CMP, RCX, Indexed(rState, RDX, offFetch))
	a.Jcc(NE, miss)
	a.MovRM(RCX, Indexed(rState, RDX, offFetch+offAddend)) // the physical page
	a.MovRR32(RDX, RAX)
	a.AluRI32(AND, RDX, offsetMask)
	a.AluRR(OR, RCX, RDX)

	a.ShiftRI(SHR, RCX, 1)
	a.ImulRRI(RDX, RCX, codemap.Factor)
	a.ShiftRI(SHL, RDX, codemap.EntryBits)
	a.ShiftRI(SHR, RDX, codes.Shift)
	a.ShiftRI(SHL, RDX, 3)
	a.AluRM(ADD, RDX, At(rState, offPlaces))
	a.ShiftRI(SHL, RCX, codemap.EntryBits)
	a.MovMR(At(rState, offSought), RCX)
	a.AluRM(XOR, RCX, At(RDX, 0)) // of the entry sought the code alone is left
	a.AluRI(CMP, RCX, codeMask)
	a.Jcc(BE, found)
	a.AluRI(XOR, RDX, 8)
	a.MovRM(RCX, At(rState, offSought))
	a.AluRM(XOR, RCX, At(RDX, 0))
	a.AluRI(CMP, RCX, codeMask)
	a.Jcc(A, miss)

	a.Bind(found)
	a.ShiftRI(SHL, RCX, 6)
	a.AluRM(ADD, RCX, At(rState, offBase))
	a.MovMR(At(rState, offSought), RCX)
	jumpSlot(&a, RCX, RDX)
	a.MovMR(Indexed(rState, RCX, offJump), RAX)
	a.MovRM(RDX, At(rState, offSought))
	a.MovMR(foundEntry, RDX)
	a.MovRM(RDX, At(rState, offFetchID))
	a.MovMR(Indexed(rState, RCX, offJumpView), RDX)
	a.Ret()

	a.Bind(miss)
	a.Pop(RDX) // it does not return
	a.MovMR(At(rState, offPC), RAX)
	a.MovRI(RAX, interp.NativeJump)
	a.JmpM(At(rState, offLeave))
	return a.Finish()
}
