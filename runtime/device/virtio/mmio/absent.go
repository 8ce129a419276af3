package mmio

import "github.com/hartwood-vm/hartwood/runtime/device"

// Absent is a slot without a device: it identifies itself as a placeholder
// (device ID 0) and ignores everything else.
type Absent struct {
	device.Stateless
	Legacy bool // as Config.Legacy
}

// Load answers the identification registers.
func (a Absent) Load(off uint64, size int) (uint64, bool) {
	if size == 4 {
		switch off {
		case RegMagic:
			return magic, true
		case RegVersion:
			return versionOf(a.Legacy), true
		case RegVendorID:
			return vendorID, true
		}
	}
	return 0, true
}

// Store is ignored.
func (Absent) Store(uint64, int, uint64) bool { return true }
