package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// NativeCount says what a Core has executed in native code. It belongs to the
// hart's owner.
type NativeCount struct {
	// Insns are the instructions retired by native code itself; those that it has
	// left to the interpreter are not among them.
	Insns uint64
	// Exits counts the returns from native code, and so the entries, by code.NativePoll,
	// NativeJump, NativeLink, NativeUop and NativeRest.
	Exits [code.NativeKinds]uint64
}

// leftOut counts a micro-operation that native code has left to the interpreter,
// which has completed it or not. The Count of instructions that grows meanwhile is
// all native code's but for the completed ones.
func (c *Core) leftOut(op isa.Op, completed bool) {
	n := &c.NativeExits[op]
	n.Store(n.Load() + 1)
	if completed && code.Of(op).Retires() {
		c.Native.Insns--
	}
}
