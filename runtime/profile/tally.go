package profile

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu"
)

const (
	// maxFrames bounds a call stack.
	maxFrames = 64
	// maxRows bounds the stacks that are told apart, maxPlaces the places of all of them.
	maxRows   = 1 << 14
	maxPlaces = 1 << 17
)

// Tally adds samples up. Its methods are safe for concurrent use.
type Tally struct {
	files *Files // constant
	harts []done // by hart; each belongs to the hart's owner

	mu      sync.Mutex
	rows    map[string]*weight // protected by mu: by row.key
	places  int                // protected by mu: of all rows
	more    weight             // protected by mu: of stacks for which there is no room
	samples uint64             // protected by mu: all of them
}

// done is what a hart had done at its last sample.
type done struct {
	worked       time.Duration
	instructions uint64
}

// weight is what samples of one kind weigh.
type weight struct {
	samples, instructions int64
	time                  time.Duration
}

func (w *weight) add(x weight) {
	w.samples += x.samples
	w.instructions += x.instructions
	w.time += x.time
}

// NewTally returns an empty tally for so many harts. files may be nil.
func NewTally(harts int, files *Files) *Tally {
	return &Tally{files: files, harts: make([]done, harts), rows: map[string]*weight{}}
}

// Sample takes a sample of a hart, if it has worked since the last one and does not wait now. The caller owns h.
func (c *Tally) Sample(h *vcpu.Hart) {
	var frames [maxFrames]uint64
	s, ok := h.Sample(frames[:0])
	if !ok {
		return
	}
	last := &c.harts[h.ID]
	w := weight{1, int64(s.Instructions - last.instructions), s.Worked - last.worked}
	if s.Instructions < last.instructions { // it has been reset
		w.instructions = int64(s.Instructions)
	}
	*last = done{s.Worked, s.Instructions}
	if w.time <= 0 {
		return
	}
	r := row{hart: uint16(h.ID), priv: s.Priv, native: s.Native, ra: s.RA != 0, leaf: s.Leaf}
	at := c.placer(h, &s)
	if at.process {
		r.space = s.Regime.WithoutASID()
	}
	r.places = append(r.places, at.place(s.PC))
	if r.ra {
		r.places = append(r.places, at.place(s.RA-1)) // in the call, not behind it
	}
	for _, back := range s.Frames {
		r.places = append(r.places, at.place(back-1))
	}
	c.add(&r, w)
}

func (c *Tally) add(r *row, w weight) {
	var buf [rowHead + (maxFrames+2)*placeSize]byte
	key := r.key(buf[:0])
	c.mu.Lock()
	defer c.mu.Unlock()
	c.samples += uint64(w.samples)
	sum := c.rows[string(key)]
	switch {
	case sum == nil && (len(c.rows) == maxRows || c.places+len(r.places) > maxPlaces):
		sum = &c.more
	case sum == nil:
		sum = new(weight)
		c.places += len(r.places)
		c.rows[string(key)] = sum
	}
	sum.add(w)
}

// place is a point of code: an address in a file, or one that has to be named in the end.
type place struct {
	file int32 // its index, or one of the following
	addr uint64
}

const (
	ofGuest   = -1 // of the program, the kernel or the firmware
	ofProcess = -2 // of a process, in no file that is known
)

const placeSize = 12

// placer finds places of one sample.
type placer struct {
	files   *Files
	hart    *vcpu.Hart
	process bool // the code is a process's

	page, base uint64 // the last page looked at, and what takes an address there into the file
	file       int32  // ofProcess: none
}

func (c *Tally) placer(h *vcpu.Hart, s *vcpu.Sample) *placer {
	return &placer{files: c.files, hart: h, process: s.Priv == shardedtlb.U && s.Regime.Translates(), page: 1}
}

func (p *placer) place(pc uint64) place {
	if !p.process {
		return place{ofGuest, pc}
	}
	if page := pc &^ (pageSize - 1); page != p.page {
		p.page, p.base, p.file = page, 0, ofProcess
		var b [pageSize]byte
		if p.files != nil && p.hart.PeekCode(page, b[:]) {
			if at, ok := p.files.find(b[:]); ok {
				p.file, p.base = at.file, at.addr-page
			}
		}
	}
	return place{p.file, pc + p.base}
}

// row is a kind of samples: the same stack of the same hart.
type row struct {
	hart     uint16
	priv     shardedtlb.Priv
	native   bool
	ra, leaf bool              // places[1] is the return address register's; and certain
	space    shardedtlb.Regime // of a process
	places   []place
}

const rowHead = 12

// key writes the row out.
func (r *row) key(to []byte) []byte {
	le := binary.LittleEndian
	to = le.AppendUint16(to, r.hart)
	flags := byte(0)
	for i, is := range []bool{r.native, r.ra, r.leaf} {
		if is {
			flags |= 1 << i
		}
	}
	to = append(to, byte(r.priv), flags)
	to = le.AppendUint64(to, uint64(r.space))
	for _, p := range r.places {
		to = le.AppendUint64(le.AppendUint32(to, uint32(p.file)), p.addr)
	}
	return to
}

// rowOf is the inverse of key.
func rowOf(key string) (r row) {
	le, b := binary.LittleEndian, []byte(key)
	r.hart, r.priv, r.space = le.Uint16(b), shardedtlb.Priv(b[2]), shardedtlb.Regime(le.Uint64(b[4:]))
	r.native, r.ra, r.leaf = b[3]&1 != 0, b[3]&2 != 0, b[3]&4 != 0
	for b = b[rowHead:]; len(b) > 0; b = b[placeSize:] {
		r.places = append(r.places, place{int32(le.Uint32(b)), le.Uint64(b[4:])})
	}
	return r
}

// Samples is how many samples there were so far.
func (c *Tally) Samples() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.samples
}
