package aplic

import "github.com/hartwood-vm/hartwood/runtime/device"

// Values of a sourcecfg register: source modes, and delegation to the child domain, of which there is one.
const (
	inactive  = 0
	detached  = 1
	edgeRise  = 4
	edgeFall  = 5
	levelHigh = 6
	levelLow  = 7
	delegated = 1 << 10

	modeMask = 7
)

// Domain is an interrupt domain: the registers of one level. What changes is guarded by Controller.mu.
type Domain struct {
	c     *Controller
	level device.Level

	enabled bool // IE of domaincfg
	source  [Sources + 1]uint16
	pending set
	enable  set
	target  [Sources + 1]uint32
	message uint32 // genmsi as it was written last
	idcs    []idc  // by harts; nil if messages are sent
}

// active reports whether the source is one of this domain's.
func (d *Domain) active(src int) bool {
	m := d.source[src]
	return m != inactive && m != delegated
}

// implemented reports whether the source appears in this domain at all.
func (d *Domain) implemented(src int) bool {
	return src >= 1 && src <= Sources && (d.level == device.MachineLevel || d.c.domains[device.MachineLevel].source[src] == delegated)
}

// rectified is the source's wire as its mode has it: true is an interrupt.
func (d *Domain) rectified(src int) bool {
	switch d.source[src] {
	case edgeRise, levelHigh:
		return d.c.wires.has(src)
	case edgeFall, levelLow:
		return !d.c.wires.has(src)
	}
	return false
}

func (d *Domain) levelSensitive(src int) bool { return d.source[src]&^1 == levelHigh }

// wireChanged has the source follow its wire, which has changed.
func (d *Domain) wireChanged(src int) {
	if m := d.source[src]; m == inactive || m == delegated || m == detached {
		return
	}
	switch up := d.rectified(src); {
	case up:
		d.pending.put(src, true)
	case d.levelSensitive(src):
		d.pending.put(src, false)
	}
	d.update(src)
}

// setSource writes a source's mode. A source that is not active has no other registers.
func (d *Domain) setSource(src int, v uint32) {
	if !d.implemented(src) {
		return
	}
	root := d.level == device.MachineLevel
	mode := uint16(v & modeMask)
	switch {
	case v&delegated != 0 && root:
		mode = delegated
	case v&delegated != 0, mode > detached && mode < edgeRise: // a leaf delegates nothing; reserved
		mode = inactive
	}
	was, wasActive := d.source[src], d.active(src)
	d.source[src] = mode
	if !d.active(src) {
		d.deactivate(src)
	} else if !wasActive {
		d.target[src] = d.legalTarget(0)
	}
	if d.levelSensitive(src) {
		// A direct domain's bit is the wire; one that sends loses nothing that is asserted already.
		d.pending.put(src, d.rectified(src) && (was != mode || d.c.direct() || d.pending.has(src)))
	}
	if child := d.c.domains[device.SupervisorLevel]; root && was == delegated && mode != delegated {
		child.source[src] = inactive
		child.deactivate(src)
		child.update(src)
	}
	d.update(src)
}

// deactivate clears what an inactive source has not.
func (d *Domain) deactivate(src int) {
	hart := int(d.target[src] >> targetHart)
	d.pending.put(src, false)
	d.enable.put(src, false)
	d.target[src] = 0
	d.updateHart(hart)
}

// setPending is a write of setip or setipnum.
func (d *Domain) setPending(src int) {
	if src < 1 || src > Sources || !d.active(src) || d.levelSensitive(src) && (d.c.direct() || !d.rectified(src)) {
		return
	}
	d.pending.put(src, true)
	d.update(src)
}

// clearPending is a write of in_clrip or clripnum, or a claim.
func (d *Domain) clearPending(src int) {
	if src < 1 || src > Sources || !d.active(src) || d.levelSensitive(src) && d.c.direct() {
		return
	}
	d.pending.put(src, false)
	d.update(src)
}

// setEnable enables a source, or ends that.
func (d *Domain) setEnable(src int, on bool) {
	if src < 1 || src > Sources || !d.active(src) {
		return
	}
	d.enable.put(src, on)
	d.update(src)
}

// setTarget writes where a source's interrupts go.
func (d *Domain) setTarget(src int, v uint32) {
	if !d.active(src) {
		return
	}
	was := int(d.target[src] >> targetHart)
	d.target[src] = d.legalTarget(v)
	d.updateHart(was)
	d.update(src)
}

// Fields of a target register.
const (
	targetHart     = 18
	targetIdentity = 1<<11 - 1
	targetPriority = 1<<8 - 1
)

func (d *Domain) legalTarget(v uint32) uint32 {
	hart := v >> targetHart << targetHart
	if d.c.direct() {
		return hart | max(v&targetPriority, 1)
	}
	return hart | v&targetIdentity
}

// update delivers what a change of the source leads to.
func (d *Domain) update(src int) {
	if d.c.direct() {
		d.updateHart(int(d.target[src] >> targetHart))
		return
	}
	if d.enabled && d.pending.has(src) && d.enable.has(src) {
		d.pending.put(src, false)
		d.send(d.target[src])
	}
}

// send sends the message that a target or genmsi register describes. Harts that there are not get none.
func (d *Domain) send(target uint32) {
	if hart := int(target >> targetHart); hart < d.c.cfg.Harts {
		d.c.cfg.Send(d.level, hart, target&targetIdentity)
	}
}

// updateAll delivers what a change of the whole domain leads to.
func (d *Domain) updateAll() {
	if d.c.direct() {
		for hart := range d.idcs {
			d.updateHart(hart)
		}
		return
	}
	for src := range Sources + 1 {
		d.update(src)
	}
}
