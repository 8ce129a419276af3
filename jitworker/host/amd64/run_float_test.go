package amd64_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/fpu"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// floatOps are the instructions of F, D, Zfh and Zfa.
func floatOps() (ops []isa.Op) {
	for _, row := range isa.Rows() {
		switch row.Class {
		case isa.ClassFP, isa.ClassFPLoad, isa.ClassFPStore:
			ops = append(ops, row.Op)
		}
	}
	return ops
}

// roundingModes are the values of rm that op can have.
func roundingModes(op isa.Op) []int32 {
	switch op.Row().Format {
	case isa.FmtFMA, isa.FmtFRm, isa.FmtF1Rm, isa.FmtXF1Rm, isa.FmtFX1Rm:
		if op != isa.FCVTMOD_W_D { // which has one only
			return []int32{7, 0, 1, 2, 3, 4, 5, 6}
		}
		return []int32{1}
	}
	return []int32{0}
}

// dice draws what programs and situations are made of.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 7))} }

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

var doubles = []uint64{
	0, 1, 1<<52 - 1, 1 << 52, 1<<52 + 1, 0x3ff << 52, 0x3ff<<52 - 1, 0x3ff<<52 + 1, 0x3ff8 << 48, 0x4000 << 48,
	0x7ff<<52 - 1, 0x7ff << 52, 0x7ff<<52 + 1, 0x7ff8 << 48, 0x7ff8<<48 + 5, 0x7ff4 << 48,
	math.Float64bits(1 << 31), math.Float64bits(1<<31 - 1), math.Float64bits(1<<31 + 0.5), math.Float64bits(1<<31 - 0.5),
	math.Float64bits(1 << 32), math.Float64bits(1<<32 - 1), math.Float64bits(1<<32 - 0.5), math.Float64bits(1 << 63),
	math.Float64bits(1<<63 - 1024), math.Float64bits(1 << 64), math.Float64bits(0.5), math.Float64bits(2.5),
}

var singles = []uint32{
	0, 1, 1<<23 - 1, 1 << 23, 1<<23 + 1, 0x3f800000, 0x3f7fffff, 0x3f800001, 0x3fc00000, 0x40000000,
	0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000, 0x7fc00005, 0x7fa00000,
	math.Float32bits(1 << 31), math.Float32bits(1<<31 - 128), math.Float32bits(1 << 32), math.Float32bits(1<<32 - 256),
	math.Float32bits(1 << 63), math.Float32bits(1 << 64), math.Float32bits(0.5), math.Float32bits(2.5),
}

// exponent draws a biased exponent of n bits: anywhere, in the middle, at an end.
func (d dice) exponent(n int) uint64 {
	top := 1<<n - 1
	switch d.IntN(5) {
	case 0:
		return uint64(d.IntN(top + 1))
	case 1:
		return uint64(d.IntN(4))
	case 2:
		return uint64(top - 1 - d.IntN(3))
	}
	return uint64(top/2 + d.IntN(140) - 70)
}

// fraction draws n bits, often mostly zeros.
func (d dice) fraction(n int) uint64 {
	v := d.Uint64() >> (64 - n)
	if d.IntN(2) == 0 {
		v &^= 1<<d.IntN(n+1) - 1
	}
	return v
}

func (d dice) double() uint64 {
	sign := d.Uint64() & (1 << 63)
	if d.IntN(4) == 0 {
		return pick(d, doubles) | sign
	}
	return sign | d.exponent(11)<<52 | d.fraction(52)
}

func (d dice) single() uint64 {
	sign := uint32(d.Uint64()) & (1 << 31)
	v := pick(d, singles)
	if d.IntN(4) != 0 {
		v = uint32(d.exponent(8)<<23 | d.fraction(23))
	}
	return 0xffff_ffff<<32 | uint64(v|sign)
}

var halves = []uint16{
	0, 1, 1<<10 - 1, 1 << 10, 1<<10 + 1, 0x3c00, 0x3bff, 0x3c01, 0x3e00, 0x4000, 0x7bff, 0x7c00, 0x7c01, 0x7e00, 0x7e05, 0x7d00,
	0x3800, 0x4100, 0x6400, 0x6bff, 0x6800,
}

