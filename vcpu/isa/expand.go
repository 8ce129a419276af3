package isa

import "math/bits"

const (
	regRA = 1
	regSP = 2
)

// compressedIndex maps the quadrant and the bits 15..13, 12..10 and 6..5,
// which tell all but a few forms apart, to a list in compressedLists.
var (
	compressedIndex [1 << 10]uint16
	compressedLists []*compressedRow
)

const compressedKeyMask = 0xfc63

func compressedKey(raw uint32) uint32 {
	return raw&3 | raw>>3&0xc | raw>>6&0x3f0
}

// buildCompressedIndex lists for each key the rows that may match, narrowest
// first, each list ended by nil.
func buildCompressedIndex() {
	var byKey [len(compressedIndex)][]*compressedRow
	for width := 16; width > 0; width-- {
		for i := range compressedRows {
			r := &compressedRows[i]
			if bits.OnesCount16(r.mask) != width {
				continue
			}
			free := compressedKeyMask &^ uint32(r.mask)
			forEachFill(uint32(r.match)&compressedKeyMask, free, func(raw uint32) {
				k := compressedKey(raw)
				byKey[k] = append(byKey[k], r)
			})
		}
	}
	compressedLists = append(compressedLists[:0], nil) // list 0 is the empty one
	for k, list := range byKey {
		if len(list) > 0 {
			compressedIndex[k] = uint16(len(compressedLists))
			compressedLists = append(append(compressedLists, list...), nil)
		}
	}
}

// compressedRowOf returns the row of a 16-bit encoding, nil if there is none.
// The operands may still be reserved.
func compressedRowOf(raw uint32) *compressedRow {
	for _, r := range compressedLists[compressedIndex[compressedKey(raw)]:] {
		if r == nil || raw&uint32(r.mask) == uint32(r.match) {
			return r
		}
	}
	return nil
}

// Compressed returns the mnemonic of the compressed instruction in the low 16
// bits of raw, such as "c.addi", and the extension that brings it; "" and
// ExtNone if Decode would not accept it as one. It is for reports: the
// instruction behaves as the base instruction that Decode returns.
func Compressed(raw uint32) (name string, ext Extension) {
	if raw&3 == 3 || Decode(raw).Op == ILLEGAL {
		return "", ExtNone
	}
	r := compressedRowOf(raw & 0xffff)
	return r.name, r.ext
}

// decodeCompressed expands a 16-bit encoding; the upper half of raw is zero.
func decodeCompressed(raw uint32) Insn {
	r := compressedRowOf(raw)
	if r == nil {
		return Insn{Raw: raw}
	}
	in := Insn{Op: r.op, Raw: raw}
	if r.format <= cStoreSPD {
		expandMemory(&in, r.format, raw)
	} else {
		expandArithmetic(&in, r.format, raw)
	}
	reserved := false
	switch r.need {
	case needRd:
		reserved = raw>>7&31 == 0
	case needRs2:
		reserved = raw>>2&31 == 0
	case needImm:
		reserved = in.Imm == 0
	}
	if reserved {
		return Insn{Raw: raw}
	}
	return in
}

// expandMemory fills the operands of the forms that address memory, and of
// C.ADDI4SPN, which is shaped like them.
func expandMemory(in *Insn, format compressedFormat, raw uint32) {
	small, base := smallReg(raw>>2), smallReg(raw>>7)
	switch format {
	case cAddi4spn:
		in.Rd, in.Rs1, in.Imm = small, regSP, offsetAddi4spn(raw)
	case cLoadW:
		in.Rd, in.Rs1, in.Imm = small, base, offsetW(raw)
	case cLoadD:
		in.Rd, in.Rs1, in.Imm = small, base, offsetD(raw)
	case cLoadB:
		in.Rd, in.Rs1, in.Imm = small, base, offsetB(raw)
	case cLoadH:
		in.Rd, in.Rs1, in.Imm = small, base, offsetH(raw)
	case cStoreW:
		in.Rs2, in.Rs1, in.Imm = small, base, offsetW(raw)
	case cStoreD:
		in.Rs2, in.Rs1, in.Imm = small, base, offsetD(raw)
	case cStoreB:
		in.Rs2, in.Rs1, in.Imm = small, base, offsetB(raw)
	case cStoreH:
		in.Rs2, in.Rs1, in.Imm = small, base, offsetH(raw)
	case cLoadSPW:
		in.Rd, in.Rs1, in.Imm = fieldRd(raw), regSP, offsetLoadSPW(raw)
	case cLoadSPD:
		in.Rd, in.Rs1, in.Imm = fieldRd(raw), regSP, offsetLoadSPD(raw)
	case cStoreSPW:
		in.Rs2, in.Rs1, in.Imm = fullRs2(raw), regSP, offsetStoreSPW(raw)
	case cStoreSPD:
		in.Rs2, in.Rs1, in.Imm = fullRs2(raw), regSP, offsetStoreSPD(raw)
	}
}

// expandArithmetic fills the operands of all other forms.
func expandArithmetic(in *Insn, format compressedFormat, raw uint32) {
	rd, small := fieldRd(raw), smallReg(raw>>7)
	switch format {
	case cImm:
		in.Rd, in.Rs1, in.Imm = rd, rd, imm6(raw)
	case cImmZero:
		in.Rd, in.Imm = rd, imm6(raw)
	case cUpper:
		in.Rd, in.Imm = rd, imm6(raw)<<12
	case cAddi16sp:
		in.Rd, in.Rs1, in.Imm = regSP, regSP, immAddi16sp(raw)
	case cShift:
		in.Rd, in.Rs1, in.Imm = rd, rd, imm6(raw)&0x3f
	case cShiftS:
		in.Rd, in.Rs1, in.Imm = small, small, imm6(raw)&0x3f
	case cAndi:
		in.Rd, in.Rs1, in.Imm = small, small, imm6(raw)
	case cArith:
		in.Rd, in.Rs1, in.Rs2 = small, small, smallReg(raw>>2)
	case cUnary, cZextW:
		in.Rd, in.Rs1 = small, small
	case cZextB:
		in.Rd, in.Rs1, in.Imm = small, small, 0xff
	case cNot:
		in.Rd, in.Rs1, in.Imm = small, small, -1
	case cMove:
		in.Rd, in.Rs2 = rd, fullRs2(raw)
	case cAdd:
		in.Rd, in.Rs1, in.Rs2 = rd, rd, fullRs2(raw)
	case cJump:
		in.Imm = immJump(raw)
	case cBranch:
		in.Rs1, in.Imm = small, immBranch(raw)
	case cJumpReg:
		in.Rs1 = rd
	case cLinkReg:
		in.Rd, in.Rs1 = regRA, rd
	}
}
