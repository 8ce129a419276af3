package aplic

import "github.com/hartwood-vm/hartwood/runtime/device"

// The control region.
const (
	regDomain     = 0x0000
	regSource     = 0x0004 // of source 1; those of the others follow
	regAddressesE = 0x1bd0
	regMachineHi  = 0x1bc4 // mmsiaddrcfgh
	regSetIP      = 0x1c00
	regSetIPNum   = 0x1cdc
	regInClrIP    = 0x1d00
	regClrIPNum   = 0x1ddc
	regSetIE      = 0x1e00
	regSetIENum   = 0x1edc
	regClrIE      = 0x1f00
	regClrIENum   = 0x1fdc
	regSetIPNumLE = 0x2000
	regGenMSI     = 0x3000
	regTarget     = 0x3004
	regIDC        = 0x4000

	domainFixed    = 0x80 << 24
	domainEnable   = 1 << 8
	domainMessages = 1 << 2
	addressLocked  = 1 << 31
)

// Size is the bytes of a domain's control region.
func Size(harts int) uint64 {
	const unit = 0x4000
	return (regIDC + uint64(harts)*idcSize + unit - 1) / unit * unit
}

// sourceOf returns which source's register off is, of those that begin at first; 0: none's.
func sourceOf(off, first uint64) int {
	if n := (off-first)/4 + 1; off >= first && n <= Sources {
		return int(n)
	}
	return 0
}

// wordOf returns which word of an array of bits off is.
func wordOf(off, first uint64) (i int, ok bool) {
	n := (off - first) / 4
	return int(n), off >= first && n < words
}

// Load reads a register; reserved ones are zero.
func (d *Domain) Load(off uint64, size int) (uint64, bool) {
	if size != 4 {
		return 0, false
	}
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	return uint64(d.load(off)), true
}

// load reads a register. Caller holds Controller.mu.
func (d *Domain) load(off uint64) uint32 {
	switch {
	case off == regDomain:
		v := domainFixed | domainEnable*bit(d.enabled)
		if !d.c.direct() {
			v |= domainMessages
		}
		return v
	case off < regAddressesE:
		if off == regMachineHi && d.level == device.MachineLevel && !d.c.direct() {
			return addressLocked
		}
		return uint32(d.source[sourceOf(off, regSource)])
	case off == regGenMSI:
		return d.message
	case off >= regIDC:
		if hart := (off - regIDC) / idcSize; hart < uint64(len(d.idcs)) {
			return d.loadIDC(int(hart), off%idcSize)
		}
	case off >= regTarget:
		return d.target[sourceOf(off, regTarget)]
	}
	if i, ok := wordOf(off, regSetIP); ok {
		return d.pending[i]
	}
	if i, ok := wordOf(off, regSetIE); ok {
		return d.enable[i]
	}
	if i, ok := wordOf(off, regInClrIP); ok {
		return d.inputs(i)
	}
	return 0
}

// inputs is a word of the sources' rectified wires.
func (d *Domain) inputs(word int) (v uint32) {
	for i := range 32 {
		if src := 32*word + i; src >= 1 && src <= Sources {
			v |= bit(d.rectified(src)) << i
		}
	}
	return v
}

// Store writes a register.
func (d *Domain) Store(off uint64, size int, v uint64) bool {
	if size != 4 {
		return false
	}
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	d.store(off, uint32(v))
	return true
}

// store writes a register. Caller holds Controller.mu.
func (d *Domain) store(off uint64, v uint32) {
	number := int(min(v, Sources+1))
	switch off {
	case regDomain:
		d.enabled = v&domainEnable != 0
		d.updateAll()
	case regSetIPNum, regSetIPNumLE:
		d.setPending(number)
	case regClrIPNum:
		d.clearPending(number)
	case regSetIENum:
		d.setEnable(number, true)
	case regClrIENum:
		d.setEnable(number, false)
	case regGenMSI:
		if !d.c.direct() { // it is on its way at once, so that Busy is never seen
			d.message = d.legalTarget(v)
			d.send(d.message)
		}
	default:
		d.storeArray(off, v)
	}
}

// storeArray writes a register of which each source, each 32 of them or each hart has one.
func (d *Domain) storeArray(off uint64, v uint32) {
	if off >= regIDC {
		if hart := (off - regIDC) / idcSize; hart < uint64(len(d.idcs)) {
			d.storeIDC(int(hart), off%idcSize, v)
		}
		return
	}
	if src := sourceOf(off, regSource); src != 0 {
		d.setSource(src, v)
	}
	if src := sourceOf(off, regTarget); src != 0 {
		d.setTarget(src, v)
	}
	for _, a := range [...]struct {
		first uint64
		set   func(src int)
	}{
		{regSetIP, d.setPending}, {regInClrIP, d.clearPending},
		{regSetIE, func(src int) { d.setEnable(src, true) }}, {regClrIE, func(src int) { d.setEnable(src, false) }},
	} {
		if i, ok := wordOf(off, a.first); ok {
			for n := range 32 {
				if v>>n&1 != 0 {
					a.set(32*i + n)
				}
			}
		}
	}
}
