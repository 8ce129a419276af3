package region

import (
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// Lowering makes native code of a region: what the tier needs of a host. The code it returns is valid
// until its next call.
type Lowering interface {
	LowerRegion(r *Region) (*tier.Code, error)
}

// Tier is the optimising tier (tier.Tier).
type Tier struct {
	lowering Lowering
	region   Region
}

// New returns the tier for a host's lowering.
func New(l Lowering) *Tier { return &Tier{lowering: l} }

// Compile returns code of u, which Pick has chosen.
func (t *Tier) Compile(u *code.Unit) (*tier.Code, error) {
	t.region.Make(u)
	return t.lowering.LowerRegion(&t.region)
}
