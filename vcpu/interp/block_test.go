package interp_test

import (
	"math/rand/v2"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Every operation that a guest can name runs or leaves the core in order: there
// is a body for each, and none breaks on odd operands.
func TestEveryOperationHasABody(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, row := range isa.Rows() {
		for round := range 50 {
			raw := row.Match | rnd.Uint32()&^row.Mask
			p := asm.New(ram).Word(raw).Op(isa.EBREAK)
			r.Load(p, ram)
			r.Shoot()
			for i := range 32 {
				c.S.R[hart.X+i], c.S.R[hart.F+i] = data+rnd.Uint64N(4096)*8, rnd.Uint64()
			}
			c.S.R[hart.X] = 0
			c.S.MStatus = uint64(round%2) * hart.FSMask
			c.S.PC = ram
			before := c.S.Count
			c.S.Arm(1)
			e := c.Run()
			if c.S.R[hart.X] != 0 {
				t.Fatalf("%s %#08x changed x0", row.Name, raw)
			}
			if e == interp.ExitException && (c.S.PC != ram || c.S.Count != before) {
				t.Errorf("%s %#08x: exception at %#x after %d", row.Name, raw, c.S.PC, c.S.Count-before)
			}
			if i := code.Of(row.Op); e == interp.ExitException && !i.Faults {
				t.Errorf("%s %#08x raises exception %d, which its description does not know", row.Name, raw, c.Cause)
			}
			if e == interp.ExitSystem && c.Insn.Raw == raw && c.S.Count != before {
				t.Errorf("%s %#08x: left to the caller after %d", row.Name, raw, c.S.Count-before)
			}
		}
	}
}

// Fused constants: the values are right, and an exception behind them names the
// right instruction and count.
func TestFusedConstants(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	p := asm.New(ram)
	rnd := rand.New(rand.NewPCG(7, 8))
	want := map[uint8]uint64{}
	for reg := asm.T0; reg <= asm.T6; reg++ {
		v := rnd.Uint64() >> rnd.UintN(64)
		want[reg] = v
		p.LI(reg, v)
	}
	n := (p.PC() - ram) / 4
	p.Op(isa.EBREAK)
	r.Load(p, ram)
	if got := r.ToEbreak(c, ram); got != n {
		t.Errorf("%d instructions retired, want %d", got, n)
	}
	for reg, v := range want {
		if x(c, reg) != v {
			t.Errorf("x%d is %#x, want %#x", reg, x(c, reg), v)
		}
	}
}

func TestFusionIsNarrow(t *testing.T) {
	for _, test := range []struct {
		name  string
		build func(p *asm.Program)
		reg   uint8
		want  uint64
	}{
		{"lui addi", func(p *asm.Program) { p.U(isa.LUI, asm.A0, 0x12345000).I(isa.ADDI, asm.A0, asm.A0, -1) }, asm.A0, 0x12344fff},
		{"lui addiw wraps", func(p *asm.Program) { p.U(isa.LUI, asm.A0, -0x80000000).I(isa.ADDIW, asm.A0, asm.A0, -1) }, asm.A0, 0x7fffffff},
		{"auipc addi", func(p *asm.Program) { p.U(isa.AUIPC, asm.A0, 0x1000).I(isa.ADDI, asm.A0, asm.A0, 8) }, asm.A0, ram + 0x1008},
		{"auipc addiw is not fused", func(p *asm.Program) { p.U(isa.AUIPC, asm.A0, 0).I(isa.ADDIW, asm.A0, asm.A0, 8) }, asm.A0, 0xffffffff80000008},
		{"auipc slli is not fused", func(p *asm.Program) { p.U(isa.AUIPC, asm.A0, 0).I(isa.SLLI, asm.A0, asm.A0, 1) }, asm.A0, ram << 1},
		{"other destination", func(p *asm.Program) { p.U(isa.LUI, asm.A0, 0x5000).I(isa.ADDI, asm.A1, asm.A0, 5) }, asm.A0, 0x5000},
		{"other source", func(p *asm.Program) { p.U(isa.LUI, asm.A0, 0x5000).I(isa.ADDI, asm.A0, asm.A1, 5) }, asm.A0, 5},
		{"a nop between", func(p *asm.Program) {
			p.U(isa.LUI, asm.A0, 0x5000).I(isa.ADDI, asm.Zero, asm.Zero, 0).I(isa.ADDI, asm.A0, asm.A0, 5)
		}, asm.A0, 0x5005},
		{"x0 stays zero", func(p *asm.Program) { p.U(isa.LUI, asm.Zero, 0x5000).I(isa.ADDI, asm.A0, asm.Zero, 5) }, asm.A0, 5},
		{"slli of a constant", func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.Zero, -1).I(isa.SLLI, asm.A0, asm.A0, 63) }, asm.A0, 1 << 63},
		{"zext.w", func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.Zero, -1).R(isa.ADD_UW, asm.A0, asm.A0, asm.Zero) }, asm.A0, 0xffffffff},
		{"a branch in between", func(p *asm.Program) {
			p.U(isa.LUI, asm.A0, 0x5000).Branch(isa.BNE, asm.Zero, asm.Zero, "on").Label("on").I(isa.ADDI, asm.A0, asm.A0, 5)
		}, asm.A0, 0x5005},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, 1, 0)
			p := asm.New(ram)
			test.build(p)
			n := (p.PC() - ram) / 4
			p.Op(isa.EBREAK)
			r.Load(p, ram)
			if got := r.ToEbreak(r.Cores[0], ram); got != n {
				t.Errorf("%d instructions retired, want %d", got, n)
			}
			if got := x(r.Cores[0], test.reg); got != test.want {
				t.Errorf("%#x, want %#x", got, test.want)
			}
		})
	}
}