func (d dice) half() uint64 {
	v := pick(d, halves)
	if d.IntN(4) != 0 {
		v = uint16(d.exponent(5)&31<<10 | d.fraction(10))
	}
	return 0xffff_ffff_ffff<<16 | uint64(v|uint16(d.Uint64())&(1<<15))
}

// kind is what most f registers of a situation hold.
type kind uint8

const (
	someDoubles kind = iota
	someSingles
	someHalves
)

// register draws the value of an f register that is mostly of a kind.
func (d dice) register(k kind) uint64 {
	if d.IntN(30) == 0 {
		k = kind(d.IntN(3))
	}
	switch k {
	case someSingles:
		return d.single()
	case someHalves:
		return d.half()
	}
	return d.double()
}

func (d dice) integer() uint64 {
	v := d.Uint64() >> d.IntN(64)
	switch d.IntN(4) {
	case 0:
		return -v
	case 1:
		return 1<<d.IntN(64) + uint64(d.IntN(3)) - 1
	}
	return v
}

// base is the register that points to data.
const base = asm.S1

// situation draws one. Most have FS Dirty and frm to nearest.
func (d dice) situation(single bool) *situation {
	if single {
		return d.situationOf(someSingles)
	}
	return d.situationOf(someDoubles)
}

func (d dice) situationOf(k kind) *situation {
	in := &situation{mstatus: 3 << 13, memory: make([]byte, dataBytes), fflags: uint32(d.IntN(32))}
	for i := range in.x {
		in.x[i] = d.integer()
		in.f[i] = d.register(k)
	}
	for i := range in.memory {
		if i%8 == 0 {
			binary.LittleEndian.PutUint64(in.memory[i:], d.Uint64())
		}
	}
	if d.IntN(8) == 0 { // equal but for signs, zeros often
		v := in.f[d.IntN(32)] &^ (1<<63 | 1<<31)
		if d.IntN(2) == 0 {
			v = 0
		}
		for i := range in.f {
			switch k {
			case someDoubles:
				in.f[i] = v | d.Uint64()&(1<<63)
			case someSingles:
				in.f[i] = 0xffff_ffff<<32 | v&0x7fff_ffff | d.Uint64()&(1<<31)
			case someHalves:
				in.f[i] = 0xffff_ffff_ffff<<16 | v&0x7fff | d.Uint64()&(1<<15)
			}
		}
	}
	in.x[0] = 0
	in.x[base] = data + 16 + d.Uint64N(dataBytes-32)
	if d.IntN(3) != 0 {
		in.x[base] &^= 7
	}
	switch d.IntN(8) {
	case 0:
		in.mstatus = uint64(d.IntN(4)) << 13
	case 1:
		in.frm = uint32(d.IntN(8))
	case 2:
		in.frm = uint32(d.IntN(4))
	case 3:
		in.fflags = 0
	}
	return in
}

// instruction draws operands for op, from few registers.
func (d dice) instruction(op isa.Op, rm int32) isa.Insn {
	f := op.Row().Format
	fs := []uint8{0, 5, 8, 10, 11, 20}
	xs := []uint8{0, 5, 10, 11, 17}
	reg := func(file isa.RegFile) uint8 {
		if file == isa.RegF {
			return pick(d, fs)
		}
		return pick(d, xs)
	}
	in := isa.Insn{Op: op, Imm: rm, Rd: reg(f.Rd()), Rs1: reg(f.Rs1()), Rs2: reg(f.Rs2()), Rs3: reg(f.Rs3())}
	switch op.Row().Class {
	case isa.ClassFPLoad, isa.ClassFPStore:
		in.Rs1, in.Imm = base, int32(d.IntN(12))-4
		if d.IntN(4) != 0 {
			in.Imm &^= 7
		}
	}
	if f == isa.FmtFLI {
		in.Rs1 = uint8(d.IntN(32))
		in.Imm = int32(in.Rs1)
	}
	return in
}

