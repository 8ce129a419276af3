package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Refine makes it more urgent to have better code than n.
func (c *Core) Refine(n *blocks.Native, by uint32) { c.refine(n, by) }

// Compute returns what u, of a block at pc, is foreseen to make of a and b.
func Compute(u *code.Uop, a, b, pc uint64) (v uint64, ok bool) { return compute(u, a, b, pc) }

// Takes reports whether a branch is foreseen to be taken.
func Takes(op isa.Op, a, b uint64) bool { return takes(op, a, b) }
