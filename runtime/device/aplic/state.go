package aplic

import "github.com/hartwood-vm/hartwood/runtime/device"

// State is the registers of a domain. Wires are the sources' levels as the domain has seen them, so that a device that drives
// its line as it was is no edge.
type State struct {
	Wires           set
	Enabled         bool // IE of domaincfg
	Source          [Sources + 1]uint16
	Pending, Enable set
	Target          [Sources + 1]uint32
	Message         uint32 // genmsi
	IDCs            []IDCState
}

// IDCState is a hart's delivery control structure.
type IDCState struct {
	Delivery, Force bool
	Threshold       uint8
}

const stateVersion = 1

// State is the domain's Saver. That of M level is restored before that of S level.
func (d *Domain) State() device.Saver { return device.StateOf(stateVersion, d) }

// Save returns the registers.
func (d *Domain) Save() (State, error) {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	s := State{
		Wires: d.c.wires, Enabled: d.enabled, Source: d.source, Pending: d.pending, Enable: d.enable, Target: d.target,
		Message: d.message, IDCs: make([]IDCState, len(d.idcs)),
	}
	for i, c := range d.idcs {
		s.IDCs[i] = IDCState{c.delivery, c.force, c.threshold}
	}
	return s, nil
}

// check looks for what the domain cannot have. Caller holds Controller.mu.
func (d *Domain) check(s *State) error {
	switch {
	case len(s.IDCs) != len(d.idcs):
		return device.BadField("IDCs", "%d of them, want %d", len(s.IDCs), len(d.idcs))
	case s.Wires.stray():
		return device.BadField("Wires", "%#x has sources that there are not", s.Wires)
	case s.Pending.stray():
		return device.BadField("Pending", "%#x has sources that there are not", s.Pending)
	case s.Enable.stray():
		return device.BadField("Enable", "%#x has sources that there are not", s.Enable)
	case s.Message != 0 && (d.c.direct() || s.Message != d.legalTarget(s.Message)):
		return device.BadField("Message", "%#x", s.Message)
	}
	for src, m := range s.Source {
		mode := m == inactive || m == detached || m >= edgeRise && m <= levelLow
		switch root := d.level == device.MachineLevel; {
		case !mode && !(m == delegated && root), m != inactive && !d.implemented(src):
			return device.BadField("Source", "%#x of source %d", m, src)
		case m != inactive && m != delegated:
			if s.Target[src] != d.legalTarget(s.Target[src]) {
				return device.BadField("Target", "%#x of source %d", s.Target[src], src)
			}
		case s.Target[src] != 0:
			return device.BadField("Target", "%#x of source %d, which is not active", s.Target[src], src)
		case s.Pending.has(src):
			return device.BadField("Pending", "source %d is not active", src)
		case s.Enable.has(src):
			return device.BadField("Enable", "source %d is not active", src)
		}
	}
	return nil
}

// stray reports bits of sources that there are not.
func (s *set) stray() bool {
	return s[0]&1 != 0 || s[words-1]>>(Sources%32)>>1 != 0
}

// Restore takes registers over.
func (d *Domain) Restore(s State) error {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	if err := d.check(&s); err != nil {
		return err
	}
	d.c.wires = s.Wires
	d.enabled, d.source, d.pending, d.enable, d.target, d.message = s.Enabled, s.Source, s.Pending, s.Enable, s.Target, s.Message
	for i, c := range s.IDCs {
		d.idcs[i].delivery, d.idcs[i].force, d.idcs[i].threshold = c.Delivery, c.Force, c.Threshold
	}
	for src := 1; src <= Sources; src++ {
		if d.levelSensitive(src) && (d.c.direct() || !d.rectified(src)) {
			d.pending.put(src, d.rectified(src))
		}
	}
	d.orphan()
	d.updateAll()
	return nil
}

// orphan takes sources from the child domain that the root has not delegated.
func (d *Domain) orphan() {
	child := d.c.domains[device.SupervisorLevel]
	for src := 1; src <= Sources; src++ {
		if !child.implemented(src) {
			child.source[src] = inactive
			child.deactivate(src)
		}
	}
}

// Reset brings the domain to its power-on state. Wires stay as devices drive them.
func (d *Domain) Reset() {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	d.enabled, d.message = false, 0
	d.source, d.target, d.pending, d.enable = [Sources + 1]uint16{}, [Sources + 1]uint32{}, set{}, set{}
	for i := range d.idcs {
		d.idcs[i] = idc{level: d.idcs[i].level}
	}
	if d.level == device.MachineLevel {
		d.c.delegate()
		d.orphan()
	}
	d.updateAll()
}

// Close does nothing: the controller has no goroutine.
func (d *Domain) Close() error { return nil }