// kindOf is what op works on.
func kindOf(op isa.Op) kind {
	name := op.Row().Name
	switch {
	case strings.HasSuffix(name, ".h") || name == "flh" || name == "fsh" || op == isa.FMV_X_H:
		return someHalves
	case strings.HasSuffix(name, ".s") || strings.HasSuffix(name, ".w") || name == "flw" || name == "fsw":
		return someSingles
	}
	return someDoubles
}

// Every instruction, rounding mode and some choices of registers give the same
// results, flags, states and traps as the interpreter.
func TestTrap15To21Instructions(t *testing.T) {
	for _, op := range floatOps() {
		t.Run(op.Row().Name, func(t *testing.T) {
			d := newDice(uint64(op))
			p := newPair(t)
			for _, rm := range roundingModes(op) {
				for range 4 {
					in := d.instruction(op, rm)
					pc := p.load(func(p *asm.Program) { p.Insn(in).Op(isa.EBREAK) })
					for range 60 {
						k := kindOf(op)
						if d.IntN(20) == 0 {
							k = kind(d.IntN(3))
						}
						s := d.situationOf(k)
						if !p.same(pc, s, func() string { return s.describe([]isa.Insn{in}) }) {
							return
						}
					}
				}
			}
			if n := p.native.core.Native.Exits[code.NativeUop]; n == 0 {
				t.Error("nothing ran natively")
			}
		})
	}
}

// describe is a message's beginning.
func (s *situation) describe(program []isa.Insn) string {
	var b strings.Builder
	for _, in := range program {
		fmt.Fprintf(&b, "%s; ", isa.Disassemble(0, in))
	}
	fmt.Fprintf(&b, "frm %d, fflags %#x, mstatus %#x", s.frm, s.fflags, s.mstatus)
	for _, in := range program {
		f := in.Op.Row().Format
		for _, r := range []struct {
			file isa.RegFile
			n    uint8
		}{{f.Rs1(), in.Rs1}, {f.Rs2(), in.Rs2}, {f.Rs3(), in.Rs3}} {
			switch r.file {
			case isa.RegF:
				fmt.Fprintf(&b, ", f%d %#x", r.n, s.f[r.n])
			case isa.RegX:
				fmt.Fprintf(&b, ", x%d %#x", r.n, s.x[r.n])
			}
		}
	}
	return b.String()
}

// Random sequences, in which what the compiler knows of earlier instructions
// matters, with branches out of the middle and integer instructions between.
func TestFloatSequences(t *testing.T) {
	ops := floatOps()
	d := newDice(99)
	p := newPair(t)
	for range 300 {
		k := kind(d.IntN(3))
		var program []isa.Insn
		for range 2 + d.IntN(14) {
			switch d.IntN(10) {
			case 0:
				program = append(program, isa.Insn{Op: isa.ADDI, Rd: asm.A0, Rs1: asm.A1, Imm: int32(d.IntN(100))})
				continue
			case 1:
				program = append(program, isa.Insn{Op: isa.LD, Rd: asm.T0, Rs1: base, Imm: 8})
				continue
			case 2:
				program = append(program, isa.Insn{Op: isa.BEQ, Rs1: asm.A0, Rs2: asm.T0, Imm: 1000})
				continue
			case 3:
				program = append(program, leftOut)
				continue
			case 4:
				program = append(program, d.csr())
				continue
			}
			op := pick(d, ops)
			for kindOf(op) != k && d.IntN(6) != 0 {
				op = pick(d, ops)
			}
			rm := pick(d, roundingModes(op))
			if len(roundingModes(op)) > 1 && d.IntN(8) != 0 {
				rm = 7
			}
			program = append(program, d.instruction(op, rm))
		}
		pc := p.load(func(p *asm.Program) {
			for _, in := range program {
				p.Insn(in)
			}
			p.Op(isa.EBREAK)
		})
		for range 20 {
			s := d.situationOf(k)
			if !p.same(pc, s, func() string { return s.describe(program) }) {
				return
			}
		}
	}
}

// leftOut is an integer instruction that native code leaves to the interpreter: it
// divides by zero.
var leftOut = isa.Insn{Op: isa.DIV, Rd: asm.A0, Rs1: asm.A1, Rs2: asm.Zero}

