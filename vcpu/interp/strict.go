package interp

import "github.com/hartwood-vm/hartwood/vcpu/code"

// strictBody raises the misaligned exception of the access that follows.
func strictBody(c *Core, in *code.Uop, _ uint64) bool {
	want := in.Checked()
	if want.Float && !c.fpReady() {
		return false
	}
	va := c.S.R[in.Rs1] + uint64(in.Imm)
	if va%want.Size == 0 {
		return true
	}
	if want.Store {
		return c.fault(CauseStoreMisaligned, va)
	}
	return c.fault(CauseLoadMisaligned, va)
}
