package code

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// MaxReserved bounds the instructions that a reservation survives; constrained
// loops have at most 16.
const MaxReserved = 64

// KeepsReservation reports whether in may stand between an LR and its SC: integer
// computation, branches that do not go back, and jumps forward.
func KeepsReservation(in isa.Insn) bool {
	switch Of(in.Op).Kind {
	case Compute, Branch:
		return true
	case Jump:
		return in.Op == isa.JAL && in.Imm > 0
	}
	return false
}

// maxLoop bounds the bytes of a constrained loop, which has 16 instructions at most, one
// behind the other: nothing in it leads further.
const maxLoop = 16 * 4

// within reports whether distance bytes forward is still in a loop.
func within(distance int64) bool { return distance > 0 && distance < maxLoop }

// meetsSC reports whether an SC may be reached from off bytes behind the body's start with
// a reservation, which survives only what may stand between an LR and its SC. Where there is
// too much to look at it may.
func (b *Builder) meetsSC(off uint64) bool {
	looks := MaxReserved
	return b.looksForSC(off, &looks)
}

func (b *Builder) looksForSC(off uint64, looks *int) bool {
	for *looks > 0 {
		*looks--
		in, ok := b.instruction(off)
		switch {
		case !ok || in.Op == isa.SC_W || in.Op == isa.SC_D:
			return true
		case !KeepsReservation(in):
			return false
		}
		switch Of(in.Op).Kind {
		case Branch:
			if within(int64(in.Imm)) && b.looksForSC(off+uint64(in.Imm), looks) {
				return true
			}
		case Jump:
			if !within(int64(in.Imm)) {
				return false
			}
			off += uint64(in.Imm)
			continue
		}
		off += in.Len()
	}
	return true
}

// instruction decodes what lies off bytes behind the body's start, on which the body
// depends from then on; false if the code is not there.
func (b *Builder) instruction(off uint64) (in isa.Insn, ok bool) {
	if off+2 > uint64(len(b.text)) {
		return in, false
	}
	raw := uint32(binary.LittleEndian.Uint16(b.text[off:]))
	if raw&3 == 3 {
		if off+4 > uint64(len(b.text)) {
			return in, false
		}
		raw = binary.LittleEndian.Uint32(b.text[off:])
	}
	in = isa.Decode(raw)
	b.seen = max(b.seen, off+in.Len())
	return in, true
}
