package vcpu

import "sync/atomic"

// mailbox is a multi-producer, single-consumer queue without a lock: producers
// push onto a stack, the consumer takes the whole stack and reverses it.
type mailbox struct {
	head atomic.Pointer[message] // the latest message: written by senders and by who takes them, read by both
}

type message struct {
	next *message
	f    func(*Hart)
}

// put adds f; it never blocks.
func (b *mailbox) put(f func(*Hart)) {
	m := &message{f: f}
	for {
		m.next = b.head.Load()
		if b.head.CompareAndSwap(m.next, m) {
			return
		}
	}
}

func (b *mailbox) empty() bool { return b.head.Load() == nil }

// take removes all messages and returns them oldest first.
func (b *mailbox) take() *message {
	var first *message
	for m := b.head.Swap(nil); m != nil; {
		m.next, first, m = first, m, m.next
	}
	return first
}

// Post has f executed on h at a safe point: between two instructions, by the
// holder of h's ownership. It returns at once; f may have been executed by then.
func (h *Hart) Post(f func(*Hart)) {
	h.box.put(f)
	h.deliver()
}

// deliver executes the mailbox of a hart that nobody owns, or kicks the owner.
// Whoever gives the ownership up calls deliver again, so nothing stays behind.
func (h *Hart) deliver() {
	for !h.box.empty() {
		if !h.own.TryLock() {
			h.S.Kick()
			return
		}
		h.answer()
	}
}

// answer executes all messages of a hart that is owned for that, and gives it up.
func (h *Hart) answer() {
	defer h.own.Unlock()
	h.drain()
}

// drain executes all messages. The caller owns h.
func (h *Hart) drain() {
	for m := h.box.take(); m != nil; m = m.next {
		m.f(h)
	}
}
