package amd64

import (
	"unsafe"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// bias is what RBX points beyond the start of the State.
const bias = 128

// Registers with a fixed role.
const (
	rState = x86.RBX
	rCount = x86.R15
)

// Displacements of State's fields from RBX.
const (
	offLimit     = int32(unsafe.Offsetof(hart.State{}.Limit)) - bias
	offCount     = int32(unsafe.Offsetof(hart.State{}.Count)) - bias
	offPC        = int32(unsafe.Offsetof(hart.State{}.PC)) - bias
	offPage      = int32(unsafe.Offsetof(hart.State{}.Page)) - bias
	offExitCode  = int32(unsafe.Offsetof(hart.State{}.ExitCode)) - bias
	offLeave     = int32(unsafe.Offsetof(hart.State{}.Leave)) - bias
	offLeaveFrom = int32(unsafe.Offsetof(hart.State{}.LeaveFrom)) - bias
	offResHost   = int32(unsafe.Offsetof(hart.State{}.ResHost)) - bias
	offResVal    = int32(unsafe.Offsetof(hart.State{}.ResVal)) - bias
	offStatus    = int32(unsafe.Offsetof(hart.State{}.MStatus)) - bias

	offPriv     = int32(unsafe.Offsetof(hart.State{}.Priv)) - bias
	offMasked   = int32(unsafe.Offsetof(hart.State{}.Masked)) - bias
	offSScratch = int32(unsafe.Offsetof(hart.State{}.SScratch)) - bias
	offSEPC     = int32(unsafe.Offsetof(hart.State{}.SEPC)) - bias
	offSCause   = int32(unsafe.Offsetof(hart.State{}.SCause)) - bias
	offSTVal    = int32(unsafe.Offsetof(hart.State{}.STVal)) - bias

	offFFlags    = int32(unsafe.Offsetof(hart.State{}.FFlags)) - bias
	offFRM       = int32(unsafe.Offsetof(hart.State{}.FRM)) - bias
	offZeroTraps = int32(unsafe.Offsetof(hart.State{}.ZeroTraps)) - bias

	offCalls   = int32(unsafe.Offsetof(hart.State{}.Calls)) - bias
	offCallTop = int32(unsafe.Offsetof(hart.State{}.CallTop)) - bias
	offGoStack = int32(unsafe.Offsetof(hart.State{}.GoStack)) - bias

	offStored = int32(unsafe.Offsetof(hart.State{}.Stored)) - bias
	offRefID  = int32(unsafe.Offsetof(hart.State{}.RefID)) - bias

	offHeap       = int32(unsafe.Offsetof(hart.State{}.Heap)) - bias
	offMarking    = offHeap + int32(unsafe.Offsetof(mutator.State{}.Marking))
	offHeapBase   = offHeap + int32(unsafe.Offsetof(mutator.State{}.Base))
	offHeapSize   = offHeap + int32(unsafe.Offsetof(mutator.State{}.Size))
	offHeapAddend = offHeap + int32(unsafe.Offsetof(mutator.State{}.Addend))
	offTypes      = offHeap + int32(unsafe.Offsetof(mutator.State{}.Types))
	offNumTypes   = offHeap + int32(unsafe.Offsetof(mutator.State{}.NumTypes))
	offClass      = offHeap + int32(unsafe.Offsetof(mutator.State{}.Class))
	offCur        = offHeap + int32(unsafe.Offsetof(mutator.State{}.Buffers)+unsafe.Offsetof(mutator.Buffer{}.Cur))
	offEnd        = offHeap + int32(unsafe.Offsetof(mutator.State{}.Buffers)+unsafe.Offsetof(mutator.Buffer{}.End))
	offSize       = offHeap + int32(unsafe.Offsetof(mutator.State{}.Buffers)+unsafe.Offsetof(mutator.Buffer{}.Size))
	offLogLen     = offHeap + int32(unsafe.Offsetof(mutator.State{}.LogLen))
	offLog        = offHeap + int32(unsafe.Offsetof(mutator.State{}.Log))

	// Of a Shape.
	offFixed = int32(unsafe.Offsetof(mutator.Shape{}.Fixed))
	offElem  = int32(unsafe.Offsetof(mutator.Shape{}.Elem))

	offWarm  = int32(unsafe.Offsetof(hart.State{}.Warm)) - bias
	offMode  = int32(unsafe.Offsetof(hart.State{}.Float)+unsafe.Offsetof(hart.Float{}.Mode)) - bias
	offMXCSR = int32(unsafe.Offsetof(hart.State{}.Float)+unsafe.Offsetof(hart.Float{}.Control)) - bias

	offScratch = int32(unsafe.Offsetof(hart.State{}.Addend)) - bias
	offPages   = int32(unsafe.Offsetof(hart.State{}.Pages)) - bias

	offLanes     = int32(unsafe.Offsetof(hart.State{}.Lanes)) - bias
	offLaneBase  = int32(unsafe.Offsetof(hart.State{}.LaneBase)) - bias
	offLaneCount = int32(unsafe.Offsetof(hart.State{}.LaneCount)) - bias

	offMemos      = int32(unsafe.Offsetof(hart.State{}.Memos)) - bias
	offMemoPage   = int32(unsafe.Offsetof(hart.Memo{}.Page))
	offMemoSpan   = int32(unsafe.Offsetof(hart.Memo{}.Span))
	offMemoAddend = int32(unsafe.Offsetof(hart.Memo{}.Addend))
	memoSize      = int32(unsafe.Sizeof(hart.Memo{}))

	offTLB      = int32(unsafe.Offsetof(hart.State{}.TLB)) - bias
	offDataID   = offTLB + int32(unsafe.Offsetof(shardedtlb.FirstLevel{}.DataID))
	offFetchID  = offTLB + int32(unsafe.Offsetof(shardedtlb.FirstLevel{}.FetchID))
	offSUM      = offTLB + int32(unsafe.Offsetof(shardedtlb.FirstLevel{}.SUM))
	offLoad     = offTLB + int32(unsafe.Offsetof(shardedtlb.FirstLevel{}.Load))
	offStore    = offTLB + int32(unsafe.Offsetof(shardedtlb.FirstLevel{}.Store))
	offFarLoad  = offTLB + int32(unsafe.Offsetof(shardedtlb.FirstLevel{}.FarLoad))
	offFarStore = offTLB + int32(unsafe.Offsetof(shardedtlb.FirstLevel{}.FarStore))
	offAddend   = int32(unsafe.Offsetof(shardedtlb.Entry{}.Addend))

	offSM4Box = int32(unsafe.Offsetof(hart.State{}.SM4Box)) - bias
	offFetch  = offTLB + int32(unsafe.Offsetof(shardedtlb.FirstLevel{}.Fetch))
	offPlaces = int32(unsafe.Offsetof(hart.State{}.Codes)+unsafe.Offsetof(codemap.View{}.Places)) - bias
	offBase   = int32(unsafe.Offsetof(hart.State{}.Codes)+unsafe.Offsetof(codemap.View{}.Base)) - bias
	offSought = int32(unsafe.Offsetof(hart.State{}.Sought)) - bias

	offJump      = int32(unsafe.Offsetof(hart.State{}.Jump)) - bias
	offJumpView  = offJump + int32(unsafe.Offsetof(hart.JumpEntry{}.View))
	offJumpEntry = offJump + int32(unsafe.Offsetof(hart.JumpEntry{}.Entry))
)

// Sizes as shifts.
const (
	bufferBits  = 5
	shapeBits   = 4
	shapeSize   = 1 << shapeBits
	granuleBits = 4
)

// The shifts rely on these sizes.
const (
	_ = uint(16 - unsafe.Sizeof(shardedtlb.Entry{}))
	_ = uint(unsafe.Sizeof(shardedtlb.Entry{}) - 16)
	_ = uint(32 - unsafe.Sizeof(hart.JumpEntry{}))
	_ = uint(unsafe.Sizeof(hart.JumpEntry{}) - 32)
	_ = uint(1<<bufferBits - unsafe.Sizeof(mutator.Buffer{}))
	_ = uint(unsafe.Sizeof(mutator.Buffer{}) - 1<<bufferBits)
	_ = uint(shapeSize - unsafe.Sizeof(mutator.Shape{}))
	_ = uint(unsafe.Sizeof(mutator.Shape{}) - shapeSize)
	_ = uint(mutator.Granule - 1<<granuleBits)
	_ = uint(1<<granuleBits - mutator.Granule)
)

// pins, the home map, maps the most used guest registers to host registers: the stack pointer,
// s0 to s2, a0 to a5. RBP is Go's frame pointer, which the routine that calls native
// code has saved; nobody looks at it while that runs.
var pins = [32]x86.Reg{
	0: x86.NoReg, 1: x86.NoReg, 2: x86.R12, 3: x86.NoReg, 4: x86.NoReg, 5: x86.NoReg, 6: x86.NoReg, 7: x86.NoReg,
	8: x86.R13, 9: x86.R14, 10: x86.RDI, 11: x86.RSI, 12: x86.R8, 13: x86.R9, 14: x86.R10, 15: x86.R11,
	16: x86.NoReg, 17: x86.NoReg, 18: x86.RBP, 19: x86.NoReg, 20: x86.NoReg, 21: x86.NoReg, 22: x86.NoReg, 23: x86.NoReg,
	24: x86.NoReg, 25: x86.NoReg, 26: x86.NoReg, 27: x86.NoReg, 28: x86.NoReg, 29: x86.NoReg, 30: x86.NoReg, 31: x86.NoReg,
}

// pin returns the host register of a slot, or NoReg.
func (c *Compiler) pin(slot uint8) x86.Reg {
	if slot < hart.X+32 {
		return c.pins[slot]
	}
	return x86.NoReg
}

// cell is the memory of a slot.
func cell(slot uint8) x86.Mem { return x86.At(rState, int32(slot)*8-bias) }

// Enter returns the routine that Go calls to enter native code: RBX is set, RCX is
// where to go. It loads the pinned registers and moves to native code's own stack.
func Enter() []byte {
	var a x86.Asm
	for slot, r := range pins {
		if r != x86.NoReg {
			a.MovRM(r, cell(uint8(slot)))
		}
	}
	a.MovRM(rCount, x86.At(rState, offCount))
	a.MovMR(x86.At(rState, offGoStack), x86.RSP)
	a.MovRM(x86.RSP, x86.At(rState, offCallTop))
	a.JmpR(x86.RCX)
	return a.Finish()
}

// LeaveFrom returns the routine that code calls in order to leave to Go from one of its exits, with
// the exit word in RAX: Leave, and ExitCode is where the call would return to.
func LeaveFrom() []byte {
	var a x86.Asm
	a.Pop(x86.RDX)
	a.MovMR(x86.At(rState, offExitCode), x86.RDX)
	// A return, mispredicted, for the call: the returns that come, Go's, are predicted by the calls before it.
	on := a.NewLabel()
	a.LeaLabel(x86.RDX, on)
	a.Push(x86.RDX)
	a.Ret()
	a.Bind(on)
	leaveNative(&a)
	return a.Finish()
}

// Leave returns the routine that native code jumps to in order to return to Go,
// with the exit word in RAX.
func Leave() []byte {
	var a x86.Asm
	leaveNative(&a)
	return a.Finish()
}

// leaveNative stores the pinned registers and moves back to Go's stack.
func leaveNative(a *x86.Asm) {
	for slot, r := range pins {
		if r != x86.NoReg {
			a.MovMR(cell(uint8(slot)), r)
		}
	}
	a.MovMR(x86.At(rState, offCount), rCount)
	a.MovMR(x86.At(rState, offCallTop), x86.RSP)
	a.MovRM(x86.RSP, x86.At(rState, offGoStack))
	leaveFloat(a)
	a.Ret()
}
