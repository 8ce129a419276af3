package gcpar

import (
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// verify stops the mutators and looks whether the objects that can be reached are all
// marked, and whether references lead to objects.
func (c *Collector) verify(h *heap) {
	if c.cfg.Concurrent {
		c.host.Stop()
		defer c.host.Start()
	}
	// What has been logged since the last flush leads to marked objects only.
	v := verifier{h: h, stop: &c.aborted, exact: c.cfg.exact, seen: make([]uint64, len(h.bits))}
	c.handshake("verify", func(m *Mutator, h *heap) {
		m.roots(v.words)
		m.thread(v.words)
	})
	c.host.BeginThreads()
	c.host.ScanSaved(v.words)
	for _, r := range c.rootRanges() {
		for i := uint64(0); i < r.Len/8 && !c.aborted.Load(); i++ {
			v.root(wordAt(r.Host+uintptr(i)*8).Load(), r.Conservative)
		}
	}
	v.walk()
	if v.violations > 0 && !c.aborted.Load() {
		c.counters.violations.Add(v.violations)
		c.violation.Store(&v.example)
	}
}

// verifier walks the heap from the roots, on its own and without the marks.
type verifier struct {
	h     *heap
	stop  *atomic.Bool // Collector.aborted: written by Abort and Abandon, read by those who scan and walk
	exact bool         // Config.exact
	seen  []uint64     // a bit a granule
	todo  []uint32

	mu         sync.Mutex // roots are scanned by several goroutines
	violations uint64
	example    string
}

// words takes the words of mutators and threads. Unless they are exact, some that lead to
// unmarked objects are no references: words of a stack that nobody has written since it
// was that deep before, which lay below sp when it was scanned, and what compilers keep
// that is a little way in front of an object or behind it.
func (v *verifier) words(words []uint64, from mutator.Source) bool {
	for _, w := range words {
		g, ok := v.h.inside(w)
		if ok && (v.exact || v.marked(g) || from == mutator.Registers && !v.besideMarked(w)) {
			v.root(w, true)
		}
	}
	return !v.stop.Load()
}

func (v *verifier) marked(g uint32) bool { return v.h.bits[g/64].mark.Load()>>(g%64)&1 != 0 }

// besideMarked reports whether a marked object lies within 64 bytes of w.
func (v *verifier) besideMarked(w uint64) bool {
	for at := w - 64; at != w+64+mutator.Granule; at += mutator.Granule {
		if g, ok := v.h.inside(at); ok && v.marked(g) {
			return true
		}
	}
	return false
}

func (v *verifier) root(w uint64, conservative bool) {
	g, ok := v.h.object(w)
	if conservative {
		g, ok = v.h.inside(w)
	}
	if !ok {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.reach(g, "a root")
}

// reach visits the object at granule g, found in where.
func (v *verifier) reach(g uint32, where string) {
	bit := uint64(1) << (g & 63)
	if v.seen[g/64]&bit != 0 {
		return
	}
	v.seen[g/64] |= bit
	if !v.marked(g) {
		v.note("the object at %#x, to which %s refers, is not marked", v.address(g), where)
	}
	v.todo = append(v.todo, g)
}

func (v *verifier) note(format string, args ...any) {
	if v.violations++; v.violations == 1 {
		v.example = fmt.Sprintf(format, args...)
	}
}

func (v *verifier) address(g uint32) uint64 { return v.h.Base + uint64(g)<<granuleBits }

func (v *verifier) walk() {
	for len(v.todo) > 0 && !v.stop.Load() {
		last := len(v.todo) - 1
		g := v.todo[last]
		v.todo = v.todo[:last]
		v.object(g)
	}
}

// object visits what the object at granule g refers to.
func (v *verifier) object(g uint32) {
	h := v.h
	addr := h.Host + uintptr(g)<<granuleBits
	header := wordAt(addr).Load()
	l := h.tables.layouts[uint32(header)%NumTypes]
	words := h.extent(g)/mutator.HeaderSize - 1
	field := func(i uint64) uint64 { return wordAt(addr + 8 + uintptr(i)*8).Load() }
	if l.conservative != 0 {
		for i := range words {
			if to, ok := h.inside(field(i)); ok {
				v.reach(to, fmt.Sprintf("the object at %#x", v.address(g)))
			}
		}
		return
	}
	for refs := l.fixedRefs; refs != 0; refs &= refs - 1 {
		if i := uint64(bits.TrailingZeros64(refs)); i < words {
			v.field(g, field(i))
		}
	}
	if l.elemWords == 0 {
		return
	}
	at := uint64(l.fixedWords)
	for range header >> 32 {
		if at+uint64(l.elemWords) > words {
			return
		}
		for refs := l.elemRefs; refs != 0; refs &= refs - 1 {
			v.field(g, field(at+uint64(bits.TrailingZeros64(refs))))
		}
		at += uint64(l.elemWords)
	}
}

// field visits what a field of the object at granule g refers to.
func (v *verifier) field(g uint32, value uint64) {
	where := func() string { return fmt.Sprintf("the object at %#x", v.address(g)) }
	if to, ok := v.h.object(value); ok {
		if bit := uint64(1) << (to & 63); v.seen[to/64]&bit == 0 {
			v.reach(to, where())
		}
		return
	}
	if off := value&v.h.addrMask - v.h.Base; off < v.h.Size && off%mutator.Granule == 0 {
		v.note("the reference %#x in %s leads to no object", value, where())
	}
}
