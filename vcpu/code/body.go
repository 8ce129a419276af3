package code

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	// MaxInsns bounds the instructions of one body (Uop.Off must hold their bytes).
	MaxInsns = 60
	// MaxReach bounds the bytes from a body's start that it is made from.
	MaxReach = MaxInsns * 4
	// MaxLinks bounds the exits of one body that have a target. A call at its end has two.
	MaxLinks = 8
)

// Mode is what a body is made for beside its bytes. Bodies for one mode are nothing to who is
// in another.
type Mode uint8

// The modes, which add up.
const (
	Strict Mode = 1 << iota // misaligned loads and stores trap
	Heap                    // there is a managed heap

	Modes // how many sums there are
)

// Body is a decoded run of guest instructions. It is immutable.
type Body struct {
	uops []Uop
	text []byte   // the encoding that it was made from: its instructions, and what else was looked at behind them
	size uint8    // bytes of its instructions
	open [2]uint8 // exits that are taken with a reservation of a word, of a doubleword, a bit each
	// system is the instruction of the OpSystem, which can only be the last one.
	system isa.Insn
}

// Just returns the body of one operation without operands, which leaves.
func Just(op isa.Op) Body { return Body{uops: []Uop{{Op: op}}} }

// Only returns the body of b's micro-operation u alone. room is what it lies in.
func (b *Body) Only(u *Uop, room *[2]Uop) Body {
	room[0], room[1] = *u, Uop{Op: OpStop}
	return Body{uops: room[:], text: b.text, size: b.size, system: b.system}
}

// Uops returns the micro-operations, which must not be changed. The last one leaves.
func (b *Body) Uops() []Uop { return b.uops }

// Text returns the encoding of the instructions, which must not be changed.
func (b *Body) Text() []byte { return b.text[:b.size] }

// Source returns all bytes from the body's start on that it was made from, which must not be
// changed: if they are others in memory the body is no longer true.
func (b *Body) Source() []byte { return b.text }

// Size returns the bytes of the instructions.
func (b *Body) Size() uint64 { return uint64(b.size) }

// System returns the instruction of the OpSystem.
func (b *Body) System() isa.Insn { return b.system }

// Insns returns the number of guest instructions.
func (b *Body) Insns() int { return int(b.uops[len(b.uops)-1].N) }

// Raw returns the encoding of u's instruction.
func (b *Body) Raw(u *Uop) uint64 {
	text := b.text[int(u.Off)*2:]
	if text[0]&3 == 3 {
		return uint64(binary.LittleEndian.Uint32(text))
	}
	return uint64(binary.LittleEndian.Uint16(text))
}

// Open reports whether exit link is taken with a reservation open, which only who steps can follow.
func (b *Body) Open(link uint8) bool { return (b.open[0]|b.open[1])>>link&1 != 0 }

// Reservation returns the size of that reservation, bytes, or 0.
func (b *Body) Reservation(link uint8) uint8 { return b.open[0]>>link&1*4 | b.open[1]>>link&1*8 }

// Cut returns the end that b has if it ends behind its branch u: an exit by the link behind u's.
func (b *Body) Cut(u *Uop) Uop {
	end := Uop{Op: OpEnd, Rd: hart.Sink, extra: u.extra + 1, N: u.N, Off: u.Off, Imm: int64(u.Off)*2 + 2}
	if b.text[u.Off*2]&3 == 3 {
		end.Imm += 2
	}
	return end
}

// Behind returns the end that b has if its OpSystem u does not leave to the caller: an exit by a link that
// no other exit has, to what follows u.
func (b *Body) Behind(u *Uop) Uop {
	return Uop{Op: OpEnd, Rd: hart.Sink, extra: u.extra, N: u.N + 1, Off: u.Off, Imm: int64(b.size)}
}

// Exit is an exit to a known target: a branch, a jump or the body's end.
type Exit struct {
	Link     uint8
	From, To int // distances from the body's start, of the instruction and of its target, in bytes
	Insns    int // executed by who leaves here
}

// Exits returns the exits in the order of their instructions.
func (b *Body) Exits() (list []Exit) {
	for i := range b.uops {
		if u := &b.uops[i]; Of(u.Op).Exits {
			list = append(list, Exit{u.Link(), int(u.Off) * 2, int(u.Target()), int(u.N)})
		}
	}
	return list
}

// Counts says how often a body was executed and which of its exits were taken. What is
// missing in the sum of the exits left by an indirect jump, to the system or by an
// exception. A hart that counts meanwhile may be in some figures and not in others.
type Counts struct {
	Executions uint64
	Taken      [MaxLinks]uint64 // by link
}

// MeanInsns returns how many instructions one execution of b retires on average, according to
// counts.
func (b *Body) MeanInsns(n Counts) float64 {
	all := float64(b.Insns())
	if n.Executions == 0 {
		return all
	}
	less := 0.0 // instructions not reached
	for i := range b.uops {
		if u := &b.uops[i]; Of(u.Op).Exits {
			less += float64(n.Taken[u.Link()]) * (all - float64(u.N))
		}
	}
	return max(0, all-less/float64(n.Executions))
}
