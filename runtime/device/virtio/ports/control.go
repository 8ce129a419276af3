package ports

import (
	"encoding/binary"
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
)

// Queues and messages of control, chapter 5.3.6.2.
const (
	controlIn  = 2 // to the guest
	controlOut = 3

	messageSize = 8

	eventDeviceReady = 0
	eventPortAdd     = 1
	eventPortReady   = 3
	eventPortOpen    = 6
)

// hear takes the guest's messages.
func (d *Device) hear(q *virtio.Queue) {
	for {
		r, ok := q.Pop()
		if !ok {
			return
		}
		if r.ReadableLen() < messageSize {
			r.Reject(fmt.Errorf("%w: control message of %d bytes", virtio.ErrProtocol, r.ReadableLen()))
			return
		}
		var m [messageSize]byte
		if _, err := r.CopyOut(m[:], 0); err != nil {
			return
		}
		le := binary.LittleEndian
		d.heard(le.Uint32(m[:]), le.Uint16(m[4:]), le.Uint16(m[6:]))
		r.Complete(0)
		d.Kick(controlIn)
	}
}

// heard is one message about port id. A port that there is not is nothing.
func (d *Device) heard(id uint32, event, value uint16) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if event == eventDeviceReady {
		for _, p := range d.ports { // another driver begins
			p.sayAdd, p.sayOpen, p.sayClosed, p.guestOpen, p.toldEnd = value == 1, false, false, false, false
		}
		return
	}
	if id >= uint32(len(d.ports)) {
		return
	}
	p := d.ports[id]
	switch event {
	case eventPortReady:
		p.sayOpen = value == 1
	case eventPortOpen:
		p.guestOpen = value == 1
		d.Kick(receiveQueue(int(id)))
	}
}

// tell gives the guest what there is to say, as far as it has posted buffers.
func (d *Device) tell(q *virtio.Queue) {
	for d.hasNews() {
		r, ok := q.Pop()
		if !ok {
			return
		}
		m, ok := d.news()
		if !ok {
			q.Return(1)
			return
		}
		n, err := r.CopyIn(0, m[:])
		if err != nil {
			return
		}
		r.Complete(uint64(n))
	}
}

func (d *Device) hasNews() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.ports {
		if p.sayAdd || p.sayOpen || p.sayClosed {
			return true
		}
	}
	return false
}

// news takes the next message. A port is there before it is open, and open before its input ends.
func (d *Device) news() (m [messageSize]byte, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, p := range d.ports {
		event, value := uint16(eventPortOpen), uint16(1)
		switch {
		case p.sayAdd:
			p.sayAdd, event = false, eventPortAdd
		case p.sayOpen:
			p.sayOpen = false
		case p.sayClosed:
			p.sayClosed, value = false, 0
		default:
			continue
		}
		le := binary.LittleEndian
		le.PutUint32(m[:], uint32(i))
		le.PutUint16(m[4:], event)
		le.PutUint16(m[6:], value)
		return m, true
	}
	return m, false
}
