package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// lookUp finds the code for the virtual address in RAX in the hart's table or in the map of
// codes, or leaves. RCX has its place in the table; RAX and RDX are used.
func (c *Compiler) lookUp() {
	miss, found := c.NewLabel(), c.NewLabel()
	l := c.aside((*Compiler).lookUpAside)
	l.start, l.end = miss, found
	c.Copy(&lookingUp, miss)
	c.Bind(found)
	c.AluRI(x86.AND, x86.RAX, -4096)
	c.MovMR(x86.At(rState, offPage), x86.RAX)
}

// foundEntry is where lookUp finds the host address of code.
var foundEntry = x86.Indexed(rState, x86.RCX, offJumpEntry)

var lookingUp = x86.NewTemplate(func(a *x86.Asm, miss, _ x86.Label) {
	jumpSlot(a, x86.RCX, x86.RDX)
	a.MovRM(x86.RDX, x86.At(rState, offFetchID))
	a.AluRM(x86.CMP, x86.RAX, x86.Indexed(rState, x86.RCX, offJump))
	a.Jcc(x86.NE, miss)
	a.AluRM(x86.CMP, x86.RDX, x86.Indexed(rState, x86.RCX, offJumpView))
	a.Jcc(x86.NE, miss)
})

// jumpSlot makes to the displacement of the entry of hart.State.Jump for the virtual address in
// RAX, as hart.State.JumpSlot does.
func jumpSlot(a *x86.Asm, to, scratch x86.Reg) {
	a.MovRR32(to, x86.RAX)
	a.MovRR32(scratch, x86.RAX)
	a.ShiftRI32(x86.SHR, scratch, 12)
	a.AluRR32(x86.XOR, to, scratch)
	a.AluRI32(x86.AND, to, (hart.JumpEntries-1)<<1)
	a.ShiftRI32(x86.SHL, to, 4)
}

func (c *Compiler) lookUpAside(l *aside) {
	c.Bind(l.start)
	c.call(CallFind)
	c.Jmp(l.end)
}

// find returns the routine that looks the virtual address in RAX up in the map of codes, by way of
// the first level of address translation, and enters what it finds into the hart's table. It
// returns with RCX the place there, or leaves. RDX is used.
func find(codes codemap.View) []byte {
	var a x86.Asm
	unknown := a.NewLabel()
	askMap(&a, codes, unknown)
	a.Ret()
	giveUp(&a, unknown, 1)
	return a.Finish()
}

// goTo returns the routine that goes to the code for the virtual address in RAX, or leaves.
func goTo(codes codemap.View) []byte {
	return seek(codes, 0, func(*x86.Asm) {})
}

// callOut returns the routine that calls the code for the virtual address in RAX, or leaves. It
// is called itself, with the guest's return address on the stack; the callee returns to where
// that call does. What it leaves behind on a full stack lies in front of it, where State.R ends.
func callOut(codes codemap.View) []byte {
	return seek(codes, 2, func(a *x86.Asm) {
		room := a.NewLabel()
		a.MovRR32(x86.RCX, x86.RSP)
		a.AluRI32(x86.AND, x86.RCX, callMask)
		a.AluRI32(x86.CMP, x86.RCX, callMask+1-16) // full before the two words came
		a.Jcc(x86.NE, room)
		a.Pop(x86.RCX)
		a.Pop(x86.RDX)
		a.Lea(x86.RSP, x86.At(rState, offCallBase))
		a.Push(x86.RDX)
		a.Push(x86.RCX)
		a.Bind(room)
	})
}

// goAstray is goTo for a return that has not found its address on the stack, which it empties.
func goAstray(codes codemap.View) []byte {
	return seek(codes, 0, func(a *x86.Asm) { a.Lea(x86.RSP, x86.At(rState, offCallBase)) })
}

// seek returns a routine that goes to the code for the virtual address in RAX. If there is none
// it takes words from the stack and leaves.
func seek(codes codemap.View, words int, first func(a *x86.Asm)) []byte {
	var a x86.Asm
	miss, found, unknown := a.NewLabel(), a.NewLabel(), a.NewLabel()
	first(&a)
	a.Copy(&lookingUp, miss)
	a.Bind(found)
	a.AluRI(x86.AND, x86.RAX, -4096)
	a.MovMR(x86.At(rState, offPage), x86.RAX)
	a.JmpM(foundEntry)
	a.Bind(miss)
	askMap(&a, codes, unknown)
	a.Jmp(found)
	giveUp(&a, unknown, words)
	return a.Finish()
}

