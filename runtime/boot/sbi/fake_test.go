package sbi

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// fakeHart is a hart with registers and a page of virtual memory.
type fakeHart struct {
	id      int
	x       [32]uint64
	timer   uint64
	ipi     bool
	virtual map[uint64][]byte
	csrs    map[isa.CSR]uint64
	traps   map[int]uint64 // exceptions
	steal   []uint64       // where it was told to keep its account; 0: to forget it
}

// ReadCSR and WriteCSR know of two registers that others select: those of three triggers, which
// have types 3 and 6, no chains, and 12 bits in tdata3.
func (h *fakeHart) ReadCSR(n isa.CSR) uint64 {
	if n == isa.CSR_TINFO {
		return 1<<24 | 1<<3 | 1<<6 | 1<<15
	}
	return h.csrs[h.banked(n)]
}

func (h *fakeHart) WriteCSR(n isa.CSR, v uint64) {
	switch {
	case n == isa.CSR_TSELECT && v >= 3:
		return
	case n == isa.CSR_TDATA1 && v>>60 != 3 && v>>60 != 6 || n == isa.CSR_TDATA1 && v>>60 == 6 && v&triggerChain != 0:
		v = 15 << 60
	case n == isa.CSR_TDATA3:
		v &= 0xfff
	}
	h.csrs[h.banked(n)] = v
}

func (h *fakeHart) banked(n isa.CSR) isa.CSR {
	if n >= isa.CSR_TDATA1 && n <= isa.CSR_TDATA3 {
		return n + 0x1000*isa.CSR(h.csrs[isa.CSR_TSELECT])
	}
	return n
}

func (h *fakeHart) Exceptions(cause int) uint64 { return h.traps[cause] }
func (h *fakeHart) KeepStealTime(pa uint64)     { h.steal = append(h.steal, pa) }
func (h *fakeHart) ForgetStealTime()            { h.steal = append(h.steal, 0) }

// Counts knows cycles, instructions, a cache event and a raw one.
func (h *fakeHart) Counts(event uint64) bool {
	return event == 1 || event == 2 || event == 0x10019 || event == 0x100
}

func (h *fakeHart) ID() int              { return h.id }
func (h *fakeHart) X(n int) uint64       { return h.x[n] }
func (h *fakeHart) SetX(n int, v uint64) { h.x[n] = v }
func (h *fakeHart) SetTimer(v uint64)    { h.timer = v }
func (h *fakeHart) ClearIPI() bool       { was := h.ipi; h.ipi = false; return was }
func (h *fakeHart) ReadVirtual(va uint64, p []byte) bool {
	b, ok := h.virtual[va]
	return ok && len(b) >= len(p) && copy(p, b) == len(p)
}

const ramBase, ramSize = 0x80000000, 0x10000

var errNoRAM = errors.New("not RAM")

// fakePlatform records what it is asked to do.
type fakePlatform struct {
	t       *testing.T
	harts   int
	states  map[int]State // Started if absent
	ipis    []int
	targets []int
	fences  []FenceRequest
	starts  []start
	stopErr Error
	suspend []Suspend
	suspErr Error
	resets  []reset
	out     []byte
	in      []byte
	accept  int // bytes that the console takes at once; -1 for I/O errors
	ram     [ramSize]byte
	onBlock func(h Hart) // called when the caller is handed over
}

type (
	start struct {
		hart       int
		pc, opaque uint64
	}
	reset struct {
		kind    Reset
		failure bool
	}
)

