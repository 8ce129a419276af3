package virtio

// Bits of the device status, chapter 2.1.
const (
	StatusAcknowledge = 1
	StatusDriver      = 2
	StatusDriverOK    = 4
	StatusFeaturesOK  = 8
	StatusNeedsReset  = 64
	StatusFailed      = 128

	// statusBits are those that a driver sets.
	statusBits = StatusAcknowledge | StatusDriver | StatusDriverOK | StatusFeaturesOK | StatusFailed
)

// Feature bits that belong to all devices, chapter 6.
const (
	FeatureIndirect = 1 << 28
	FeatureEventIdx = 1 << 29
	FeatureVersion1 = 1 << 32

	commonFeatures = FeatureIndirect | FeatureEventIdx | FeatureVersion1
)

// Device identifiers, chapter 5.
const (
	IDNone    = 0
	IDNetwork = 1
	IDBlock   = 2
	IDConsole = 3
	IDEntropy = 4
	// IDFileSystem is of version 1.1.
	IDFileSystem = 26
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
