package pcie

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

// State is the configuration space of all functions, in the order of device numbers. The functions' registers are their
// endpoints' state.
type State struct {
	Functions []FunctionState
}

// FunctionState is a function's place, which is never another's, the first 256 bytes of its configuration space, and its table
// of messages with those that are pending.
type FunctionState struct {
	Slot     int
	Words    []uint32
	Messages []MessageState
	Pending  []uint32
}

const stateVersion = 1

// State is the bridge's Saver.
func (b *Bridge) State() device.Saver { return device.StateOf(stateVersion, b) }

// present returns the functions that there are.
func (b *Bridge) present() (list []*Function) {
	for _, f := range b.functions {
		if f != nil {
			list = append(list, f)
		}
	}
	return list
}

// Save returns the registers.
func (b *Bridge) Save() (State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := State{}
	for _, f := range b.present() {
		words := make([]uint32, spaceSize/4)
		for i := range words {
			words[i] = binary.LittleEndian.Uint32(f.space.bytes[4*i:])
		}
		state := FunctionState{Slot: f.slot, Words: words}
		f.messages.save(&state)
		s.Functions = append(s.Functions, state)
	}
	return s, nil
}

// bytes returns the registers of s, which are f's: what software cannot change is as it is.
func (f *Function) bytes(s FunctionState) (b [spaceSize]byte, err error) {
	if s.Slot != f.slot {
		return b, device.BadField("Slot", "%d, want %d", s.Slot, f.slot)
	}
	if len(s.Words) != spaceSize/4 {
		return b, device.BadField("Words", "%d of device %d, want %d", len(s.Words), f.slot, spaceSize/4)
	}
	for i, w := range s.Words {
		binary.LittleEndian.PutUint32(b[4*i:], w)
	}
	for off, v := range b {
		if (v^f.power.bytes[off])&^f.power.mask[off] != 0 {
			return b, device.BadField("Words", "%#x at %#x of device %d, which does not change", v, off, f.slot)
		}
	}
	return b, f.messages.check(&s)
}

// Restore takes registers over.
func (b *Bridge) Restore(s State) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	functions := b.present()
	if len(s.Functions) != len(functions) {
		return device.BadField("Functions", "%d of them, want %d", len(s.Functions), len(functions))
	}
	spaces := make([][spaceSize]byte, len(functions))
	for i, f := range functions {
		var err error
		if spaces[i], err = f.bytes(s.Functions[i]); err != nil {
			return err
		}
	}
	for i, f := range functions {
		f.space.bytes = spaces[i]
		f.messages.restore(&s.Functions[i])
		f.commanded()
	}
	b.remap()
	return nil
}
