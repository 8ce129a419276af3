package net

import (
	"encoding/binary"
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/network"
)

// transmitter returns what serves the transmit queue of pair i.
func (d *Device) transmitter(i int) func(*virtio.Queue) {
	var buf []byte // of the queue's goroutine
	return func(q *virtio.Queue) {
		if buf == nil {
			buf = make([]byte, headerSize+network.MaxFrame)
		}
		for {
			r, ok := q.Pop()
			if !ok {
				return
			}
			size := headerSizeOf(q.Features())
			if r.WritableLen() > 0 || r.ReadableLen() < uint64(size) {
				r.Reject(fmt.Errorf("%w: frame of %d bytes to read and %d to write", virtio.ErrProtocol, r.ReadableLen(), r.WritableLen()))
				return
			}
			n, err := r.CopyOut(buf, 0)
			if err != nil {
				return // reset
			}
			whole := uint64(n) == r.ReadableLen()
			r.Complete(0)
			if f, err := decode(buf[:size], buf[size:n]); err == nil && whole {
				d.steer(f.Data, i)
				d.link.Send(f)
			}
		}
	}
}

// steer remembers that the guest sends a flow by pair i.
func (d *Device) steer(data []byte, i int) {
	if len(d.pairs) == 1 {
		return
	}
	if at := &d.flows[place(data)]; at.Load() != uint32(i) {
		at.Store(uint32(i))
	}
}

// forgetFlows sends all flows to the first pair, until the guest sends.
func (d *Device) forgetFlows() {
	for i := range d.flows {
		d.flows[i].Store(0)
	}
}

// Commands of the control queue, chapter 5.1.6.5.
const (
	controlMultiqueue = 4
	controlSetPairs   = 0

	controlOK    = 0
	controlError = 1
)

// control serves the control queue: of commands there is the number of pairs in use. The device keeps no such number: it
// forgets the flows, so that frames go to pairs by which the guest has sent since.
func (d *Device) control(q *virtio.Queue) {
	for {
		r, ok := q.Pop()
		if !ok {
			return
		}
		if r.ReadableLen() < 2 || r.WritableLen() < 1 {
			r.Reject(fmt.Errorf("%w: command of %d bytes with room for %d", virtio.ErrProtocol, r.ReadableLen(), r.WritableLen()))
			return
		}
		var c [4]byte
		n, err := r.CopyOut(c[:], 0)
		if err != nil {
			return
		}
		answer := []byte{controlError}
		pairs := int(binary.LittleEndian.Uint16(c[2:]))
		if n == len(c) && c[0] == controlMultiqueue && c[1] == controlSetPairs && pairs >= 1 && pairs <= len(d.pairs) {
			d.forgetFlows()
			answer[0] = controlOK
		}
		if _, err := r.CopyIn(0, answer); err != nil {
			return
		}
		r.Complete(1)
	}
}
