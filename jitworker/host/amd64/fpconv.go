package amd64

import (
	"math"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// hostModes are the modes of amd64.RoundXX by static rounding mode.
var hostModes = [...]uint8{
	toNearest: x86.RoundNearest, toZero: x86.RoundZero, toLower: x86.RoundDown, toUpper: x86.RoundUp,
	dynamic: x86.RoundMXCSR,
}

// convertToInt sets RAX to x as an integer. It must not be given a fraction that
// does not fit with modes toLower and toUpper: inexact would be raised.
func (c *Compiler) convertToInt(u *code.Uop, f x86.Float, x x86.Xmm, size int) {
	switch u.Rounding() {
	case toLower, toUpper:
		c.MovXX(x86.XMM0, x)
		c.RoundXX(f, x86.XMM0, x86.XMM0, hostModes[u.Rounding()])
		c.CvttRX(f, x86.RAX, x86.XMM0, size)
	case toZero:
		c.CvttRX(f, x86.RAX, x, size)
	default:
		c.CvtRX(f, x86.RAX, x, size)
	}
}

// roundInt compiles roundings to integers that stay floats.
func roundInt(f x86.Float, quiet uint8) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		if f == x86.F32 {
			c.single(u.Rs1)
		}
		d := c.dstX(u.Rd, x86.XMM0)
		c.loadX(d, u.Rs1)
		c.RoundXX(f, d, d, hostModes[u.Rounding()]|quiet)
		c.canonical(f, d)
		c.putX(u.Rd, d)
	}
}

// smallBits are the bits, without the sign, of the largest float that is a 32-bit
// integer however it is rounded.
var smallBits = [...]int64{x86.F32: int64(math.Float32bits(1<<31 - 128)), x86.F64: int64(math.Float64bits(1<<31 - 1))}

// onlySmall goes to slow if x is not in the range of 32-bit integers. Fractions of
// 64-bit ones need no such test: a float without room for the integer has none.
func (c *Compiler) onlySmall(f x86.Float, x x86.Xmm, slow x86.Label) {
	c.MovRX(f, x86.RAX, x)
	if f == x86.F32 {
		c.AluRR32(x86.ADD, x86.RAX, x86.RAX)
	} else {
		c.AluRR(x86.ADD, x86.RAX, x86.RAX)
	}
	c.MovRI(x86.RCX, smallBits[f]<<1)
	c.AluRR(x86.CMP, x86.RAX, x86.RCX)
	c.Jcc(x86.A, slow)
}

// toInt compiles conversions to signed integers. The host gives the smallest integer
// for what does not fit, and raises invalid alone, as it should be; the interpreter
// makes the result then.
func toInt(f x86.Float, size int) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		if f == x86.F32 {
			c.single(u.Rs1)
		}
		c.putInt(u, f, c.getX(u.Rs1, x86.XMM0), size)
	}
}

// putInt stores x as a signed integer.
func (c *Compiler) putInt(u *code.Uop, f x86.Float, x x86.Xmm, size int) {
	resume := c.NewLabel()
	slow := c.interpretAside(resume)
	if size == 4 && (u.Rounding() == toLower || u.Rounding() == toUpper) {
		c.onlySmall(f, x, slow)
	}
	c.convertToInt(u, f, x, size)
	if size == 4 {
		c.AluRI32(x86.CMP, x86.RAX, 1) // overflows for the smallest integer
		c.Jcc(x86.O, slow)
		c.putWord(u.Rd)
	} else {
		c.AluRI(x86.CMP, x86.RAX, 1)
		c.Jcc(x86.O, slow)
		c.put(u.Rd, x86.RAX)
	}
	c.Bind(resume)
}

// unsignedLimits are the bits of the smallest float, by format and by size, that
// native code does not convert to an unsigned integer: 2^63 and, as what is larger
// may be rounded up to 2^32, the one behind 2^32-1.
var unsignedLimits = [...]map[int]uint64{
	x86.F32: {4: uint64(math.Float32bits(1 << 32)), 8: uint64(math.Float32bits(1 << 63))},
	x86.F64: {4: math.Float64bits(1<<32-1) + 1, 8: math.Float64bits(1 << 63)},
}

// toUint compiles conversions to unsigned integers, by way of signed ones for the
// floats that fit whatever the rounding; negative ones have large bits. The others
// must not reach the host's instruction, which might raise inexact.
func toUint(f x86.Float, size int) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		if f == x86.F32 {
			c.single(u.Rs1)
		}
		c.putUint(u, f, c.getX(u.Rs1, x86.XMM0), size)
	}
}

// putUint stores x as an unsigned integer.
func (c *Compiler) putUint(u *code.Uop, f x86.Float, x x86.Xmm, size int) {
	resume := c.NewLabel()
	slow := c.interpretAside(resume)
	c.MovRX(f, x86.RAX, x)
	c.MovRI(x86.RCX, int64(unsignedLimits[f][size]))
	c.AluRR(x86.CMP, x86.RAX, x86.RCX)
	c.Jcc(x86.AE, slow)
	c.convertToInt(u, f, x, 8)
	if size == 4 {
		c.putWord(u.Rd)
	} else {
		c.put(u.Rd, x86.RAX)
	}
	c.Bind(resume)
}

// exactBits is the size of integers that every double can hold, but for one.
const exactBits = 53

// fromInt compiles conversions from integers. Those to doubles take any rounding
// mode if the integer is small; the others are the interpreter's in odd modes.
func fromInt(f x86.Float, size int, signed bool) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		small := f == x86.F64 && size == 8 && u.Rounding() != dynamic && u.Rounding() != toNearest
		resume := c.NewLabel()
		slow := c.interpretAside(resume)
		r := c.get(u.Rs1, x86.RAX)
		wide := size
		switch {
		case small && signed:
			c.MovRI(x86.RCX, 1<<exactBits)
			c.AluRR(x86.ADD, x86.RCX, r)
			c.ShiftRI(x86.SHR, x86.RCX, exactBits+1)
			c.Jcc(x86.NE, slow)
		case small:
			c.MovRR(x86.RCX, r)
			c.ShiftRI(x86.SHR, x86.RCX, exactBits)
			c.Jcc(x86.NE, slow)
		case !signed && size == 4:
			c.MovRR32(x86.RAX, r)
			r, wide = x86.RAX, 8
		case !signed:
			c.TestRR(r, r)
			c.Jcc(x86.S, slow)
		}
		d := c.dstX(u.Rd, x86.XMM0)
		if f == x86.F32 {
			c.Ones(d) // the box
		} else {
			c.VopXX(x86.VXOR, d, d)
		}
		c.CvtXR(f, d, r, wide)
		c.putX(u.Rd, d)
		c.Bind(resume)
	}
}

// widen compiles the conversion from single to double.
func widen(c *Compiler, u *code.Uop) {
	c.single(u.Rs1)
	d := c.dstX(u.Rd, x86.XMM0)
	c.loadX(d, u.Rs1)
	c.CvtXX(x86.F32, d, d)
	c.canonical(x86.F64, d)
	c.putX(u.Rd, d)
}

// narrow compiles the conversion from double to single.
func narrow(c *Compiler, u *code.Uop) {
	x := c.getX(u.Rs1, x86.XMM0)
	d := c.dstX(u.Rd, x86.XMM1)
	if d == x {
		d = x86.XMM1
	}
	c.Ones(d)
	c.CvtXX(x86.F64, d, x)
	c.canonical(x86.F32, d)
	c.putX(u.Rd, d)
}
