package shardedtlb

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

const (
	ramBase = 0x8000_0000
	rwx     = pteV | pteR | pteW | pteX | pteA | pteD
	rw      = pteV | pteR | pteW | pteA | pteD
)

// guest is RAM with an allocator of page-table pages at its start.
type guest struct {
	t    testing.TB
	mem  *physmem.Memory
	next uint64
}

func newGuest(t testing.TB, size uint64) *guest {
	t.Helper()
	mem, err := physmem.New(ramBase, size, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mem.Close(); err != nil {
			t.Error(err)
		}
	})
	return &guest{t: t, mem: mem, next: ramBase}
}

// page allocates a zeroed page of RAM.
func (g *guest) page() uint64 {
	pa := g.next
	g.next += pageSize
	return pa
}

func (g *guest) peek(pa uint64) uint64 {
	w, ok := g.mem.Word64(pa)
	if !ok {
		g.t.Fatalf("no RAM at %#x", pa)
	}
	return w.Load()
}

func (g *guest) poke(pa, v uint64) {
	w, ok := g.mem.Word64(pa)
	if !ok {
		g.t.Fatalf("no RAM at %#x", pa)
	}
	w.Store(v)
}

// pageTable is a page table under construction.
type pageTable struct {
	g      *guest
	root   uint64
	levels int
}

func (g *guest) pageTable(levels int) *pageTable {
	return &pageTable{g, g.page(), levels}
}

func (p *pageTable) satp(asid uint16) Regime {
	return Regime(p.levels+5)<<60 | Regime(asid)<<44 | Regime(p.root>>pageShift)
}

// slot returns the address of the PTE for va at the given level, making the
// tables above it.
func (p *pageTable) slot(va uint64, level int) uint64 {
	table := p.root
	for l := p.levels - 1; ; l-- {
		at := table + va>>(pageShift+9*l)&0x1ff*8
		if l == level {
			return at
		}
		pte := p.g.peek(at)
		if pte&pteV == 0 {
			pte = p.g.page()>>2 | pteV
			p.g.poke(at, pte)
		}
		table = pte & ptePPNMask << 2
	}
}

// set maps va to pa by a leaf at the given level and returns the PTE's address.
func (p *pageTable) set(va, pa uint64, level int, flags uint64) uint64 {
	at := p.slot(va, level)
	p.g.poke(at, pa>>2|flags)
	return at
}

// hart is an MMU with its first level.
type hart struct {
	*MMU
	l1 *FirstLevel
}

// openPMP lets S and U mode do everything.
func openPMP(m *MMU) {
	m.PMP().WriteAddr(0, pmpAddrMask)
	m.PMP().WriteCfg(0, pmpNAPOT|pmpR|pmpW|pmpX)
	m.PMPChanged()
}

func (g *guest) shared(change func(*Config)) *Shared {
	g.t.Helper()
	cfg := DefaultConfig()
	cfg.Prefetch = false
	if change != nil {
		change(&cfg)
	}
	s, err := NewShared(cfg, g.mem)
	if err != nil {
		g.t.Fatal(err)
	}
	return s
}

func (g *guest) hart(s *Shared) *hart {
	l1 := new(FirstLevel)
	h := &hart{NewMMU(l1, g.mem, s), l1}
	openPMP(h.MMU)
	return h
}

// user enters U-mode, kernel S-mode, in the given address space.
func (h *hart) user(satp Regime)   { h.Switch(satp, U, U, false, false) }
func (h *hart) kernel(satp Regime) { h.Switch(satp, S, S, false, false) }

// Translate is Access for tests that want an address.
func (h *hart) Translate(va, size uint64, acc Access) (pa uint64, f Fault) {
	s, f := h.Access(va, size, acc)
	return s.PA, f
}

// lookup is what the interpreter and native code do before they ask the MMU: both
// parts of the first level.
func (h *hart) lookup(va, size uint64, acc Access) (addend uintptr, hit bool) {
	if addend, hit = h.l1.probe(va, size, acc); hit || acc == Fetch {
		return addend, hit
	}
	return h.Far(va, size, acc == Store)
}

// probe asks the near part.
func (l *FirstLevel) probe(va, size uint64, acc Access) (addend uintptr, hit bool) {
	e, id := &l.Load[va>>12%FirstLevelEntries], l.DataID
	switch acc {
	case Store:
		e = &l.Store[va>>12%FirstLevelEntries]
	case Fetch:
		e, id = &l.Fetch[va>>12%FetchEntries], l.FetchID
	}
	return e.Addend, (va+size-1)&^0xfff|id == e.Tag
}

// access performs an access as the interpreter does: the first level, then
// Translate.
func (h *hart) access(va uint64, acc Access) (pa uint64, f Fault, hit bool) {
	add, hit := h.lookup(va, 1, acc)
	if !hit {
		pa, f = h.Translate(va, 1, acc)
		return pa, f, false
	}
	if acc == Fetch {
		return uint64(add) | va&0xfff, NoFault, true
	}
	base, _ := h.mem.Host(ramBase, 1)
	return uint64(uintptr(va)+add-base) + ramBase, NoFault, true
}

// want checks the outcome of an access.
func (h *hart) want(t testing.TB, va uint64, acc Access, pa uint64, f Fault) {
	t.Helper()
	gotPA, gotF, hit := h.access(va, acc)
	if gotF != f || f == NoFault && gotPA != pa {
		t.Fatalf("access %d at %#x: pa %#x fault %d (first-level hit: %v), want pa %#x fault %d", acc, va, gotPA, gotF, hit, pa, f)
	}
}

// wantHit checks that the first level alone serves the access, or that it does not.
func (h *hart) wantHit(t testing.TB, va uint64, acc Access, hit bool) {
	t.Helper()
	if _, got := h.lookup(va, 1, acc); got != hit {
		t.Fatalf("first-level hit for access %d at %#x: %v, want %v", acc, va, got, hit)
	}
}
