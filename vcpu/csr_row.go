package vcpu

import (
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// csrRow describes a control and status register, or several that differ in nothing but their number. csrRows has them
// all; its number says which modes may access a register and whether they may write (isa.CSR), package isa its name.
//
// The register is either a word of the hart's, or made from others by functions:
//
//	at, writes, legal, then     a word, of which a write changes some bits
//	read, write                 anything else; without write, a write is legal and changes nothing
//	read, take                  a write takes away what the same instruction has read, whatever the value written
//
// Reading has no effect that software can see. Where it brings the hart up to date, probe tells the same value without.
type csrRow struct {
	first, last isa.CSR // last: the last of several, 0: there is one
	step        isa.CSR // between two of several, 0: 1

	exists func(*Hart) bool          // whether this hart has it; nil: all have
	gate   func(*Hart, isa.CSR) bool // whether the hart's state lets the mode it is in access it; nil: whatever the state

	at     func(*Hart) *uint64
	writes uint64                              // the bits that a write changes
	legal  func(h *Hart, old, v uint64) uint64 // what becomes of old when v is written (WARL); nil: v
	then   func(*Hart)                         // follows a write, nil: nothing

	read  func(*Hart, isa.CSR) uint64
	probe func(*Hart, isa.CSR) uint64 // read without a trace, nil: read leaves none
	// write is given the bits that the instruction set, cleared or wrote: others may change the rest of a register of
	// pending bits at the same moment.
	write func(h *Hart, n isa.CSR, v, touched uint64)
	// take is a read and a write in one step, in place of write.
	take func(h *Hart, n isa.CSR) uint64
	// base is what an instruction sets and clears bits in, nil: what it reads.
	base func(*Hart) uint64
}

// csrByNumber leads from numbers to rows; nil: there is no such register. The manuals put the twin of a supervisor register
// that virtual machines see in its place 0x100 behind it, so that a mode is a distance here and no case.
var csrByNumber = func() (t [isa.NumCSRs]*csrRow) {
	for i := range csrRows {
		r := &csrRows[i]
		for n := r.first; n <= max(r.first, r.last); n += max(r.step, 1) {
			if t[n] != nil {
				panic("BUG: two rows for " + n.String())
			}
			t[n] = r
		}
	}
	return t
}()

// csrRow returns the row of register n, nil if the hart has none.
func (h *Hart) csrRow(n isa.CSR) *csrRow {
	r := csrByNumber[n%isa.NumCSRs]
	if r == nil || r.exists != nil && !r.exists(h) {
		return nil
	}
	return r
}

// load returns the register's value.
func (r *csrRow) load(h *Hart, n isa.CSR) uint64 {
	if r.at != nil {
		return *r.at(h)
	}
	return r.read(h, n)
}

// store writes the register.
func (r *csrRow) store(h *Hart, n isa.CSR, v, touched uint64) {
	if r.at != nil {
		r.storeWord(h, v)
	} else if r.write != nil {
		r.write(h, n, v, touched)
	} else if r.take != nil {
		r.take(h, n)
	}
}

// storeWord writes a register that is a word; WARL fields keep to legal values.
func (r *csrRow) storeWord(h *Hart, v uint64) {
	p := r.at(h)
	v = *p&^r.writes | v&r.writes
	if r.legal != nil {
		v = r.legal(h, *p, v)
	}
	*p = v
	if r.then != nil {
		r.then(h)
	}
}

// csr executes a CSR instruction. It has load and store in line, since kernels execute many.
func (h *Hart) csr(in isa.Insn) next {
	n := isa.CSR(in.Imm & 0xfff)
	swap := in.Op == isa.CSRRW || in.Op == isa.CSRRWI
	write := swap || in.Rs1 != 0
	r := csrByNumber[n]
	if r == nil || n.Level() > uint8(h.priv) || write && n.ReadOnly() ||
		r.exists != nil && !r.exists(h) || r.gate != nil && !r.gate(h, n) {
		return h.illegal(in.Raw)
	}
	v := uint64(in.Rs1)
	if in.Op.Row().Format.Rs1() == isa.RegX {
		v = h.X(int(in.Rs1))
	}
	old := uint64(0)
	if !swap || in.Rd != 0 {
		if r.at != nil {
			old = *r.at(h)
		} else {
			old = r.read(h, n)
		}
	}
	if !write {
		h.SetX(int(in.Rd), old)
		return h.retire(in, goOn)
	}
	touched := ^uint64(0)
	if !swap {
		touched = v
		base := old
		if r.base != nil {
			base = r.base(h)
		}
		if in.Op == isa.CSRRS || in.Op == isa.CSRRSI {
			v |= base
		} else {
			v = base &^ v
		}
	}
	// What is written to a counter or its settings holds behind the instruction, which
	// still counts as before.
	h.S.Count++
	if r.at != nil {
		r.storeWord(h, v)
	} else if r.write != nil {
		r.write(h, n, v, touched)
	} else if r.take != nil {
		old = r.take(h, n)
	}
	h.SetX(int(in.Rd), old)
	h.S.PC += in.Len()
	return lookAgain
}

// CSRs returns the registers that the hart has, in ascending order.
func (h *Hart) CSRs() (l []isa.CSR) {
	for n := range isa.CSR(isa.NumCSRs) {
		if h.csrRow(n) != nil {
			l = append(l, n)
		}
	}
	return l
}

// ProbeCSR returns the value of a register as M-mode would read it, and changes nothing in the hart, not even what it knows
// of counters and timers; ok is false if there is no such register. The caller owns h.
func (h *Hart) ProbeCSR(n isa.CSR) (v uint64, ok bool) {
	r := h.csrRow(n)
	if r == nil {
		return 0, false
	}
	if r.probe != nil {
		return r.probe(h, n), true
	}
	return r.load(h, n), true
}

// ReadCSR returns the value of a register that exists, as M-mode sees it. The caller owns h.
func (h *Hart) ReadCSR(n isa.CSR) uint64 { return h.existing(n).load(h, n) }

// WriteCSR writes a register that exists, as M-mode does. The caller owns h.
func (h *Hart) WriteCSR(n isa.CSR, v uint64) { h.existing(n).store(h, n, v, ^uint64(0)) }

func (h *Hart) existing(n isa.CSR) *csrRow {
	r := h.csrRow(n)
	if r == nil {
		panic("BUG: the machine uses " + n.String() + ", which the hart does not have")
	}
	return r
}

// reads returns the reader of a register that always has the same value.
func reads(v uint64) func(*Hart, isa.CSR) uint64 {
	return func(*Hart, isa.CSR) uint64 { return v }
}