func (p *fakePlatform) Harts() int { return p.harts }
func (p *fakePlatform) check(hart int) {
	if hart < 0 || hart >= p.harts {
		p.t.Errorf("platform was given hart %d", hart)
	}
}
func (p *fakePlatform) SendIPI(hart int) { p.check(hart); p.ipis = append(p.ipis, hart) }
func (p *fakePlatform) Fence(h Hart, targets iter.Seq[int], f FenceRequest) {
	p.targets = slices.Collect(targets)
	p.fences = append(p.fences, f)
	if p.onBlock != nil {
		p.onBlock(h)
	}
}
func (p *fakePlatform) StartHart(hart int, pc, opaque uint64) Error {
	p.check(hart)
	if p.states[hart] != Stopped {
		return AlreadyAvailable
	}
	p.starts = append(p.starts, start{hart, pc, opaque})
	return Success
}
func (p *fakePlatform) StopHart(Hart) Error   { return p.stopErr }
func (p *fakePlatform) Status(hart int) State { p.check(hart); return p.states[hart] }
func (p *fakePlatform) SuspendHart(h Hart, s Suspend) Error {
	p.suspend = append(p.suspend, s)
	if p.onBlock != nil {
		p.onBlock(h)
	}
	return p.suspErr
}
func (p *fakePlatform) Shutdown(k Reset, failure bool) {
	p.resets = append(p.resets, reset{k, failure})
}
func (p *fakePlatform) ConsoleWrite(b []byte) int {
	if p.accept < 0 {
		return -1
	}
	n := min(len(b), p.accept)
	p.out = append(p.out, b[:n]...)
	return n
}
func (p *fakePlatform) ConsoleRead(b []byte) int {
	if p.accept < 0 {
		return -1
	}
	n := copy(b, p.in)
	p.in = p.in[n:]
	return n
}
func (p *fakePlatform) slice(pa, n uint64) ([]byte, error) {
	if off := pa - ramBase; off < ramSize && n <= ramSize-off {
		return p.ram[off : off+n], nil
	}
	return nil, errNoRAM
}
func (p *fakePlatform) ReadGuest(pa uint64, b []byte) error {
	s, err := p.slice(pa, uint64(len(b)))
	copy(b, s)
	return err
}
func (p *fakePlatform) WriteGuest(pa uint64, b []byte) error {
	s, err := p.slice(pa, uint64(len(b)))
	copy(s, b)
	return err
}

// rig is a firmware on a fake machine of four harts, seen from hart 1.
type rig struct {
	*testing.T
	h *fakeHart
	p *fakePlatform
	f *Firmware
}

func newRig(t *testing.T) *rig {
	p := &fakePlatform{t: t, harts: 4, states: map[int]State{}, accept: 1 << 20}
	h := &fakeHart{id: 1, virtual: map[uint64][]byte{}, traps: map[int]uint64{}}
	h.csrs = map[isa.CSR]uint64{isa.CSR_MCOUNTINHIBIT: ^uint64(7) & 0xffffffff, isa.CSR_MEDELEG: 0xb1ff}
	for n := range isa.CSR(3) {
		h.csrs[isa.CSR_TDATA1+0x1000*n] = 15 << 60
	}
	return &rig{t, h, p, New(p, Identity{11, 22, 33})}
}

// setHarts gives the machine another number of harts, and firmware anew.
func (r *rig) setHarts(n int) {
	r.p.harts = n
	r.f = New(r.p, Identity{11, 22, 33})
}

// raw makes a call and checks that no register but a0 and a1 changed.
func (r *rig) raw(ext, fn uint64, args ...uint64) Result {
	r.Helper()
	for i := range r.h.x {
		r.h.x[i] = 0xdead0000 + uint64(i)
	}
	for i, a := range args {
		r.h.x[regA0+i] = a
	}
	r.h.x[regA6], r.h.x[regA7] = fn, ext
	before := r.h.x
	res := r.f.Call(r.h)
	before[regA0], before[regA1] = r.h.x[regA0], r.h.x[regA1]
	if r.h.x != before {
		r.Errorf("call %#x/%d changed other registers", ext, fn)
	}
	return res
}

// want makes a call and checks its result.
func (r *rig) want(res Result, e Error, value uint64, ext, fn uint64, args ...uint64) {
	r.Helper()
	got := r.raw(ext, fn, args...)
	if got != res || Error(r.h.x[regA0]) != e || r.h.x[regA1] != value {
		r.Errorf("call %#x/%d %#x: result %d, %v, %#x; want %d, %v, %#x",
			ext, fn, args, got, Error(r.h.x[regA0]), r.h.x[regA1], res, e, value)
	}
}
