package asm

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Every encoding that the decoder accepts comes back.
func TestEncodeIsDecodesInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, row := range isa.Rows() {
		for range 200 {
			raw := row.Match | r.Uint32()&^row.Mask
			in := isa.Decode(raw)
			if in.Op != row.Op { // a narrower row, or reserved
				continue
			}
			if in.Op == isa.FENCE && in.Imm == 0x010 {
				continue // without the fields that it ignores this is PAUSE
			}
			again := isa.Decode(Encode(in))
			again.Raw = in.Raw // FENCE and others ignore bits
			if again != in {
				t.Fatalf("%s %#08x: %+v encodes as %+v", row.Name, raw, in, again)
			}
		}
	}
}

// run executes the few instructions that LI and LA use.
func run(t *testing.T, code []byte, base uint64) (x [32]uint64) {
	t.Helper()
	for i := 0; i < len(code); i += 4 {
		in := isa.Decode(binary.LittleEndian.Uint32(code[i:]))
		switch in.Op {
		case isa.LUI:
			x[in.Rd] = uint64(int64(in.Imm))
		case isa.AUIPC:
			x[in.Rd] = base + uint64(i) + uint64(int64(in.Imm))
		case isa.ADDI:
			x[in.Rd] = x[in.Rs1] + uint64(int64(in.Imm))
		case isa.ADDIW:
			x[in.Rd] = uint64(int64(int32(x[in.Rs1]) + in.Imm))
		case isa.SLLI:
			x[in.Rd] = x[in.Rs1] << in.Imm
		default:
			t.Fatalf("%s in an LI", in.Op)
		}
	}
	return x
}

func TestLI(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	values := []uint64{0, 1, 2047, 2048, 0x7ff, 0x800, 0xfff, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 63, ^uint64(0),
		0x7ffff800, 0x7fffffff800, 0xffffffff80000000, 0xfffffffffffff800, 0x1234_5678_9abc_def0}
	for range 500 {
		values = append(values, r.Uint64()>>r.UintN(64), -(r.Uint64() >> r.UintN(64)))
	}
	for _, v := range values {
		if x := run(t, New(0).LI(T0, v).Bytes(), 0); x[T0] != v {
			t.Errorf("LI %#x gives %#x", v, x[T0])
		}
	}
}

func TestLabels(t *testing.T) {
	p := New(0x8000_0000)
	p.LA(A0, "data").LA(A1, "start").Jump(Zero, "back").Label("back").Branch(isa.BEQ, A0, A1, "back")
	p.Align(4096).Label("data").Double(7)
	p.labels["start"] = p.base
	code := p.Bytes()
	x := run(t, code[:16], p.base)
	if x[A0] != 0x8000_1000 || x[A1] != p.base || len(code) != 4096+8 {
		t.Errorf("data at %#x, start at %#x, %d bytes", x[A0], x[A1], len(code))
	}
	if in := isa.Decode(binary.LittleEndian.Uint32(code[20:])); in.Op != isa.BEQ || in.Imm != 0 {
		t.Errorf("branch to itself is %+v", in)
	}
}
