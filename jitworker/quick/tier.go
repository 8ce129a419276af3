package quick

import (
	"github.com/hartwood-vm/hartwood/jitworker/plan"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// Lowering makes native code after a plan: what the tier needs of a host. The code it returns is
// valid until its next call.
type Lowering interface {
	Lower(p *plan.Plan) (*tier.Code, error)
}

// Form is what code is to be.
type Form uint8

const (
	// Dense: small.
	Dense Form = iota
	// Fast: two to three times as large.
	Fast
)

// Tier is the quick tier in one form (tier.Tier).
type Tier struct {
	lowering Lowering
	form     Form
	plan     plan.Plan
}

// New returns the tier for a host's lowering, which several may share that take turns.
func New(l Lowering, f Form) *Tier { return &Tier{lowering: l, form: f} }

// Compile returns code of u, which has one part.
func (t *Tier) Compile(u *code.Unit) (*tier.Code, error) {
	t.plan.Make(&u.Parts[0], t.form == Dense)
	return t.lowering.Lower(&t.plan)
}
