package isa

// Operand fields of the compressed formats (unprivileged manual, "C", table
// of compressed formats), each defined here and nowhere else.

// smallReg is a three-bit register, in the low bits of v.
func smallReg(v uint32) uint8 { return uint8(v&7) + 8 }

func fullRs2(raw uint32) uint8 { return uint8(raw >> 2 & 31) }

// bitsAt moves the n bits of raw that start at bit from to bit to.
func bitsAt(raw uint32, from, n, to uint) int32 {
	return int32(raw >> from & (1<<n - 1) << to)
}

// signed extends the sign of an n-bit value.
func signed(v int32, n uint) int32 { return v << (32 - n) >> (32 - n) }

func imm6(raw uint32) int32 {
	return signed(bitsAt(raw, 12, 1, 5)|bitsAt(raw, 2, 5, 0), 6)
}

func offsetW(raw uint32) int32 {
	return bitsAt(raw, 5, 1, 6) | bitsAt(raw, 10, 3, 3) | bitsAt(raw, 6, 1, 2)
}

func offsetD(raw uint32) int32 {
	return bitsAt(raw, 5, 2, 6) | bitsAt(raw, 10, 3, 3)
}

func offsetB(raw uint32) int32 {
	return bitsAt(raw, 5, 1, 1) | bitsAt(raw, 6, 1, 0)
}

func offsetH(raw uint32) int32 { return bitsAt(raw, 5, 1, 1) }

func offsetLoadSPW(raw uint32) int32 {
	return bitsAt(raw, 2, 2, 6) | bitsAt(raw, 12, 1, 5) | bitsAt(raw, 4, 3, 2)
}

func offsetLoadSPD(raw uint32) int32 {
	return bitsAt(raw, 2, 3, 6) | bitsAt(raw, 12, 1, 5) | bitsAt(raw, 5, 2, 3)
}

func offsetStoreSPW(raw uint32) int32 {
	return bitsAt(raw, 7, 2, 6) | bitsAt(raw, 9, 4, 2)
}

func offsetStoreSPD(raw uint32) int32 {
	return bitsAt(raw, 7, 3, 6) | bitsAt(raw, 10, 3, 3)
}

func offsetAddi4spn(raw uint32) int32 {
	return bitsAt(raw, 7, 4, 6) | bitsAt(raw, 11, 2, 4) | bitsAt(raw, 5, 1, 3) | bitsAt(raw, 6, 1, 2)
}

func immAddi16sp(raw uint32) int32 {
	return signed(bitsAt(raw, 12, 1, 9)|bitsAt(raw, 3, 2, 7)|bitsAt(raw, 5, 1, 6)|
		bitsAt(raw, 2, 1, 5)|bitsAt(raw, 6, 1, 4), 10)
}

func immJump(raw uint32) int32 {
	return signed(bitsAt(raw, 12, 1, 11)|bitsAt(raw, 8, 1, 10)|bitsAt(raw, 9, 2, 8)|
		bitsAt(raw, 6, 1, 7)|bitsAt(raw, 7, 1, 6)|bitsAt(raw, 2, 1, 5)|
		bitsAt(raw, 11, 1, 4)|bitsAt(raw, 3, 3, 1), 12)
}

func immBranch(raw uint32) int32 {
	return signed(bitsAt(raw, 12, 1, 8)|bitsAt(raw, 5, 2, 6)|bitsAt(raw, 2, 1, 5)|
		bitsAt(raw, 10, 2, 3)|bitsAt(raw, 3, 2, 1), 9)
}
