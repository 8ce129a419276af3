package code_test

import "github.com/hartwood-vm/hartwood/vcpu/interp/interptest"

const (
	ram  = interptest.RAM
	data = interptest.Data
)

// What these tests call all the time.
var (
	newRig = interptest.New
	x      = interptest.X
	setX   = interptest.SetX
)