// leftToInterpreter are the instructions without native code: what compilers hardly emit.
var leftToInterpreter = map[isa.Op]bool{isa.FCVTMOD_W_D: true}

// Fused operations on halves round once, however far apart product and addend are, and ties are ties.
func TestFusedHalves(t *testing.T) {
	p := newPair(t)
	d := newDice(16)
	programs := map[isa.Op]uint64{}
	for _, op := range []isa.Op{isa.FMADD_H, isa.FMSUB_H, isa.FNMSUB_H, isa.FNMADD_H} {
		in := isa.Insn{Op: op, Rd: 10, Rs1: 11, Rs2: 12, Rs3: 13, Imm: 7}
		programs[op] = p.load(func(p *asm.Program) { p.Insn(in).Op(isa.EBREAK) })
	}
	rounds := 60_000
	if testing.Short() {
		rounds = 6_000
	}
	s := d.situationOf(someHalves)
	s.mstatus = 3 << 13
	number := func() uint64 { // few bits set, any exponent
		v := uint16(d.IntN(1<<5))<<10 | uint16(1<<d.IntN(10)|1<<d.IntN(11)|1<<d.IntN(12))&0x3ff
		return 0xffff_ffff_ffff<<16 | uint64(v|uint16(d.Uint64())&(1<<15))
	}
	for range rounds {
		s.frm, s.fflags = uint32(d.IntN(4)), 0
		for _, r := range []int{11, 12, 13} {
			if s.f[r] = number(); d.IntN(3) == 0 {
				s.f[r] = d.half()
			}
		}
		for op, pc := range programs {
			if !p.same(pc, s, func() string { return s.describe([]isa.Insn{{Op: op, Rd: 10, Rs1: 11, Rs2: 12, Rs3: 13, Imm: 7}}) }) {
				return
			}
		}
	}
}

// On ordinary numbers, with the rounding modes that compilers use, nothing is left to
// the interpreter.
func TestFloatsRunNatively(t *testing.T) {
	if h := amd64.Detect(); !h.FMA || !h.Rounds || !h.Halves {
		t.Skip("the host lacks instructions")
	}
	p := newPair(t)
	for _, op := range floatOps() {
		for _, rm := range roundingModes(op) {
			switch op.Row().Format {
			case isa.FmtXF1Rm:
				if rm > 3 && rm != 7 {
					continue
				}
			default:
				if rm != 0 && rm != 7 {
					continue
				}
			}
			in := newDice(uint64(op)).instruction(op, rm)
			pc := p.load(func(p *asm.Program) { p.Insn(in).Op(isa.EBREAK) })
			s := &situation{mstatus: 3 << 13, memory: make([]byte, dataBytes)}
			for i := range s.f {
				s.x[i] = uint64(i)
				switch v := math.Float64bits(1.25 * float64(i+1)); kindOf(op) {
				case someDoubles:
					s.f[i] = v
				case someSingles:
					s.f[i] = 0xffff_ffff<<32 | uint64(math.Float32bits(1.25*float32(i+1)))
				case someHalves:
					h, _ := fpu.F64ToF16(v, fpu.RNE)
					s.f[i] = fpu.Box16(h)
				}
			}
			s.x[base] = data
			for range 2 { // the first one may miss in the first level of translation
				p.native.core.NativeExits[op].Store(0)
				p.same(pc, s, func() string { return s.describe([]isa.Insn{in}) })
			}
			if left := p.native.core.NativeExits[op].Load() != 0; left != leftToInterpreter[op] {
				t.Errorf("%s: left to the interpreter: %v", isa.Disassemble(0, in), left)
			}
		}
	}
}

// Hosts without the newer instructions give the same results.
func TestFloatsOnPlainHost(t *testing.T) {
	p := newPairOn(t, amd64.Features{})
	for _, op := range floatOps() {
		d := newDice(uint64(op) + 1000)
		for _, rm := range roundingModes(op) {
			in := d.instruction(op, rm)
			pc := p.load(func(p *asm.Program) { p.Insn(in).Op(isa.EBREAK) })
			for range 20 {
				s := d.situationOf(kindOf(op))
				if !p.same(pc, s, func() string { return s.describe([]isa.Insn{in}) }) {
					return
				}
			}
		}
	}
}

