package shardedtlb

// Regime identifies a translation regime: page tables, and the address space that they make. It is encoded as satp, with
// mode, ASID and root. What caches translations has the whole of it in its keys and looks inside by the methods here alone,
// so that a regime of two stages can be a value of a mode that satp does not have.
type Regime uint64

// levelsBare is levels' answer for no translation.
const levelsBare = 0xff

// levels returns the depth of the page table; 0 for a mode that does not exist.
func (r Regime) levels() uint8 {
	switch r >> 60 {
	case 0:
		return levelsBare
	case 8:
		return 3
	case 9:
		return 4
	case 10:
		return 5
	}
	return 0
}

// asid returns the address-space identifier.
func (r Regime) asid() uint16 { return uint16(r >> 44) }

// root returns the physical address of the topmost page table.
func (r Regime) root() uint64 { return uint64(r) & (1<<44 - 1) << pageShift }

// WithoutASID returns the regime of the same page tables that has ASID 0.
func (r Regime) WithoutASID() Regime { return r &^ (0xffff << 44) }

// Translates reports whether addresses in the regime are virtual.
func (r Regime) Translates() bool { return r.levels() != levelsBare }

// canonical reports whether va is one of the addresses that a page table of that
// depth translates: the bits above its highest one are copies of it.
func canonical(va uint64, levels uint8) bool {
	shift := 64 - (pageShift + 9*levels)
	return levels != 0 && int64(va<<shift)>>shift == int64(va)
}
