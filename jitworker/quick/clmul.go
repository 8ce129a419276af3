package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// carryless compiles carry-less products on hosts that have them; false if u is none.
func (c *Compiler) carryless(u interp.Uop) bool {
	if u.Op != isa.CLMUL && u.Op != isa.CLMULH && u.Op != isa.CLMULR || !c.host.Clmul {
		return false
	}
	c.MovXR(F64, XMM0, c.get(u.Rs1, RAX))
	c.MovXR(F64, XMM1, c.get(u.Rs2, RAX))
	c.Clmul(XMM0, XMM1)
	if u.Op != isa.CLMULH {
		c.MovRX(F64, RCX, XMM0)
	}
	if u.Op != isa.CLMUL {
		c.HighX(XMM0, XMM0)
		c.MovRX(F64, RAX, XMM0)
	}
	switch u.Op {
	case isa.CLMUL:
		c.put(u.Rd, RCX)
	case isa.CLMULR: // bits 63 to 126
		c.ShldRRI(RAX, RCX, 1)
		c.put(u.Rd, RAX)
	default:
		c.put(u.Rd, RAX)
	}
	return true
}
