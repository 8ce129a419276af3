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
	pmpG        = 10        // granularity: 2^(G+2) bytes, one page
)

// PMP are one hart's physical-memory-protection registers (privileged
// architecture, chapter "Physical Memory Protection"), without Smepmp. The
// granularity is one page, so a page has one verdict for all of its bytes.
//
// All entries are off at reset. Then M-mode may do everything, and S and U mode
// nothing, as the specification asks of a hart that has PMP: who starts a
// machine without firmware of its own programs an entry for them.
type PMP struct {
	cfg  [PMPEntries]uint8
	addr [PMPEntries]uint64 // as written: what reads show depends on cfg

	image pmpImage // the active entries, decoded
	n     int      // how many of image are in use
}

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
// without R becomes neither, and NA4, which the granularity rules out, leaves
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
		if c&pmpA == pmpNA4 {
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
		return p.addr[n] | (1<<(pmpG-1) - 1)
	}
	return p.addr[n] &^ (1<<pmpG - 1)
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

// decode rebuilds the list of active ranges, in order of priority.
func (p *PMP) decode() {
	p.image, p.n = pmpImage{}, 0
	for i, c := range p.cfg {
		r := pmpRange{perm: c & (pmpL | pmpX | pmpW | pmpR)}
		switch c & pmpA {
		case pmpTOR:
			if i > 0 {
				r.lo = p.addr[i-1] &^ (1<<pmpG - 1) << 2
			}
			top := p.addr[i] &^ (1<<pmpG - 1) << 2
			if r.lo >= top {
				continue
			}
			r.hi = top - 1
		case pmpNAPOT:
			a := p.addr[i] | (1<<(pmpG-1) - 1)
			ones := bits.TrailingZeros64(^a)
			in := uint64(1)<<(ones+3) - 1
			r.lo = a << 2 &^ in
			r.hi = r.lo | in
		default:
			continue
		}
		p.image[p.n] = r
		p.n++
	}
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
