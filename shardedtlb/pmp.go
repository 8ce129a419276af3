package shardedtlb

import "math/bits"

// PMPEntries is the number of physical-memory-protection entries of a hart.
const PMPEntries = 16

// Fields of a pmpcfg byte.
const (
	pmpR = 1 << 0
	pmpW = 1 << 1
	pmpX = 1 << 2
	pmpA = 3 << 3 // address matching: the pmp... modes below
	pmpL = 1 << 7

	pmpOff   = 0 << 3
	pmpTOR   = 1 << 3
	pmpNA4   = 2 << 3
	pmpNAPOT = 3 << 3

	pmpAddrMask = 1<<54 - 1 // bits 55..2 of a physical address
	pmpG        = 10        // granularity: 2^(G+2) bytes, one page; 0 if it is fine
)

// PMP are one hart's physical-memory-protection registers (privileged
// architecture, chapter "Physical Memory Protection"), without Smepmp. The
// granularity is one page, so a page has one verdict for all of its bytes; or, if
// it is fine, 4 bytes. A page that entries split has no first-level entries then,
// and each access to it is judged by itself.
//
// All entries are off at reset. Then M-mode may do everything, and S and U mode
// nothing, as the specification asks of a hart that has PMP: who starts a
// machine without firmware of its own programs an entry for them.
type PMP struct {
	cfg  [PMPEntries]uint8
	addr [PMPEntries]uint64 // as written: what reads show depends on cfg
	fine bool               // the granularity is 4 bytes; set once

	image  pmpImage // the active entries, decoded
	n      int      // how many of image are in use
	splits bool     // an active entry begins or ends within a page
}

// grain returns the granularity's exponent G.
func (p *PMP) grain() uint {
	if p.fine {
		return 0
	}
	return pmpG
}

// below returns the bits of an address register that the granularity hides in a NAPOT entry.
func (p *PMP) below() uint64 { return (1<<p.grain() - 1) >> 1 }

// pmpRange is one active entry: physical addresses lo to hi, hi included.
type pmpRange struct {
	lo, hi uint64
	perm   uint8 // pmpR, pmpW, pmpX, pmpL
}

// pmpImage is a whole decoded PMP; equal images judge equally.
type pmpImage [PMPEntries]pmpRange

// ReadCfg returns pmpcfg<n>; n is 0 or 2, as in the CSR's name.
func (p *PMP) ReadCfg(n int) uint64 {
	var v uint64
	for i := range 8 {
		v |= uint64(p.cfg[n*4+i]) << (8 * i)
	}
	return v
}

// WriteCfg writes pmpcfg<n>; n is 0 or 2. Locked entries keep their byte, W
// without R becomes neither, and NA4, which a coarse granularity rules out, leaves
// the matching mode as it is. The caller calls MMU.PMPChanged afterwards.
func (p *PMP) WriteCfg(n int, v uint64) {
	for i := range 8 {
		e := n*4 + i
		if p.cfg[e]&pmpL != 0 {
			continue
		}
		c := uint8(v>>(8*i)) & (pmpL | pmpA | pmpX | pmpW | pmpR)
		if c&pmpR == 0 {
			c &^= pmpW
		}
		if c&pmpA == pmpNA4 && !p.fine {
			c = c&^pmpA | p.cfg[e]&pmpA
		}
		p.cfg[e] = c
	}
	p.decode()
}

// ReadAddr returns pmpaddr<n> as the granularity shows it: below it, ones up to
// bit G-2 for NAPOT and zeros up to bit G-1 otherwise. The bits written are kept
// underneath.
func (p *PMP) ReadAddr(n int) uint64 {
	if p.cfg[n]&pmpA == pmpNAPOT {
		return p.addr[n] | p.below()
	}
	return p.addr[n] &^ (1<<p.grain() - 1)
}

// WriteAddr writes pmpaddr<n>, unless its entry is locked or is the bottom of a
// locked top-of-range entry. The caller calls MMU.PMPChanged afterwards.
func (p *PMP) WriteAddr(n int, v uint64) {
	if p.cfg[n]&pmpL != 0 {
		return
	}
	if n+1 < PMPEntries && p.cfg[n+1]&(pmpL|pmpA) == pmpL|pmpTOR {
		return
	}
	p.addr[n] = v & pmpAddrMask
	p.decode()
}

// open lets everybody do everything.
func (p *PMP) open() {
	p.image[0], p.n = pmpRange{0, ^uint64(0), pmpR | pmpW | pmpX}, 1
}

// decode rebuilds the list of active ranges, in order of priority.
func (p *PMP) decode() {
	p.image, p.n, p.splits = pmpImage{}, 0, false
	hidden := uint64(1)<<p.grain() - 1
	for i, c := range p.cfg {
		r := pmpRange{perm: c & (pmpL | pmpX | pmpW | pmpR)}
		switch c & pmpA {
		case pmpTOR:
			if i > 0 {
				r.lo = p.addr[i-1] &^ hidden << 2
			}
			top := p.addr[i] &^ hidden << 2
			if r.lo >= top {
				continue
			}
			r.hi = top - 1
		case pmpNAPOT:
			a := p.addr[i] | p.below()
			ones := bits.TrailingZeros64(^a)
			in := uint64(1)<<(ones+3) - 1
			r.lo = a << 2 &^ in
			r.hi = r.lo | in
		case pmpNA4:
			r.lo = p.addr[i] << 2
			r.hi = r.lo + 3
		default:
			continue
		}
		p.image[p.n] = r
		p.n++
		p.splits = p.splits || r.lo&pageMask != 0 || r.hi&pageMask != pageMask
	}
}

// splitsPage reports whether the bytes of pa's page may have several verdicts: an
// entry begins or ends in it before one that has all of it decides.
func (p *PMP) splitsPage(pa uint64) bool {
	if !p.splits {
		return false
	}
	first := pa &^ pageMask
	last := first | pageMask
	for i := range p.n {
		switch r := &p.image[i]; {
		case r.lo <= first && last <= r.hi:
			return false
		case r.lo <= last && first <= r.hi:
			return true
		}
	}
	return false
}

// Allows reports whether an access of size bytes at pa is permitted to priv. The
// lowest-numbered entry that matches any of the bytes decides, and must match
// all of them. It binds M-mode only if it is locked; where none matches M-mode
// may and the others may not.
func (p *PMP) Allows(pa, size uint64, acc Access, priv Priv) bool {
	last := pa + size - 1
	for i := range p.n {
		r := &p.image[i]
		if last < r.lo || pa > r.hi {
			continue
		}
		if pa < r.lo || last > r.hi {
			return false
		}
		if priv == M && r.perm&pmpL == 0 {
			return true
		}
		return r.perm&pmpNeeds[acc] != 0
	}
	return priv == M
}

// pmpNeeds is the permission each kind of access asks for.
var pmpNeeds = [...]uint8{Fetch: pmpX, Load: pmpR, Store: pmpW}