// An exception in the middle of a block, with everything before it that takes no
// micro-operation of its own: fused pairs, nops, fences, untaken branches.
func TestPreciseExceptions(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	p := asm.New(ram)
	p.LI(asm.T0, 0x1234_5678_9abc_def0) // fused
	p.I(isa.ADDI, asm.Zero, asm.T0, 7)  // no effect
	p.Half(0x0001)                      // c.nop: halves from here on
	p.Fence(2, 2)                       // no barrier
	p.Branch(isa.BNE, asm.Zero, asm.Zero, "out")
	p.LI(asm.T1, data)
	p.S(isa.SD, asm.T0, asm.T1, 0)
	retired := uint64(0)
	code := p.Bytes
	p.Label("bad").I(isa.LD, asm.T2, asm.Zero, 16) // nothing at address 16
	p.Label("out").Op(isa.EBREAK)
	b := code()
	for off := uint64(0); off < p.Addr("bad")-ram; retired++ {
		off += isa.Decode(uint32(b[off]) | uint32(b[off+1])<<8 | uint32(b[off+2])<<16 | uint32(b[off+3])<<24).Len()
	}
	r.Load(p, ram)
	setX(c, asm.T2, 99)
	r.WantFault(c, ram, p.Addr("bad"), interp.CauseLoadAccess, 16, retired)
	if x(c, asm.T2) != 99 || r.Word(data) != 0x1234_5678_9abc_def0 {
		t.Error("the faulting load wrote its register, or the store before it is missing")
	}
	// The same instruction with floating point off.
	p = asm.New(ram).LI(asm.A0, data).Label("fp").I(isa.FLD, 1, asm.A0, 0)
	r.Load(p, ram)
	n := (p.Addr("fp") - ram) / 4
	r.WantFault(c, ram, p.Addr("fp"), interp.CauseIllegal, uint64(asm.Encode(isa.Insn{Op: isa.FLD, Rd: 1, Rs1: asm.A0})), n)
}

// Long straight code, of 16 and 32 bits, is cut into blocks; every cut counts right.
func TestCountAcrossBlockLimits(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	for _, n := range []int{1, 2, code.MaxInsns - 1, code.MaxInsns, code.MaxInsns + 1, 2 * code.MaxInsns, 1000, 3000} {
		p := asm.New(ram)
		p.I(isa.ADDI, asm.A0, asm.Zero, 0)
		for i := range n {
			if i%3 == 0 {
				p.Half(0x0505) // c.addi a0, 1
			} else {
				p.I(isa.ADDI, asm.A0, asm.A0, 1)
			}
		}
		p.Op(isa.EBREAK)
		r.Load(p, ram)
		r.Shoot()
		if got := r.ToEbreak(c, ram); got != uint64(n)+1 || x(c, asm.A0) != uint64(n) || c.S.PC != p.PC()-4 {
			t.Errorf("%d instructions: %d retired, a0 %d, pc %#x", n, got, x(c, asm.A0), c.S.PC)
		}
	}
}

