package pcie

import "encoding/binary"

// Registers of a function's configuration space, PCI Local Bus 3.0, chapter 6.1.
const (
	regVendor        = 0x00
	regDevice        = 0x02
	regCommand       = 0x04
	regStatus        = 0x06
	regRevision      = 0x08
	regClass         = 0x09
	regCacheLine     = 0x0c
	regBAR           = 0x10 // 4 bytes each
	regSubVendor     = 0x2c
	regSubsystem     = 0x2e
	regCapabilities  = 0x34
	regInterruptLine = 0x3c
	regInterruptPin  = 0x3d
	headerSize       = 0x40
	spaceSize        = 0x100
)

// Bits of command and status.
const (
	commandMemory      = 1 << 1
	commandMaster      = 1 << 2
	commandNoINTx      = 1 << 10
	commandBits        = commandMemory | commandMaster | commandNoINTx
	statusInterrupt    = 1 << 3
	statusCapabilities = 1 << 4
)

// Capability identifiers.
const (
	CapVendor  = 0x09
	capExpress = 0x10
)

// Bits of a 64-bit memory BAR.
const (
	bar64         = 2 << 1
	barPrefetch   = 1 << 3
	barAttributes = 0xf
)

// space is the registers of a function: bytes, and which bits of them software changes.
type space struct {
	bytes, mask [spaceSize]byte
}

func (s *space) u16(off int) uint16 { return binary.LittleEndian.Uint16(s.bytes[off:]) }
func (s *space) u64(off int) uint64 { return binary.LittleEndian.Uint64(s.bytes[off:]) }

func put16(b *[spaceSize]byte, off int, v uint16) { binary.LittleEndian.PutUint16(b[off:], v) }
func put64(b *[spaceSize]byte, off int, v uint64) { binary.LittleEndian.PutUint64(b[off:], v) }

// store changes the bits that software may change.
func (s *space) store(off, size int, v uint64) {
	for i := range size {
		m := s.mask[off+i]
		s.bytes[off+i] = s.bytes[off+i]&^m | byte(v>>(8*i))&m
	}
}

// load reads size bytes.
func (s *space) load(off, size int) (v uint64) {
	for i := range size {
		v |= uint64(s.bytes[off+i]) << (8 * i)
	}
	return v
}

// expressCapability is that of an endpoint that is integrated into the root complex (PCI Express 5.0, chapter 7.5.3):
// without a link, and without anything that software changes.
func expressCapability() Capability {
	const (
		size, version, integrated = 0x3c, 2, 9 << 4
		roleBasedErrors           = 1 << 15
	)
	c := Capability{Bytes: make([]byte, size), Mask: make([]byte, size)}
	c.Bytes[0] = capExpress
	binary.LittleEndian.PutUint16(c.Bytes[2:], version|integrated)
	binary.LittleEndian.PutUint32(c.Bytes[4:], roleBasedErrors)
	return c
}
