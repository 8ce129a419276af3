package net

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/network"
)

// What waits for a pair's buffers at most.
const (
	maxWaitingFrames = 1024
	maxWaitingBytes  = 4 << 20
)

// pair is a receive queue and what it is for.
type pair struct {
	mu      sync.Mutex
	queue   *virtio.Queue   // protected by mu: the one that was served last; nil: none so far
	waiting []network.Frame // protected by mu: in the order in which they came
	bytes   int             // protected by mu: of those

	header  [headerSize]byte // protected by mu
	filling []virtio.Filled  // protected by mu
}

// Receive takes a frame for the guest (network.Receiver).
func (d *Device) Receive(f network.Frame) {
	if f.Check() != nil {
		return
	}
	p := d.pairs[d.flows[place(f.Data)].Load()]
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 && p.deliver(f) {
		return
	}
	if len(p.waiting) == maxWaitingFrames || p.bytes+len(f.Data) > maxWaitingBytes {
		return
	}
	f.Data = bytes.Clone(f.Data)
	p.waiting = append(p.waiting, f)
	p.bytes += len(f.Data)
}

// refill serves a receive queue: the guest has posted buffers.
func (d *Device) refill(p *pair, q *virtio.Queue) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue != q {
		p.queue = q
		d.forgetFlows() // those of another driver
	}
	for len(p.waiting) > 0 && p.deliver(p.waiting[0]) {
		p.bytes -= len(p.waiting[0].Data)
		p.waiting[0].Data = nil
		p.waiting = p.waiting[1:]
	}
	if len(p.waiting) == 0 {
		p.waiting = nil
	}
}

// deliver writes f into the guest's buffers, and reports whether f is dealt with; otherwise the device is notified when
// there are more buffers. Caller holds p.mu.
func (p *pair) deliver(f network.Frame) bool {
	if p.queue == nil {
		return false
	}
	if takes(&f, p.queue.Features()) {
		return p.fill(&f)
	}
	// A segment that finds no room after some of its pieces have is sent again by who sent it: the guest has a part, and
	// answers for that.
	f.Data = bytes.Clone(f.Data)
	first, done := true, true
	_ = f.Plain(func(data []byte) bool { // it was checked
		ok := p.fill(&network.Frame{Data: data})
		done, first = ok || !first, false
		return ok
	})
	return done
}

// fill is deliver for a frame that the driver takes as it is.
func (p *pair) fill(f *network.Frame) bool {
	q := p.queue
	mergeable := q.Features()&FeatureMergeable != 0
	h := p.header[:headerSizeOf(q.Features())]
	want, room := uint64(len(h)+len(f.Data)), uint64(0)
	p.filling = p.filling[:0]
	for room < want {
		r, ok := q.Pop()
		if !ok {
			q.Return(len(p.filling))
			return false
		}
		if r.ReadableLen() > 0 || r.WritableLen() < uint64(len(h)) {
			r.Reject(fmt.Errorf("%w: receive buffer of %d bytes to write and %d to read", virtio.ErrProtocol, r.WritableLen(), r.ReadableLen()))
			q.Return(len(p.filling))
			return true
		}
		room += r.WritableLen()
		p.filling = append(p.filling, virtio.Filled{Request: r})
		if !mergeable && room < want || len(p.filling) == receiveSize {
			q.Return(len(p.filling))
			return true // it would never fit
		}
	}
	encode(h, f, len(p.filling))
	if p.write(h, f.Data) == nil {
		q.CompleteAll(p.filling)
	}
	return true
}

// write spreads header and data over the buffers. An error is a reset: the frame is lost.
func (p *pair) write(h, data []byte) error {
	for i := range p.filling {
		r := &p.filling[i]
		if i == 0 {
			if _, err := r.CopyIn(0, h); err != nil {
				return err
			}
			r.Written = uint64(len(h))
		}
		n, err := r.CopyIn(r.Written, data)
		if err != nil {
			return err
		}
		data = data[n:]
		r.Written += uint64(n)
	}
	return nil
}
