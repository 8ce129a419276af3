package plic

const (
	pendingBase   = 0x1000
	enableBase    = 0x2000
	enableStride  = 0x80
	contextBase   = 0x200000
	contextStride = 0x1000

	regThreshold = 0
	regClaim     = 4
)

// bank says which kind of register an offset is in.
type bank int

const (
	bankNone bank = iota
	bankPriority
	bankPending
	bankEnable
	bankThreshold
	bankClaim
)

// locate splits an offset into bank, context and index (a source for the
// priorities, a word for bitmaps).
func (d *Device) locate(off uint64) (b bank, ctx, index int) {
	switch {
	case off < pendingBase:
		if off/4 <= Sources {
			return bankPriority, 0, int(off / 4)
		}
	case off < enableBase:
		if i := (off - pendingBase) / 4; i < words {
			return bankPending, 0, int(i)
		}
	case off < contextBase:
		c, i := (off-enableBase)/enableStride, (off-enableBase)%enableStride/4
		if c < uint64(len(d.contexts)) && i < words {
			return bankEnable, int(c), int(i)
		}
	default:
		c := (off - contextBase) / contextStride
		if c >= uint64(len(d.contexts)) {
			break
		}
		switch (off - contextBase) % contextStride {
		case regThreshold:
			return bankThreshold, int(c), 0
		case regClaim:
			return bankClaim, int(c), 0
		}
	}
	return bankNone, 0, 0
}

// Load reads a 32-bit register; other sizes are refused. Registers that do not
// exist read as zero.
func (d *Device) Load(off uint64, size int) (uint64, bool) {
	if size != 4 {
		return 0, false
	}
	b, ctx, i := d.locate(off)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch b {
	case bankPriority:
		return uint64(d.priority[i]), true
	case bankPending:
		return uint64(d.pending[i]), true
	case bankEnable:
		return uint64(d.contexts[ctx].enable[i]), true
	case bankThreshold:
		return uint64(d.contexts[ctx].threshold), true
	case bankClaim:
		return uint64(d.claim(ctx)), true
	}
	return 0, true
}

// Store writes a 32-bit register; other sizes are refused. Pending bits and
// registers that do not exist ignore writes, and unimplemented priority bits are
// dropped.
func (d *Device) Store(off uint64, size int, v uint64) bool {
	if size != 4 {
		return false
	}
	b, ctx, i := d.locate(off)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch b {
	case bankPriority:
		d.setPriority(i, uint8(v&MaxPriority))
	case bankEnable:
		d.setEnable(ctx, i, uint32(v))
	case bankThreshold:
		d.setThreshold(ctx, uint8(v&MaxPriority))
	case bankClaim:
		d.complete(ctx, v&0xffff_ffff)
	}
	return true
}
