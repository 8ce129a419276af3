package pci

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/runtime/device/pcie"
)

// Structures that capabilities point to, chapter 4.1.4.
const (
	structCommon = iota + 1
	structNotify
	structISR
	structDevice
	structConfig // a way to the others that needs no BAR
)

// Layout of a capability.
const (
	capLength  = 2
	capType    = 3
	capBAR     = 4
	capOffset  = 8
	capSize    = 12
	capEnd     = 16 // then what the kind adds
	capData    = capEnd
	capDataEnd = capData + 4
)

// capability says where a structure is.
func capability(kind byte, offset, size uint32, more ...byte) pcie.Capability {
	b := make([]byte, capEnd, capEnd+len(more))
	b[0], b[capLength], b[capType], b[capBAR] = pcie.CapVendor, byte(capEnd+len(more)), kind, pcie.BAR
	binary.LittleEndian.PutUint32(b[capOffset:], offset)
	binary.LittleEndian.PutUint32(b[capSize:], size)
	return pcie.Capability{Bytes: append(b, more...)}
}

// capabilities are those of a device with that many queues.
func (t *Transport) capabilities(queues int) []pcie.Capability {
	access := capability(structConfig, 0, 0, 0, 0, 0, 0)
	access.Bytes[capBAR] = 0
	access.Mask = make([]byte, capDataEnd)
	for i := range access.Mask {
		if i == capBAR || i >= capOffset {
			access.Mask[i] = 0xff
		}
	}
	access.Access = t.accessConfig
	return []pcie.Capability{
		capability(structCommon, regionCommon, regionSize),
		capability(structISR, regionISR, regionSize),
		capability(structDevice, regionDevice, regionSize),
		capability(structNotify, regionNotify, max(notifyStride*uint32(queues), notifyStride), notifyStride, 0, 0, 0),
		access,
	}
}

// accessConfig carries out an access by way of configuration space (chapter 4.1.4.9): capability c says
// where, and has the data. What cannot be accessed does nothing.
func (t *Transport) accessConfig(c []byte, store bool) {
	off := uint64(binary.LittleEndian.Uint32(c[capOffset:]))
	size := binary.LittleEndian.Uint32(c[capSize:])
	if c[capBAR] != pcie.BAR || size != 1 && size != 2 && size != 4 || off%uint64(size) != 0 || off >= regionEnd {
		return
	}
	data := c[capData:capDataEnd]
	if store {
		t.Store(off, int(size), uint64(binary.LittleEndian.Uint32(data))&(1<<(8*size)-1))
		return
	}
	v, _ := t.Load(off, int(size))
	binary.LittleEndian.PutUint32(data, uint32(v))
}
