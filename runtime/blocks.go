package runtime

import (
	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/jitworker/listing"
)

// HotBlock is a block of guest code that was executed as native code.
type HotBlock struct {
	// Name is the guest's function with the distance from its start, or "".
	Name string `json:"name,omitempty"`
	// PC is a virtual address at which the block was executed, PA its physical one.
	PC uint64 `json:"virtual_address"`
	PA uint64 `json:"physical_address"`
	// Executions is how often the block was executed; Interpreted, how often of these by the interpreter.
	Executions  uint64 `json:"executions"`
	Interpreted uint64 `json:"interpreted"`
	// Edges are the block's exits to known targets. Executions that are missing in their sum ended in an indirect jump,
	// in a system instruction or an exception, or went on in another block behind a branch that is nearly always taken.
	Edges []Edge `json:"edges"`
	// Instructions is the block's number of guest instructions, HostBytes the size of
	// the code made from them.
	Instructions int `json:"instructions"`
	HostBytes    int `json:"host_bytes"`
	// Share is the block's part, from 0 to 1, of the instructions executed natively.
	Share float64 `json:"share"`
	// Code has guest and host instructions side by side.
	Code []listing.Group `json:"code"`

	block listing.Block
}

// Edge is an exit of a block, from the instruction at From to the one at To. Both are virtual addresses.
type Edge struct {
	From  uint64 `json:"from"`
	To    uint64 `json:"to"`
	Taken uint64 `json:"taken"`
}

func edges(b *engine.HotBlock) []Edge {
	out := make([]Edge, len(b.Edges))
	for i, e := range b.Edges {
		out[i] = Edge{b.PC + uint64(e.From), b.PC + uint64(e.To), e.Taken}
	}
	return out
}

// Listing returns the block's guest and host instructions as text, side by side.
func (h *HotBlock) Listing() string { return h.block.Text() }

// Blocks returns the top blocks of native code by the instructions executed in them,
// if the configuration asked for a profile.
func (m *Machine) Blocks(top int) []HotBlock {
	if m.core.Native == nil {
		return nil
	}
	p := m.core.Native.Profile()
	total := uint64(0)
	for i := range p.Blocks {
		total += p.Blocks[i].Work
	}
	var out []HotBlock
	for _, b := range p.Blocks[:min(max(top, 0), len(p.Blocks))] {
		if b.Work == 0 {
			break
		}
		out = append(out, HotBlock{
			Name: m.names.function(b.PC), PC: b.PC, PA: b.PA,
			Executions: b.Executions, Interpreted: b.Interpreted, Edges: edges(&b),
			Instructions: b.Insns, HostBytes: len(b.Host),
			Share: float64(b.Work) / float64(total), Code: b.Groups(), block: b.Block,
		})
	}
	return out
}
