package difftest

import "encoding/binary"

// integer draws a register value: mostly one near which something changes.
func integer(d *dice) uint64 {
	one := uint64(1) << d.n(64)
	switch d.n(9) {
	case 0:
		return 0
	case 1:
		return one
	case 2:
		return one - 1
	case 3:
		return ^one
	case 4:
		return uint64(int64(int32(d.u64())))
	case 5:
		return uint64(d.between(0, 32)) - 16
	case 6:
		return d.u64() >> d.n(64)
	case 7:
		return double(d)
	}
	return d.u64()
}

// format is the shape of a floating-point format.
type format struct{ fraction, exponent uint }

var (
	binary16 = format{10, 5}
	binary32 = format{23, 8}
	binary64 = format{52, 11}
)

// draw draws a number of the format, special ones and close ones preferred.
func (f format) draw(d *dice) uint64 {
	top := uint64(1)<<f.exponent - 1
	bias := top / 2
	mask := uint64(1)<<f.fraction - 1
	exp := bias + uint64(d.between(0, 8)) - 4
	switch d.n(8) {
	case 0:
		exp = 0
	case 1:
		exp = top
	case 2:
		exp = d.u64() & top
	case 3:
		exp = bias + uint64(f.fraction) + uint64(d.between(0, 4)) - 2 // where integers end
	case 4:
		exp = pick(d, []uint64{1, 2, top - 1, top - 2, bias - uint64(f.fraction), bias + 31, bias + 63, bias + 15})
	}
	frac := d.u64() & mask
	switch d.n(6) {
	case 0:
		frac = 0
	case 1:
		frac = 1 << d.n(int(f.fraction))
	case 2:
		frac = mask ^ 1<<d.n(int(f.fraction))
	case 3:
		frac &= mask << d.n(int(f.fraction))
	}
	return d.u64()&1<<(f.exponent+f.fraction) | exp&top<<f.fraction | frac&mask
}

// double draws the content of an f register: a double, or a narrower number in its box.
func double(d *dice) uint64 {
	switch d.n(8) {
	case 0, 1:
		return binary32.draw(d) | 0xffffffff<<32
	case 2, 3:
		return binary16.draw(d) | 0xffffffffffff<<16
	case 4:
		return d.u64() // boxes that are not closed
	}
	return binary64.draw(d)
}

// fillData sets a program's data to what seed stands for: zeros for 0. Recorded
// programs rely on it: it must not change.
func fillData(p []byte, seed uint64) {
	if seed == 0 {
		clear(p)
		return
	}
	for i := 0; i < len(p); i += 8 {
		seed += 0x9e3779b97f4a7c15 // SplitMix64
		z := seed
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		switch z * 0xd1342543de82ef95 >> 60 {
		case 0: // a double near 1
			z = z&^(0x7ff<<52) | (0x3f8+z>>48&7)<<52
		case 1: // a boxed single near 1
			z = z&^(0xff<<23) | (0x7c+z>>48&7)<<23 | 0xffffffff<<32
		case 2: // a boxed NaN or infinity
			z = z&(1<<31|1<<22|1) | 0xff<<23 | 0xffffffff<<32
		case 3: // a NaN or infinity
			z = z&(1<<63|1<<51|1) | 0x7ff<<52
		case 4:
			z = uint64(int64(int16(z)))
		}
		binary.LittleEndian.PutUint64(p[i:], z)
	}
}
