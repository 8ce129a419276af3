package quick

import (
	"unsafe"

	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// bias is what RBX points beyond the start of the State.
const bias = 128

// Registers with a fixed role.
const (
	rState = RBX
	rCount = R15
)

// Displacements of State's fields from RBX.
const (
	offLimit    = int32(unsafe.Offsetof(hart.State{}.Limit)) - bias
	offCount    = int32(unsafe.Offsetof(hart.State{}.Count)) - bias
	offPC       = int32(unsafe.Offsetof(hart.State{}.PC)) - bias
	offPage     = int32(unsafe.Offsetof(hart.State{}.Page)) - bias
	offExitCode = int32(unsafe.Offsetof(hart.State{}.ExitCode)) - bias
	offLeave    = int32(unsafe.Offsetof(hart.State{}.Leave)) - bias
	offResHost  = int32(unsafe.Offsetof(hart.State{}.ResHost)) - bias
	offResVal   = int32(unsafe.Offsetof(hart.State{}.ResVal)) - bias
	offStatus   = int32(unsafe.Offsetof(hart.State{}.MStatus)) - bias

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
	offMXCSR = int32(unsafe.Offsetof(hart.State{}.Float)+unsafe.Offsetof(hart.Float{}.MXCSR)) - bias

	offScratch = int32(unsafe.Offsetof(hart.State{}.Addend)) - bias
	offPages   = int32(unsafe.Offsetof(hart.State{}.Pages)) - bias

	offTLB      = int32(unsafe.Offsetof(hart.State{}.TLB)) - bias
	offDataID   = offTLB + int32(unsafe.Offsetof(shardedtlb.FirstLevel{}.DataID))
	offFetchID  = offTLB + int32(unsafe.Offsetof(shardedtlb.FirstLevel{}.FetchID))
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

// pins maps the most used guest registers to host registers: the stack pointer,
// s0 to s2, a0 to a5. RBP is Go's frame pointer, which the routine that calls native
// code has saved; nobody looks at it while that runs.
var pins = [32]Reg{
	0: NoReg, 1: NoReg, 2: R12, 3: NoReg, 4: NoReg, 5: NoReg, 6: NoReg, 7: NoReg,
	8: R13, 9: R14, 10: RDI, 11: RSI, 12: R8, 13: R9, 14: R10, 15: R11,
	16: NoReg, 17: NoReg, 18: RBP, 19: NoReg, 20: NoReg, 21: NoReg, 22: NoReg, 23: NoReg,
	24: NoReg, 25: NoReg, 26: NoReg, 27: NoReg, 28: NoReg, 29: NoReg, 30: NoReg, 31: NoReg,
}

// pin returns the host register of a slot, or NoReg.
func pin(slot uint8) Reg {
	if slot < hart.X+32 {
		return pins[slot]
	}
	return NoReg
}

// cell is the memory of a slot.
func cell(slot uint8) Mem { return At(rState, int32(slot)*8-bias) }

// Enter returns the routine that Go calls to enter native code: RBX is set, RCX is
// where to go. It loads the pinned registers and moves to native code's own stack.
func Enter() []byte {
	var a Asm
	for slot, r := range pins {
		if r != NoReg {
			a.MovRM(r, cell(uint8(slot)))
		}
	}
	a.MovRM(rCount, At(rState, offCount))
	a.MovMR(At(rState, offGoStack), RSP)
	a.MovRM(RSP, At(rState, offCallTop))
	a.JmpR(RCX)
	return a.Finish()
}

// Leave returns the routine that native code jumps to in order to return to Go,
// with the exit word in RAX. It stores the pinned registers and moves back to Go's stack.
func Leave() []byte {
	var a Asm
	for slot, r := range pins {
		if r != NoReg {
			a.MovMR(cell(uint8(slot)), r)
		}
	}
	a.MovMR(At(rState, offCount), rCount)
	a.MovMR(At(rState, offCallTop), RSP)
	a.MovRM(RSP, At(rState, offGoStack))
	leaveFloat(&a)
	a.Ret()
	return a.Finish()
}
