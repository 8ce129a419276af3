package host

// MXCSR returns the control and status register of SSE.
//
//go:noescape
func MXCSR() uint32

// Flags returns RFLAGS.
//
//go:noescape
func Flags() uint64

// DirectionFlag is its bit in Flags.
const DirectionFlag = 1 << 10

// X15 returns the register that Go's internal calling convention keeps zero.
//
//go:noescape
func X15() (low, high uint64)

// Uppers returns the upper halves of Y0 to Y15, or-ed together. The processor must
// have AVX.
//
//go:noescape
func Uppers() (low, high uint64)
