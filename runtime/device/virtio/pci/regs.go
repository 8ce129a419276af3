package pci

import "github.com/hartwood-vm/hartwood/runtime/device/virtio"

// Regions of the BAR, as QEMU has them.
const (
	regionCommon = 0x0000
	regionISR    = 0x1000
	regionDevice = 0x2000
	regionNotify = 0x3000
	regionSize   = 0x1000
	regionEnd    = 0x4000

	// notifyStride is the bytes from a queue's notification to the next one's.
	notifyStride = 4
)

// Registers of the common configuration, chapter 4.1.4.3.
const (
	RegDeviceFeatureSelect = 0x00
	RegDeviceFeature       = 0x04
	RegDriverFeatureSelect = 0x08
	RegDriverFeature       = 0x0c
	RegConfigVector        = 0x10
	RegNumQueues           = 0x12
	RegStatus              = 0x14
	RegConfigGeneration    = 0x15
	RegQueueSelect         = 0x16
	RegQueueSize           = 0x18
	RegQueueVector         = 0x1a
	RegQueueEnable         = 0x1c
	RegQueueNotifyOff      = 0x1e
	RegQueueDesc           = 0x20
	RegQueueDriver         = 0x28
	RegQueueDevice         = 0x30
	RegQueueEnd            = 0x38
)

// noVector is what the vector registers hold that lead to no message.
const noVector = 0xffff

// Bits of the ISR.
const (
	isrQueue  = 1
	isrConfig = 2
)

// classOf is the PCI class of a device type, as QEMU has them.
func classOf(id uint32) uint32 {
	switch id {
	case virtio.IDBlock:
		return 0x010000 // mass storage, SCSI
	case virtio.IDNetwork:
		return 0x020000 // Ethernet
	case virtio.IDConsole:
		return 0x078000 // another communication controller
	}
	return 0x00ff00 // none of the classes
}
