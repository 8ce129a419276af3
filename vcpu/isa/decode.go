package isa

import (
	"math/bits"
	"slices"
)

// Decode decodes the instruction in raw, the 32 bits at pc. If the low two
// bits are not both set the instruction is compressed, the upper half is not
// looked at, and the result is the base instruction that it expands to.
// Encodings that are reserved or belong to an extension that is not covered
// give Op ILLEGAL with Raw set. Decode is total and does not allocate.
func Decode(raw uint32) Insn {
	if raw&3 != 3 {
		return decodeCompressed(raw & 0xffff)
	}
	// The candidates for a key stand together, the narrowest mask first, and
	// end with ILLEGAL, which nearly always is the second.
	for _, op := range candidates[index[key(raw)]:] {
		if op == ILLEGAL {
			break
		}
		if e := &encodings[op]; raw&e.mask == e.match {
			return operands(op, e.format, raw)
		}
	}
	return Insn{Raw: raw}
}

// encoding is the part of a Row that decoding needs, kept apart so that it
// fits few cache lines.
type encoding struct {
	match, mask uint32
	format      Format
}

var (
	encodings [NumOps]encoding
	// index maps a key to the start of its list in candidates.
	index [1 << keyBits]uint16
	// candidates holds the lists, each ended by ILLEGAL.
	candidates []Op
)

const (
	keyBits = 15
	// keyMask are the bits that make the key: opcode without its low two
	// bits, which are always set; funct3; funct7.
	keyMask = 0xfe00707c
)

func key(raw uint32) uint32 {
	return raw>>2&0x1f | raw>>7&0xe0 | raw>>17&0x7f00
}

// buildIndexes fills the tables that Decode reads from the rows.
//
// Lists of candidates are built for all keys at once, as paths in a tree:
// the rows come narrowest mask first, and each moves the keys that it may
// match from their node to that node's child for the row. Keys that end at
// the same node share one list.
func buildIndexes() {
	order := slices.Clone(Rows())
	slices.SortStableFunc(order, func(a, b Row) int {
		return bits.OnesCount32(b.Mask) - bits.OnesCount32(a.Mask)
	})
	nodes := []listNode{{}} // node 0 is the empty list
	for _, r := range order {
		encodings[r.Op] = encoding{r.Match, r.Mask, r.Format}
		first := len(nodes)
		forEachFill(r.Match&keyMask, keyMask&^r.Mask, func(raw uint32) {
			at := &index[key(raw)]
			for n := first; n < len(nodes); n++ {
				if nodes[n].parent == *at {
					*at = uint16(n)
					return
				}
			}
			nodes = append(nodes, listNode{*at, r.Op})
			*at = uint16(len(nodes) - 1)
		})
	}
	flatten(nodes)
	buildCompressedIndex()
}

// listNode is a list of candidates while the index is built: those of the
// parent, then op.
type listNode struct {
	parent uint16
	op     Op
}

// flatten writes the lists of the nodes that keys ended at to candidates and
// makes index point there.
func flatten(nodes []listNode) {
	starts := make([]uint16, len(nodes))
	candidates = []Op{ILLEGAL}
	for k, n := range index {
		if n != 0 && starts[n] == 0 {
			start := len(candidates)
			for at := n; at != 0; at = nodes[at].parent {
				candidates = append(candidates, nodes[at].op)
			}
			slices.Reverse(candidates[start:])
			candidates = append(candidates, ILLEGAL)
			starts[n] = uint16(start)
		}
		index[k] = starts[n]
	}
}

// forEachFill calls f with base plus every combination of the bits in free.
func forEachFill(base, free uint32, f func(uint32)) {
	for sub := free; ; sub = (sub - 1) & free {
		f(base | sub)
		if sub == 0 {
			return
		}
	}
}

