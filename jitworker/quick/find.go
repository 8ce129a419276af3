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
func find(codes codemap.View) []byte {
	var a Asm
	unknown := a.NewLabel()
	askMap(&a, codes, unknown)
	a.Ret()
	giveUp(&a, unknown, 1)
	return a.Finish()
}

// goTo returns the routine that goes to the code for the virtual address in RAX, or leaves.
func goTo(codes codemap.View) []byte {
	return seek(codes, 0, func(*Asm) {})
}

// callOut returns the routine that calls the code for the virtual address in RAX, or leaves. It
// is called itself, with the guest's return address on the stack; the callee returns to where
// that call does. What it leaves behind on a full stack lies in front of it, where State.R ends.
func callOut(codes codemap.View) []byte {
	return seek(codes, 2, func(a *Asm) {
		room := a.NewLabel()
		a.MovRR32(RCX, RSP)
		a.AluRI32(AND, RCX, callMask)
		a.AluRI32(CMP, RCX, callMask+1-16) // full before the two words came
		a.Jcc(NE, room)
		a.Pop(RCX)
		a.Pop(RDX)
		a.Lea(RSP, At(rState, offCallBase))
		a.Push(RDX)
		a.Push(RCX)
		a.Bind(room)
	})
}

// goAstray is goTo for a return that has not found its address on the stack, which it empties.
func goAstray(codes codemap.View) []byte {
	return seek(codes, 0, func(a *Asm) { a.Lea(RSP, At(rState, offCallBase)) })
}

// seek returns a routine that goes to the code for the virtual address in RAX. If there is none
// it takes words from the stack and leaves.
func seek(codes codemap.View, words int, first func(a *Asm)) []byte {
	var a Asm
	miss, found, unknown := a.NewLabel(), a.NewLabel(), a.NewLabel()
	first(&a)
	a.Copy(&lookingUp, miss)
	a.Bind(found)
	a.AluRI(AND, RAX, -4096)
	a.MovMR(At(rState, offPage), RAX)
	a.JmpM(foundEntry)
	a.Bind(miss)
	askMap(&a, codes, unknown)
	a.Jmp(found)
	giveUp(&a, unknown, words)
	return a.Finish()
}

// giveUp leaves for the virtual address in RAX, with words of the stack less.
func giveUp(a *Asm, from Label, words int) {
	a.Bind(from)
	for range words {
		a.Pop(RDX)
	}
	a.MovMR(At(rState, offPC), RAX)
	a.MovRI(RAX, interp.NativeJump)
	a.JmpM(At(rState, offLeave))
}

// askMap looks the virtual address in RAX up in the map of codes and enters what it finds into
// the hart's table, of which RCX is the place then; else it goes to unknown. RDX is used.
//
// A word of the map is read once: other harts may change it at any time. RAM does not begin at
// physical address 0, so that no empty word is that of an address sought.
func askMap(a *Asm, codes codemap.View, unknown Label) {
	found := a.NewLabel()
	const fetchMask, offsetMask, codeMask = (shardedtlb.FetchEntries - 1) << 4, 1<<12 - 1, 1<<codemap.EntryBits - 1

	a.MovRR(RDX, RAX)
	a.ShiftRI(SHR, RDX, 12-4)
	a.AluRI32(AND, RDX, fetchMask)
	a.MovRR(RCX, RAX)
	a.AluRI(AND, RCX, ^offsetMask)
	a.AluRM(OR, RCX, At(rState, offFetchID))
	a.AluRM(CMP, RCX, Indexed(rState, RDX, offFetch))
	a.Jcc(NE, unknown)
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
	a.Jcc(A, unknown)

	a.Bind(found)
	a.ShiftRI(SHL, RCX, 6)
	a.AluRM(ADD, RCX, At(rState, offBase))
	a.MovMR(At(rState, offSought), RCX)
	jumpSlot(a, RCX, RDX)
	a.MovMR(Indexed(rState, RCX, offJump), RAX)
	a.MovRM(RDX, At(rState, offSought))
	a.MovMR(foundEntry, RDX)
	a.MovRM(RDX, At(rState, offFetchID))
	a.MovMR(Indexed(rState, RCX, offJumpView), RDX)
}
