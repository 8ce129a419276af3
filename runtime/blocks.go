package runtime

import (
	"github.com/hartwood-vm/hartwood/jitworker/listing"
)

// HotBlock is a block of guest code that was executed as native code.
type HotBlock struct {
	// Name is the guest's function with the distance from its start, or "".
	Name string `json:"name,omitempty"`
	// PC is a virtual address at which the block was executed, PA its physical one.
	PC uint64 `json:"virtual_address"`
	PA uint64 `json:"physical_address"`
	// Executions is how often native code of the block was entered.
	Executions uint64 `json:"executions"`
	// Instructions is the block's number of guest instructions, HostBytes the size of
	// the code made from them.
	Instructions int `json:"instructions"`
	HostBytes    int `json:"host_bytes"`
	// Share is the block's part, from 0 to 1, of the product of executions and
	// instructions over all blocks. Who leaves a block early executes less of it.
	Share float64 `json:"share"`
	// Code has guest and host instructions side by side.
	Code []listing.Group `json:"code"`

	block listing.Block
}

// Listing returns the block's guest and host instructions as text, side by side.
func (h *HotBlock) Listing() string { return h.block.Text() }

// Blocks returns the top blocks of native code by the instructions executed in them,
// if the configuration asked for a profile.
func (m *Machine) Blocks(top int) []HotBlock {
	if m.jit == nil {
		return nil
	}
	p := m.jit.Profile()
	total := uint64(0)
	for i := range p.Blocks {
		total += p.Blocks[i].Work()
	}
	var out []HotBlock
	for _, b := range p.Blocks[:min(max(top, 0), len(p.Blocks))] {
		if b.Executions == 0 {
			break
		}
		out = append(out, HotBlock{
			Name: m.names.function(b.PC), PC: b.PC, PA: b.PA, Executions: b.Executions,
			Instructions: b.Insns, HostBytes: len(b.Host),
			Share: float64(b.Work()) / float64(total), Code: b.Groups(), block: b.Block,
		})
	}
	return out
}
