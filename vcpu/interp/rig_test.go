package interp_test

import "github.com/hartwood-vm/hartwood/vcpu/interp/interptest"

const (
	ram  = interptest.RAM
	data = interptest.Data
	size = interptest.Size
)

// What these tests call all the time.
var (
	newRig = interptest.New
	run    = interptest.Run
	x      = interptest.X
	setX   = interptest.SetX
	addi   = interptest.AddI
)
