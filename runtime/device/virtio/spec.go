package virtio

// Registers of the memory-mapped transport, chapter 4.2.2, and of its version 1,
// chapter 4.2.4.
const (
	RegMagic             = 0x000
	RegVersion           = 0x004
	RegDeviceID          = 0x008
	RegVendorID          = 0x00c
	RegDeviceFeatures    = 0x010
	RegDeviceFeaturesSel = 0x014
	RegDriverFeatures    = 0x020
	RegDriverFeaturesSel = 0x024
	RegGuestPageSize     = 0x028 // version 1
	RegQueueSel          = 0x030
	RegQueueSizeMax      = 0x034
	RegQueueSize         = 0x038
	RegQueueAlign        = 0x03c // version 1
	RegQueuePFN          = 0x040 // version 1
	RegQueueReady        = 0x044
	RegQueueNotify       = 0x050
	RegInterruptStatus   = 0x060
	RegInterruptACK      = 0x064
	RegStatus            = 0x070
	RegQueueDescLow      = 0x080
	RegQueueDescHigh     = 0x084
	RegQueueDriverLow    = 0x090
	RegQueueDriverHigh   = 0x094
	RegQueueDeviceLow    = 0x0a0
	RegQueueDeviceHigh   = 0x0a4
	RegSHMLenLow         = 0x0b0
	RegSHMBaseHigh       = 0x0bc
	RegConfigGeneration  = 0x0fc
	RegConfig            = 0x100

	// Size is the bytes of address space a device takes.
	Size = 0x1000

	magic         = 0x74726976 // "virt"
	version       = 2
	legacyVersion = 1
	// vendorID is "QEMU": what drivers that look at it compare it with.
	vendorID = 0x554d4551
)

// Bits of the device status, chapter 2.1.
const (
	StatusAcknowledge = 1
	StatusDriver      = 2
	StatusDriverOK    = 4
	StatusFeaturesOK  = 8
	StatusNeedsReset  = 64
	StatusFailed      = 128
)

// Feature bits that belong to the transport and the queues, chapter 6.
const (
	FeatureAnyLayout = 1 << 27 // of version 1
	FeatureIndirect  = 1 << 28
	FeatureEventIdx  = 1 << 29
	FeatureVersion1  = 1 << 32

	commonFeatures = FeatureIndirect | FeatureEventIdx | FeatureVersion1
	legacyFeatures = FeatureIndirect | FeatureEventIdx | FeatureAnyLayout
)

// Bits of InterruptStatus.
const (
	InterruptUsed   = 1
	InterruptConfig = 2
)

// Device identifiers, chapter 5.
const (
	IDNone    = 0
	IDBlock   = 2
	IDConsole = 3
	IDEntropy = 4
)

// Descriptor flags, chapter 2.7.5, and the driver's wish for no interrupts.
const (
	descNext     = 1
	descWrite    = 2
	descIndirect = 4

	availNoInterrupt = 1
)

const (
	// MaxQueueSize is the largest size of a split virtqueue.
	MaxQueueSize = 32768
	// MaxSegments is how many pieces of memory one request may have.
	MaxSegments = 1024

	descSize = 16
)
