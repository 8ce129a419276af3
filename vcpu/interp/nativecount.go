package interp

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// NativeCount says what a Core has executed in native code. It belongs to the
// hart's owner.
type NativeCount struct {
	// Insns are the instructions retired by native code itself; those that it has
	// left to the interpreter are not among them.
	Insns uint64
	// Exits counts the returns from native code, and so the entries, by NativePoll,
	// NativeJump, NativeLink, NativeUop and NativeRest.
	Exits [NativeKinds]uint64
}

// leftOut counts a micro-operation that native code has left to the interpreter,
// which has completed it or not. The Count of instructions that grows meanwhile is
// all native code's but for the completed ones.
func (c *Core) leftOut(op isa.Op, completed bool) {
	n := &c.NativeExits[op]
	n.Store(n.Load() + 1)
	if completed && op != OpStrict && op != OpBarrier { // a check, not an instruction
		c.Native.Insns--
	}
}

// OpName returns the name of a micro-operation for statistics: that of the
// instruction it stands for, or of its group.
func OpName(op isa.Op) string {
	if op < isa.NumOps {
		return op.Row().Name
	}
	return groupNames[op-isa.NumOps]
}

var groupNames = [...]string{
	OpEnd - isa.NumOps: "end", OpStop - isa.NumOps: "stop", OpStrict - isa.NumOps: "alignment check",
	OpConst - isa.NumOps: "constant", OpPCConst - isa.NumOps: "address", OpSystem - isa.NumOps: "system instructions",
	OpOpenLR - isa.NumOps: "lr (unpaired)", OpReserved - isa.NumOps: "reservation", OpStep - isa.NumOps: "step", OpPairedLR - isa.NumOps: "lr",
	OpPairedSC - isa.NumOps: "sc", OpJump - isa.NumOps: "jal", OpZextW - isa.NumOps: "zext.w", OpMove - isa.NumOps: "mv",
	OpLoneLR - isa.NumOps: "lr (without sc)", OpWait - isa.NumOps: "wrs", opNone - isa.NumOps: "none", OpCount - isa.NumOps: "count", OpBarrier - isa.NumOps: "write barrier",
}
