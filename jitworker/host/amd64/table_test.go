package amd64

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// leftOut are the operations that have no native code, on any processor: what is seldom executed, or takes so long
// that leaving native code for it does not matter.
var leftOut = map[isa.Op]string{
	isa.FCVTMOD_W_D: "compilers hardly emit it",
}

// hasCode reports whether there is a lowering for op.
func hasCode(op isa.Op) bool {
	if isFloat(op) {
		return floatRows[op].compile != nil
	}
	return lowerings[op] != nil
}

// Every operation that blocks have gets native code, but for those that leave to the system, those that check what
// only strict alignment wants, and what leftOut names. Who adds an instruction adds its lowering to the table, or says
// why it has none.
func TestEveryOperationHasCode(t *testing.T) {
	seen := map[isa.Op]bool{}
	for name, b := range everyBlock(t) {
		for i := range b.Uops() {
			op := b.Uops()[i].Op
			seen[op] = true
			switch kind := code.Of(op).Kind; {
			case kind == code.System, kind == code.Check, hasCode(op), leftOut[op] != "":
			default:
				t.Errorf("%s: %s has no lowering in table.go or fptable.go", name, code.Of(op).Name)
			}
		}
	}
	for op, why := range leftOut {
		if hasCode(op) || why == "" || !seen[op] {
			t.Errorf("%s is left out, and has code or is in no block", code.Of(op).Name)
		}
	}
}
