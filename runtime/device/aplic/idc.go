package aplic

import "math/bits"

// idc is a hart's interrupt delivery control structure, of a domain that delivers directly.
type idc struct {
	delivery, force bool
	threshold       uint8
	level           bool // what Output was told last
}

// top returns the most urgent source that is pending and enabled for the hart, within its threshold, and its priority; 0: none.
// Smaller numbers are more urgent, of priorities first and then of sources.
func (d *Domain) top(hart int) (src int, priority uint32) {
	limit := uint32(d.idcs[hart].threshold)
	if limit == 0 {
		limit = targetPriority + 1
	}
	for i := range words {
		for w := d.pending[i] & d.enable[i]; w != 0; w &= w - 1 {
			s := 32*i + bits.TrailingZeros32(w)
			if t := d.target[s]; int(t>>targetHart) == hart && t&targetPriority < limit {
				src, limit = s, t&targetPriority
			}
		}
	}
	return src, limit
}

// topValue is the register topi.
func (d *Domain) topValue(hart int) uint32 {
	src, priority := d.top(hart)
	if src == 0 {
		return 0
	}
	return uint32(src)<<16 | priority
}

// claim is a read of claimi.
func (d *Domain) claim(hart int) uint32 {
	v := d.topValue(hart)
	if v == 0 {
		d.idcs[hart].force = false
		d.updateHart(hart)
	}
	d.clearPending(int(v >> 16))
	return v
}

// updateHart gives the hart's signal the level that follows from the registers.
func (d *Domain) updateHart(hart int) {
	if hart >= len(d.idcs) {
		return
	}
	i := &d.idcs[hart]
	up := false
	if d.enabled && i.delivery {
		src, _ := d.top(hart)
		up = i.force || src != 0
	}
	if up != i.level {
		i.level = up
		d.c.cfg.Output(d.level, hart, up)
	}
}

// Registers of the structure.
const (
	idcDelivery  = 0x00
	idcForce     = 0x04
	idcThreshold = 0x08
	idcTop       = 0x18
	idcClaim     = 0x1c
	idcSize      = 0x20
)

func (d *Domain) loadIDC(hart int, reg uint64) uint32 {
	i := &d.idcs[hart]
	switch reg {
	case idcDelivery:
		return bit(i.delivery)
	case idcForce:
		return bit(i.force)
	case idcThreshold:
		return uint32(i.threshold)
	case idcTop:
		return d.topValue(hart)
	case idcClaim:
		return d.claim(hart)
	}
	return 0
}

func (d *Domain) storeIDC(hart int, reg uint64, v uint32) {
	i := &d.idcs[hart]
	switch reg {
	case idcDelivery:
		if v <= 1 {
			i.delivery = v == 1
		}
	case idcForce:
		if v <= 1 {
			i.force = v == 1
		}
	case idcThreshold:
		i.threshold = uint8(v)
	default:
		return
	}
	d.updateHart(hart)
}

func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