// operands extracts what the format says from an encoding that has matched. The
// result is ILLEGAL if that is reserved.
func operands(op Op, format Format, raw uint32) Insn {
	in := Insn{Op: op, Raw: raw}
	switch format {
	case FmtR, FmtFR, FmtXFF:
		in.Rd, in.Rs1, in.Rs2 = fieldRd(raw), fieldRs1(raw), fieldRs2(raw)
	case FmtRD:
		in.Rd = fieldRd(raw)
	case FmtR1, FmtXF1, FmtFX1:
		in.Rd, in.Rs1 = fieldRd(raw), fieldRs1(raw)
	case FmtI, FmtLoad, FmtFLoad:
		in.Rd, in.Rs1, in.Imm = fieldRd(raw), fieldRs1(raw), immI(raw)
	case FmtShift:
		in.Rd, in.Rs1 = fieldRd(raw), fieldRs1(raw)
		in.Imm = int32((raw &^ encodings[op].mask) >> 20 & 0x3f) // what of bit 25 the mask leaves
	case FmtStore, FmtFStore:
		in.Rs1, in.Rs2, in.Imm = fieldRs1(raw), fieldRs2(raw), immS(raw)
	case FmtBranch:
		in.Rs1, in.Rs2, in.Imm = fieldRs1(raw), fieldRs2(raw), immB(raw)
	case FmtU:
		in.Rd, in.Imm = fieldRd(raw), immU(raw)
	case FmtJ:
		in.Rd, in.Imm = fieldRd(raw), immJ(raw)
	default:
		rareOperands(&in, format, raw)
	}
	return in
}

// rareOperands is the rest of operands: all but plain integer code.
func rareOperands(in *Insn, format Format, raw uint32) {
	switch format {
	case FmtCSR, FmtCSRI:
		in.Rd, in.Rs1, in.Imm = fieldRd(raw), fieldRs1(raw), int32(raw>>20)
	case FmtFence:
		in.Imm = int32(raw >> 20)
	case FmtAMO:
		in.Rd, in.Rs1, in.Rs2 = fieldRd(raw), fieldRs1(raw), fieldRs2(raw)
		in.Imm = int32(raw >> 25 & 3)
	case FmtLR:
		in.Rd, in.Rs1, in.Imm = fieldRd(raw), fieldRs1(raw), int32(raw>>25&3)
	case FmtRS:
		in.Rs1, in.Rs2 = fieldRs1(raw), fieldRs2(raw)
	case FmtCBO:
		in.Rs1 = fieldRs1(raw)
	case FmtPrefetch:
		in.Rs1, in.Imm = fieldRs1(raw), immI(raw)&^0x1f
	case FmtFMA:
		in.Rd, in.Rs1, in.Rs2, in.Rs3 = fieldRd(raw), fieldRs1(raw), fieldRs2(raw), fieldRs3(raw)
		in.Imm = roundingMode(raw)
	case FmtFRm:
		in.Rd, in.Rs1, in.Rs2, in.Imm = fieldRd(raw), fieldRs1(raw), fieldRs2(raw), roundingMode(raw)
	case FmtF1Rm, FmtXF1Rm, FmtFX1Rm:
		in.Rd, in.Rs1, in.Imm = fieldRd(raw), fieldRs1(raw), roundingMode(raw)
	case FmtRound:
		if in.Imm = roundNumber(raw); in.Imm > lastRound {
			*in = Insn{Raw: raw} // which no mask can say
			return
		}
		in.Rd, in.Rs1 = fieldRd(raw), fieldRs1(raw)
	case FmtByte:
		in.Rd, in.Rs1, in.Rs2, in.Imm = fieldRd(raw), fieldRs1(raw), fieldRs2(raw), byteNumber(raw)
	case FmtMopR:
		in.Rd, in.Rs1, in.Imm = fieldRd(raw), fieldRs1(raw), mopR(raw)
	case FmtMopRR:
		in.Rd, in.Rs1, in.Rs2, in.Imm = fieldRd(raw), fieldRs1(raw), fieldRs2(raw), mopRR(raw)
	case FmtFLI:
		in.Rd, in.Imm = fieldRd(raw), int32(raw>>15&31)
	}
}
