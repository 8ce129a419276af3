package plic

import "github.com/hartwood-vm/hartwood/runtime/device"

// State is the controller's registers, at zero when power comes on. The sources' levels are their devices', and what
// follows from all of this for the contexts is no state.
type State struct {
	Pending, Claimed set // a bit a source; claimed ones are in service
	Priority         [Sources + 1]uint8
	Contexts         []ContextState
}

// ContextState is the registers of one context.
type ContextState struct {
	Enable    set
	Threshold uint8
}

const stateVersion = 1

// State is the controller's Saver.
func (d *Device) State() device.Saver { return device.StateOf(stateVersion, d) }

// Save returns the registers.
func (d *Device) Save() (State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := State{Pending: d.pending, Claimed: d.claimed, Priority: d.priority, Contexts: make([]ContextState, len(d.contexts))}
	for i, c := range d.contexts {
		s.Contexts[i] = ContextState{c.enable, c.threshold}
	}
	return s, nil
}

// check looks for what the controller cannot have.
func (s *State) check(contexts int) error {
	if len(s.Contexts) != contexts {
		return device.BadField("Contexts", "%d of them, want %d", len(s.Contexts), contexts)
	}
	if s.Pending.has(0) {
		return device.BadField("Pending", "there is no source 0")
	}
	if s.Claimed.has(0) {
		return device.BadField("Claimed", "there is no source 0")
	}
	for i, p := range s.Priority {
		if p > MaxPriority || i == 0 && p != 0 {
			return device.BadField("Priority", "%d of source %d, want 0 to %d, and none of source 0", p, i, MaxPriority)
		}
	}
	for i, c := range s.Contexts {
		if c.Enable.has(0) {
			return device.BadField("Enable", "context %d enables source 0", i)
		}
		if c.Threshold > MaxPriority {
			return device.BadField("Threshold", "%d of context %d, want 0 to %d", c.Threshold, i, MaxPriority)
		}
	}
	return nil
}

// Restore takes registers over. A source whose line is up is pending or in service, as ever.
func (d *Device) Restore(s State) error {
	if err := s.check(len(d.contexts)); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending, d.claimed, d.priority = s.Pending, s.Claimed, s.Priority
	d.users = [Sources + 1][]uint64{}
	for i, c := range s.Contexts {
		d.contexts[i].enable = set{}
		d.contexts[i].threshold = c.Threshold
		for w := range words {
			d.setEnable(i, w, c.Enable[w])
		}
	}
	for src := range Sources + 1 {
		d.admit(src)
	}
	return nil
}
