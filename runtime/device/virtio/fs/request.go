package fs

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
)

// smallBuffer has room for a request or reply without a file's contents.
const smallBuffer = 8 << 10

// serve is what each worker does. The request that a guest waits for is answered by who has been woken for it.
func (d *Device) serve(q *virtio.Queue) {
	for {
		r, ok := q.Pop()
		if !ok {
			return
		}
		d.Share(requests, q)
		d.handle(r)
	}
}

// serveUrgent serves the queue whose requests need nothing of the host.
func (d *Device) serveUrgent(q *virtio.Queue) {
	for {
		r, ok := q.Pop()
		if !ok {
			return
		}
		d.handle(r)
	}
}

// handle answers one request and gives it back.
func (d *Device) handle(r *virtio.Request) {
	if r.ReadableLen() > uint64(d.limit.MaxRequest) {
		r.Reject(fmt.Errorf("%w: file system request of %d bytes", virtio.ErrProtocol, r.ReadableLen()))
		return
	}
	in, giveIn := d.buffer(r.ReadableLen())
	defer giveIn()
	out, giveOut := d.buffer(min(r.WritableLen(), uint64(d.limit.MaxReply)))
	defer giveOut()
	if _, err := r.CopyOut(in, 0); err != nil {
		return // only a reset ends a copy
	}
	n, known := d.server.Answer(in, out)
	if !known {
		r.Reject(fmt.Errorf("%w: no file system request in %d bytes, or no room for a reply in %d", virtio.ErrProtocol, len(in), len(out)))
		return
	}
	if _, err := r.CopyIn(0, out[:n]); err != nil {
		return
	}
	r.Complete(uint64(n))
}

// buffer lends n bytes, of at most the largest buffer's. The second result is called to give them back.
func (d *Device) buffer(n uint64) (p []byte, give func()) {
	pool := &d.large
	if n <= smallBuffer {
		pool = &d.small
	}
	b := pool.Get().(*[]byte)
	return (*b)[:n], func() { pool.Put(b) }
}
