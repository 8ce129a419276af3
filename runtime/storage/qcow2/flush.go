package qcow2

import (
	"fmt"
	"maps"
	"slices"
)

// Flush makes all completed writes durable.
func (im *Image) Flush() error {
	if im.ReadOnly() {
		return nil
	}
	return im.wrap(im.flush())
}

// batch is what one flush writes.
type batch struct {
	l2    []l2Write
	l1    []l1Write
	freed []int64
}

type l2Write struct {
	t      *table
	lo, hi int
	raw    []byte
	off    int64
}

type l1Write struct {
	index int
	e     uint64
}

// flush writes the metadata; doc.go says in which order and why.
func (im *Image) flush() error {
	im.flushing.Lock()
	defer im.flushing.Unlock()
	b, err := im.takeBatch()
	if err == nil {
		err = im.writeBatch(b)
	}
	im.mu.Lock()
	for _, w := range b.l2 {
		w.t.writing = false
	}
	if err != nil {
		im.putBack(b)
	}
	im.mu.Unlock()
	if err != nil || len(b.freed) == 0 {
		return err
	}
	return im.release(b.freed)
}

// takeBatch writes refcounts and copies what is to be written behind them.
func (im *Image) takeBatch() (b batch, err error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if err := im.writeRefs(); err != nil {
		return b, err
	}
	for _, t := range im.cache.ring {
		if t.dirty() {
			b.l2 = append(b.l2, l2Write{t, t.lo, t.hi, appendEntries(nil, t.entries[t.lo:t.hi]), t.off + 8*int64(t.lo)})
			t.lo, t.hi, t.writing = 0, 0, true
		}
	}
	im.cache.changed = 0
	for _, i := range slices.Sorted(maps.Keys(im.l1Changed)) {
		b.l1 = append(b.l1, l1Write{i, im.l1[i]})
	}
	clear(im.l1Changed)
	b.freed, im.freed = im.freed, nil
	return b, nil
}

func (im *Image) writeBatch(b batch) error {
	if err := im.file.Flush(); err != nil || len(b.l2)+len(b.l1) == 0 {
		return err
	}
	for _, w := range b.l2 {
		if _, err := im.file.WriteAt(w.raw, w.off); err != nil {
			return err
		}
	}
	for _, w := range b.l1 {
		if _, err := im.file.WriteAt(appendEntries(nil, []uint64{w.e}), im.h.l1Offset+8*int64(w.index)); err != nil {
			return err
		}
	}
	return im.file.Flush()
}

// putBack has the next flush do what this one could not. Caller holds mu.
func (im *Image) putBack(b batch) {
	for _, w := range b.l2 {
		im.cache.set(w.t, w.lo, w.t.entries[w.lo])
		im.cache.set(w.t, w.hi-1, w.t.entries[w.hi-1])
	}
	for _, w := range b.l1 {
		im.l1Changed[w.index] = struct{}{}
	}
	im.freed = append(b.freed, im.freed...)
}

// release gives clusters back to which the file has one reference less. Caller holds flushing.
func (im *Image) release(freed []int64) error {
	im.inUse.Lock() // who has looked one up has done with it
	im.mu.Lock()
	var unused []int64
	for _, c := range freed {
		switch n := im.refs.get(c); n {
		case 0:
			panic(fmt.Sprintf("BUG: the cluster %#x of %s is given back, and has no reference", c, im.name))
		case 1:
			unused = append(unused, c)
		default:
			im.setRef(c, n-1)
		}
	}
	im.mu.Unlock()
	im.inUse.Unlock()

	im.giveRoomBack(unused) // before anybody gets them

	im.mu.Lock()
	defer im.mu.Unlock()
	for _, c := range unused {
		im.setRef(c, 0)
		im.refs.hint = min(im.refs.hint, c)
	}
	return im.writeRefs()
}

// giveRoomBack makes holes in the file, where that can have them; they need not be.
func (im *Image) giveRoomBack(unused []int64) {
	slices.Sort(unused)
	for i := 0; i < len(unused); {
		n := 1
		for i+n < len(unused) && unused[i+n] == unused[i]+int64(n) {
			n++
		}
		if im.file.Discard(unused[i]<<im.bits, int64(n)<<im.bits) != nil {
			return
		}
		i += n
	}
}
