package htif

import (
	"fmt"
	"sync/atomic"
)

// RAM is the guest memory that holds the two words; *physmem.Memory is one.
type RAM interface {
	Word64(pa uint64) (w *atomic.Uint64, ok bool)
}

// Port is the pair of words of one machine.
type Port struct {
	tohost   *atomic.Uint64 // written by harts (commands) and by Poll (0: taken)
	fromhost *atomic.Uint64 // written by Poll (answers) and by harts (0: taken); may be nil
}

// NewPort finds the words at physical addresses tohost and fromhost, which must
// be multiples of 8 in RAM. fromhost may be 0: the program has no such word.
func NewPort(ram RAM, tohost, fromhost uint64) (*Port, error) {
	to, ok := ram.Word64(tohost)
	if !ok {
		return nil, fmt.Errorf("htif: tohost at %#x is not an aligned word of RAM", tohost)
	}
	p := &Port{tohost: to}
	if fromhost != 0 {
		if p.fromhost, ok = ram.Word64(fromhost); !ok {
			return nil, fmt.Errorf("htif: fromhost at %#x is not an aligned word of RAM", fromhost)
		}
	}
	return p, nil
}

// Poll takes the command in tohost, if there is one, acknowledges it in fromhost
// if that word is free, and returns what it means. Called by several goroutines
// at once it gives each command to one of them. The words are a mailbox and never
// code, so that the code map is not told of these writes: a machine that watches
// their page may call Poll from its watcher.
func (p *Port) Poll() (Event, error) {
	v := p.tohost.Load()
	if v == 0 {
		return Event{}, nil
	}
	v = p.tohost.Swap(0)
	e, err := Decode(v)
	if e.Kind == Putchar && p.fromhost != nil {
		p.fromhost.CompareAndSwap(0, v&^(1<<payloadBits-1)|0x100|uint64(e.Char))
	}
	return e, err
}