// giveUp leaves for the virtual address in RAX, with words of the stack less.
func giveUp(a *x86.Asm, from x86.Label, words int) {
	a.Bind(from)
	for range words {
		a.Pop(x86.RDX)
	}
	leaveFor(a)
}

// leaveFor leaves for the virtual address in RAX, which Go looks up.
func leaveFor(a *x86.Asm) {
	a.MovMR(x86.At(rState, offPC), x86.RAX)
	a.MovRI(x86.RAX, code.NativeJump)
	a.JmpM(x86.At(rState, offLeave))
}

const offsetMask = 1<<12 - 1

// physicalPage leaves in RCX the physical page of the code at the virtual address in RAX, or goes to
// unknown. RDX is used.
func physicalPage(a *x86.Asm, unknown x86.Label) {
	const fetchMask = (shardedtlb.FetchEntries - 1) << 4
	a.MovRR(x86.RDX, x86.RAX)
	a.ShiftRI(x86.SHR, x86.RDX, 12-4)
	a.AluRI32(x86.AND, x86.RDX, fetchMask)
	a.MovRR(x86.RCX, x86.RAX)
	a.AluRI(x86.AND, x86.RCX, ^offsetMask)
	a.AluRM(x86.OR, x86.RCX, x86.At(rState, offFetchID))
	a.AluRM(x86.CMP, x86.RCX, x86.Indexed(rState, x86.RDX, offFetch))
	a.Jcc(x86.NE, unknown)
	a.MovRM(x86.RCX, x86.Indexed(rState, x86.RDX, offFetch+offAddend))
}

// askMap looks the virtual address in RAX up in the map of codes and enters what it finds into
// the hart's table, of which RCX is the place then; else it goes to unknown. RDX is used.
//
// A word of the map is read once: other harts may change it at any time. RAM does not begin at
// physical address 0, so that no empty word is that of an address sought.
func askMap(a *x86.Asm, codes codemap.View, unknown x86.Label) {
	found := a.NewLabel()
	const codeMask = 1<<codemap.EntryBits - 1

	physicalPage(a, unknown)
	a.MovRR32(x86.RDX, x86.RAX)
	a.AluRI32(x86.AND, x86.RDX, offsetMask)
	a.AluRR(x86.OR, x86.RCX, x86.RDX)

	a.ShiftRI(x86.SHR, x86.RCX, 1)
	a.ImulRRI(x86.RDX, x86.RCX, codemap.Factor)
	a.ShiftRI(x86.SHL, x86.RDX, codemap.EntryBits)
	a.ShiftRI(x86.SHR, x86.RDX, codes.Shift)
	a.ShiftRI(x86.SHL, x86.RDX, 3)
	a.AluRM(x86.ADD, x86.RDX, x86.At(rState, offPlaces))
	a.ShiftRI(x86.SHL, x86.RCX, codemap.EntryBits)
	a.MovMR(x86.At(rState, offSought), x86.RCX)
	a.AluRM(x86.XOR, x86.RCX, x86.At(x86.RDX, 0)) // of the entry sought the code alone is left
	a.AluRI(x86.CMP, x86.RCX, codeMask)
	a.Jcc(x86.BE, found)
	a.AluRI(x86.XOR, x86.RDX, 8)
	a.MovRM(x86.RCX, x86.At(rState, offSought))
	a.AluRM(x86.XOR, x86.RCX, x86.At(x86.RDX, 0))
	a.AluRI(x86.CMP, x86.RCX, codeMask)
	a.Jcc(x86.A, unknown)

	a.Bind(found)
	a.ShiftRI(x86.SHL, x86.RCX, 6)
	a.AluRM(x86.ADD, x86.RCX, x86.At(rState, offBase))
	a.MovMR(x86.At(rState, offSought), x86.RCX)
	jumpSlot(a, x86.RCX, x86.RDX)
	a.MovMR(x86.Indexed(rState, x86.RCX, offJump), x86.RAX)
	a.MovRM(x86.RDX, x86.At(rState, offSought))
	a.MovMR(foundEntry, x86.RDX)
	a.MovRM(x86.RDX, x86.At(rState, offFetchID))
	a.MovMR(x86.Indexed(rState, x86.RCX, offJumpView), x86.RDX)
}
