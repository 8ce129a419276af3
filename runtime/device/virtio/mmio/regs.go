package mmio

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
	// featureAnyLayout is offered by devices of version 1 alone; here every driver may lay its requests out as it likes.
	featureAnyLayout = 1 << 27

	// vendorID is "QEMU": what drivers that look at it compare it with.
	vendorID = 0x554d4551
)

// Bits of InterruptStatus.
const (
	interruptUsed   = 1
	interruptConfig = 2
)
