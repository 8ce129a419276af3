package pflash

import "math/bits"

// identification is one chip's answer to cmdID by word: manufacturer and device, as QEMU's virt has them. No sector is locked.
func identification(at uint64) uint16 {
	switch at & 0xff {
	case 0:
		return 0x89
	case 1:
		return 0x18
	}
	return 0
}

// query is one chip's answer to cmdCFI by word (JEDEC JESD68.01): a chip of half the bank, uniform in half the sectors.
func query(at uint64) byte {
	const (
		chips   = 2
		sectors = Size / sector
		perChip = sector / chips
	)
	table := map[uint64]byte{
		0x10: 'Q', 0x11: 'R', 0x12: 'Y',
		0x13: 1,                // Intel's command set, with its table at
		0x15: 0x31,             //
		0x1b: 0x45, 0x1c: 0x55, // Vcc
		0x1f: 7, 0x20: 7, 0x21: 10, // typical times: a word, a buffer, a sector
		0x23: 4, 0x24: 4, 0x25: 4, // and how much longer they may take
		0x27: byte(bits.Len(Size/chips - 1)),
		0x28: 2,                               // 8 and 16 bits wide
		0x2a: byte(bits.Len(block/chips - 1)), // buffer
		0x2c: 1,                               // region of equal sectors
		0x2d: byte(sectors - 1),               // their number but one, two bytes,
		0x2e: byte((sectors - 1) >> 8),        //
		0x2f: byte(perChip >> 8 & 0xff),       // and size by 256
		0x30: byte(perChip >> 16),             //
		0x31: 'P', 0x32: 'R', 0x33: 'I', 0x34: '1', 0x35: '0', 0x3f: 1,
	}
	return table[at]
}
