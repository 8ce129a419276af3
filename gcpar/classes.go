package gcpar

import "github.com/hartwood-vm/hartwood/vcpu/mutator"

const (
	granuleBits = 4 // log2 of mutator.Granule
	blockBits   = 15
	blockSize   = 1 << blockBits // bytes
	// blockGranules and blockWords are granules of a block, and words of 64 granules.
	blockGranules = blockSize / mutator.Granule
	blockWords    = blockGranules / 64
)

// slotSizes are the sizes of small objects in bytes: every granule at first, then some
// 16 % apart, then what divides a block well.
var slotSizes = [...]uint32{
	16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 272, 320, 384, 448, 528, 624, 736, 880, 1024, 1200, 1424, 1632,
	1920, 2336, 2720, 3264, 4096, 4672, 5456, 6544, 8192, 10912, mutator.MaxSmall,
}

// Every class needs its Buffer.
var _ [mutator.Classes - len(slotSizes)]struct{}

// classOf is the class of the smallest slot that holds n granules.
func classOf(granules int) int {
	c := 0
	for int(slotSizes[c])/mutator.Granule < granules {
		c++
	}
	return c
}