// third and tenth are what division by 3 and 10 in Go give if it rounds to nearest.
const third, tenth = 0x3fd5555555555555, 0x3fb999999999999a

// Variables, so that the divisions are made when the test runs.
var one, three, ten = 1.0, 3.0, 10.0

// Go has its own rounding mode after native code that had another, whichever way
// native code is left: by a system instruction, a trap or the poll.
func TestTrap28GoRoundsToNearest(t *testing.T) {
	p := newPair(t)
	for name, tail := range map[string]func(p *asm.Program){
		"system": func(p *asm.Program) { p.Op(isa.EBREAK) },
		"trap":   func(p *asm.Program) { p.I(isa.LD, asm.A0, asm.Zero, 0) },
		"poll":   func(p *asm.Program) { p.Label("loop").Jump(asm.Zero, "loop") },
	} {
		pc := p.load(func(p *asm.Program) {
			p.Insn(isa.Insn{Op: isa.FDIV_D, Imm: 7, Rd: 2, Rs1: 0, Rs2: 1})
			tail(p)
		})
		for frm := range uint32(4) {
			s := &situation{mstatus: 3 << 13, frm: frm, memory: make([]byte, dataBytes)}
			s.f[0], s.f[1] = math.Float64bits(1), math.Float64bits(3)
			p.same(pc, s, func() string { return name })
			a, b := math.Float64bits(one/three), math.Float64bits(one/ten)
			if a != third || b != tenth {
				t.Fatalf("%s, frm %d: Go divides to %#x and %#x", name, frm, a, b)
			}
		}
	}
}

// FS Clean stays so while nothing changes floating-point state, whatever faults.
func TestTrap21DirtyOnlyWhenChanged(t *testing.T) {
	const clean, dirty = 2 << 13, 3 << 13
	p := newPair(t)
	for _, test := range []struct {
		in   isa.Insn
		want uint64
	}{
		{isa.Insn{Op: isa.FSD, Rs1: base, Rs2: 1}, clean},
		{isa.Insn{Op: isa.FMV_X_D, Rd: asm.A0, Rs1: 1}, clean},
		{isa.Insn{Op: isa.FLD, Rd: 1, Rs1: asm.Zero}, clean}, // faults
		{isa.Insn{Op: isa.FLD, Rd: 1, Rs1: base}, dirty},
		{isa.Insn{Op: isa.FEQ_D, Rd: asm.A0, Rs1: 1, Rs2: 2}, dirty},
		{isa.Insn{Op: isa.FADD_D, Rd: 1, Rs1: 1, Rs2: 2, Imm: 7}, dirty},
		{isa.Insn{Op: isa.FADD_D, Rd: 1, Rs1: 1, Rs2: 2, Imm: 5}, clean}, // illegal
		{isa.Insn{Op: isa.FSH, Rs1: base, Rs2: 1}, clean},
		{isa.Insn{Op: isa.FMV_X_H, Rd: asm.A0, Rs1: 1}, clean},
		{isa.Insn{Op: isa.FLH, Rd: 1, Rs1: asm.Zero}, clean}, // faults
		{isa.Insn{Op: isa.FLH, Rd: 1, Rs1: base}, dirty},
		{isa.Insn{Op: isa.FSGNJ_H, Rd: 1, Rs1: 1, Rs2: 2}, dirty},
		{isa.Insn{Op: isa.FADD_H, Rd: 1, Rs1: 1, Rs2: 2, Imm: 6}, clean}, // illegal
	} {
		pc := p.load(func(p *asm.Program) { p.Insn(test.in).Op(isa.EBREAK) })
		s := &situation{mstatus: clean, memory: make([]byte, dataBytes)}
		s.x[base] = data
		for range 2 {
			p.same(pc, s, func() string { return s.describe([]isa.Insn{test.in}) })
			if got := p.native.core.S.MStatus; got != test.want {
				t.Errorf("%s leaves mstatus %#x, want %#x", isa.Disassemble(0, test.in), got, test.want)
			}
		}
	}
}
