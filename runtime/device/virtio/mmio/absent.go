package mmio

// Absent is a slot without a device: it identifies itself as a placeholder
// (device ID 0) and ignores everything else.
type Absent struct {
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

// Reset does nothing.
func (Absent) Reset() {}

// Close does nothing.
func (Absent) Close() error { return nil }
