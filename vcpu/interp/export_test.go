package interp

import "github.com/hartwood-vm/hartwood/vcpu/blocks"

// Refine makes it more urgent to have better code than n.
func (c *Core) Refine(n *blocks.Native, by uint32) { c.refine(n, by) }
