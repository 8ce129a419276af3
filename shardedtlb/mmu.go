package shardedtlb

import "github.com/hartwood-vm/hartwood/shardedtlb/physmem"

// Access is what an access wants to do. LR is a Load; SC and AMOs are Stores.
type Access uint8

const (
	Fetch Access = iota // execute
	Load                // read
	Store               // write, or read and write
)

// Priv is a privilege level, encoded as in mstatus.MPP.
type Priv uint8

const (
	U Priv = 0
	S Priv = 1
	M Priv = 3
)

// Fault is the outcome of a translation. The caller makes it an exception of the
// kind of its access: PageFault of a Load is a load page fault.
type Fault uint8

const (
	NoFault Fault = iota
	PageFault
	AccessFault
)

// MMU is one hart's view of memory. It belongs to whoever owns the hart; only
// Stats may be called by others.
type MMU struct {
	l1     *FirstLevel
	shared *Shared
	tables

	// The current views, and what Switch made them from.
	regime Regime
	mode   viewMode
	env    uint8
	data   view
	fetch  view
	ids    viewIDs
	dataID uint64 // l1.DataID as data says; native code may have changed SUM since

	// Pages that the first level (or a jump cache filled by way of it) may know.
	frags   fragFilter
	fetched pageFilter

	// The second level.
	tab        *table // nil until the first translation
	private    *table
	minEpochs  minEpochs
	class      uint16 // of the PMP, see classes; 0 is not yet known
	window     uint32 // look-ups and hits in the current window of the Hybrid strategy
	windowHits uint32
	choice     chooser

	fetches   bool // Fetch may have entries
	farLoads  bool // FarLoad may have entries
	farStores farStores

	ahead *prefetcher // nil if off or not needed yet

	perShard []shardCount
	lookups  uint32 // since perShard was delivered
	stats    published
}

// NewMMU makes the MMU of a hart that has just been reset: M-mode, identity
// mapping, every PMP entry off. l1 is the first level in the hart's state block.
func NewMMU(l1 *FirstLevel, mem *physmem.Memory, shared *Shared) *MMU {
	m := &MMU{tables: tables{mem: mem, pmp: PMP{fine: shared.cfg.PMPGranularity == FinePMP}}, l1: l1, shared: shared}
	m.ids.init()
	m.FlushFirstLevel()
	m.mode = packMode(M, M, false, false)
	m.selectViews()
	return m
}

// Reset brings the MMU to the state of NewMMU; what it has counted stays.
func (m *MMU) Reset() {
	m.pmp = PMP{fine: m.shared.cfg.PMPGranularity == FinePMP}
	m.SetEnv(false, false)
	m.Switch(0, M, M, false, false)
	m.PMPChanged()
	m.FenceAll()
}

// PMP returns the hart's physical-memory-protection registers. After a write to
// them call PMPChanged.
func (m *MMU) PMP() *PMP { return &m.pmp }

// SplitsPage reports whether the PMP may judge bytes of pa's page differently, so that
// what one of them may be used for says nothing about the others.
func (m *MMU) SplitsPage(pa uint64) bool { return m.pmp.splitsPage(pa) }

// PMPChanged makes a PMP write effective: nothing that the first level or a jump
// cache learnt before it is hit again. The second level needs no fence, for the
// PMP is part of its keys and judges every physical address again.
func (m *MMU) PMPChanged() {
	m.class = 0
	m.forgetAll()
}