// More branches than a block has links.
func TestManyExits(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	p := asm.New(ram)
	for range 40 {
		p.Branch(isa.BNE, asm.Zero, asm.Zero, "out")
	}
	for i := range 40 {
		p.Branch(isa.BEQ, asm.Zero, asm.Zero, string(rune('A'+i)))
		p.Word(0) // skipped
		p.Label(string(rune('A' + i)))
	}
	p.Label("out").Op(isa.EBREAK)
	r.Load(p, ram)
	for range 3 { // built, linked, run by links
		if got := r.ToEbreak(c, ram); got != 80 {
			t.Fatalf("%d retired, want 80", got)
		}
	}
}

// The poll word ends a loop within one block's length, at an exact count.
func TestTrap25PollIsBounded(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	p := asm.New(ram).Label("loop").I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "loop")
	r.Load(p, ram)
	c.S.PC = ram
	for range 1000 {
		before := c.S.Count
		c.S.Arm(100)
		if e := c.Run(); e != interp.ExitPoll {
			t.Fatalf("exit %d", e)
		}
		if n := c.S.Count - before; n < 100 || n > 100+code.MaxInsns {
			t.Fatalf("%d instructions for a budget of 100", n)
		}
		if half := c.S.Count / 2; x(c, asm.A0) != half && x(c, asm.A0) != half+1 {
			t.Fatalf("a0 is %d after %d instructions", x(c, asm.A0), c.S.Count)
		}
	}
	// Kick, from another goroutine, ends an endless budget.
	c.S.Limit.Store(^uint64(0))
	go c.S.Kick()
	if e := c.Run(); e != interp.ExitPoll {
		t.Fatalf("exit %d", e)
	}
	c.S.Kick()
	before := c.S.Count
	if e := c.Run(); e != interp.ExitPoll || c.S.Count != before {
		t.Fatal("a kicked core ran on")
	}
}

// JALR clears bit 0, links behind itself, and works with rd = rs1.
func TestIndirectJumps(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	p := asm.New(ram)
	p.LI(asm.S0, 1000)
	p.Label("loop").LA(asm.T0, "sub").I(isa.SLLI, asm.T0, asm.T0, 0).I(isa.JALR, asm.T0, asm.T0, 1)
	p.Label("back").I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "loop")
	p.Op(isa.EBREAK)
	p.Org(ram+3*physmem.PageSize).Label("sub").I(isa.ADDI, asm.S1, asm.S1, 1).I(isa.JALR, asm.Zero, asm.T0, 0)
	r.Load(p, ram)
	r.ToEbreak(c, ram)
	if x(c, asm.S1) != 1000 || x(c, asm.T0) != p.Addr("back") {
		t.Errorf("%d calls, link %#x", x(c, asm.S1), x(c, asm.T0))
	}
}

// AUIPC and JALR, as compilers write far jumps and calls, are a jump to a known place: the link, the base and the
// counts are those of the two instructions.
func TestFarJumps(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	for _, rd := range []uint8{asm.Zero, asm.RA, asm.T1} {
		for _, low := range []int32{-2048, -3, 0, 1, 2047} {
			p := asm.New(ram).I(isa.ADDI, asm.S1, asm.Zero, 0)
			base := p.PC() + 8<<12
			to := (base + uint64(int64(low))) &^ 1
			p.U(isa.AUIPC, asm.T1, 8<<12).I(isa.JALR, rd, asm.T1, low)
			link := p.PC()
			p.I(isa.ADDI, asm.S1, asm.Zero, 100).Op(isa.EBREAK)
			p.Org(to).I(isa.ADDI, asm.S1, asm.S1, 1).Op(isa.EBREAK)
			r.Load(p, ram)
			c.S.R[hart.X+asm.RA] = 0
			retired := r.ToEbreak(c, ram)
			want := map[uint8]uint64{asm.S1: 1, asm.T1: base}
			if rd != asm.Zero {
				want[rd] = link
			}
			for reg, v := range want {
				if x(c, reg) != v {
					t.Errorf("jalr %s,%d: %s is %#x, want %#x", isa.XName(rd), low, isa.XName(reg), x(c, reg), v)
				}
			}
			if retired != 4 {
				t.Errorf("jalr %s,%d: %d instructions retired, want 4", isa.XName(rd), low, retired)
			}
			if u := c.Cache.Get(blocks.Key{PA: ram}, nil).Uops(); u[len(u)-1].Op != code.OpJump {
				t.Errorf("jalr %s,%d: the block ends with %v", isa.XName(rd), low, u[len(u)-1].Op)
			}
		}
	}
}
