package blocks_test

import (
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/interp/interptest"
)

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
	answer = interptest.Answer
)

// get returns the block at pa for the mode of r's first hart.
func get(r *interptest.Rig, pa uint64) *blocks.Block {
	return r.Cache.Get(blocks.Key{PA: pa, Mode: r.Cores[0].Mode()}, nil)
}
