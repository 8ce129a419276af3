package htif

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// RAM is the guest memory that holds the two words; *physmem.Memory is one.
type RAM interface {
	Word64(pa uint64) (w *atomic.Uint64, ok bool)
}

// Port is the pair of words of one machine.
type Port struct {
	at       uint64
	tohost   *atomic.Uint64 // written by harts (commands) and by the port (0: taken), read by the port
	fromhost *atomic.Uint64 // written by the port (answers) and by harts (0: taken), read by both; may be nil

	mu    sync.Mutex
	half  uint64 // protected by mu: number of the lower half that waits for its upper one, 0: none does
	count uint64 // protected by mu: lower halves that have waited
}

// NewPort finds the words at physical addresses tohost and fromhost, which must
// be multiples of 8 in RAM. fromhost may be 0: the program has no such word.
func NewPort(ram RAM, tohost, fromhost uint64) (*Port, error) {
	to, ok := ram.Word64(tohost)
	if !ok {
		return nil, fmt.Errorf("htif: tohost at %#x is not an aligned word of RAM", tohost)
	}
	p := &Port{at: tohost, tohost: to}
	if fromhost != 0 {
		if p.fromhost, ok = ram.Word64(fromhost); !ok {
			return nil, fmt.Errorf("htif: fromhost at %#x is not an aligned word of RAM", fromhost)
		}
	}
	return p, nil
}

// Stored takes the command in tohost, n bytes of which have been stored at pa, if it is
// whole, and returns what it means. Called by several goroutines at once it gives each
// command to one of them.
//
// Programs that are also made for RV32 store the lower half first: the command is whole
// with its upper half. Some store nothing but the lower half, once or again and again: it
// is the command when it is stored a second time, or when the caller has waited a while
// and calls Late with the number half, which is not 0 then.
func (p *Port) Stored(pa, n uint64) (e Event, half uint64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if upper := pa+n > p.at+4; upper || p.half != 0 || p.tohost.Load() == 0 {
		e, err = p.take()
		return e, 0, err
	}
	p.count++
	p.half = p.count
	return Event{}, p.half, nil
}

// Late takes the command of which only the lower half has been stored, if that is still
// the half of this number. more is the number of another one that waits, or 0.
func (p *Port) Late(half uint64) (e Event, more uint64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.half != half {
		return Event{}, p.half, nil
	}
	e, err = p.take()
	return e, 0, err
}

// take takes what is in tohost. The words are a mailbox and never code, so that the code
// map is not told of these writes: a machine that watches their page may have the port
// written to from its watcher. The caller holds mu.
func (p *Port) take() (Event, error) {
	p.half = 0
	e, err := Decode(p.tohost.Swap(0))
	if e.Kind == Putchar {
		p.answer(0x100|uint64(e.Char), e)
	}
	return e, err
}

// Answer tells the guest that e has been done, with a result, if fromhost is free.
func (p *Port) Answer(result uint64, e Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer(result, e)
}

func (p *Port) answer(result uint64, e Event) {
	if p.fromhost != nil {
		p.fromhost.CompareAndSwap(0, e.command<<payloadBits|result)
	}
}

// Reset forgets a half that waits.
func (p *Port) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.half = 0
}
