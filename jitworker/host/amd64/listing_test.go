package amd64

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/listing"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/jitworker/region"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

var update = flag.Bool("update", false, "write the listings of testdata anew")

// everything is a host with all abilities, so that listings are the same wherever tests run.
var everything = Features{BitCounts: true, Rounds: true, FMA: true, Clmul: true, Shuffles: true, AES: true, Halves: true}

// samples are the blocks that are listed in testdata, each for one thing that code is to be seen doing.
var samples = map[string]func(p *asm.Program){
	"integer": func(p *asm.Program) {
		p.R(isa.ADD, asm.A0, asm.A1, asm.A2).R(isa.SUB, asm.T3, asm.T4, asm.A0).I(isa.ADDI, asm.A0, asm.A0, -8)
		p.R(isa.ADDW, asm.A1, asm.A1, asm.T3).I(isa.SLLI, asm.A2, asm.A2, 3).R(isa.SLTU, asm.A3, asm.A0, asm.A1)
		p.R(isa.MUL, asm.A4, asm.A0, asm.A1).R(isa.DIVU, asm.A5, asm.A4, asm.A3).U(isa.LUI, asm.T3, 0x12345<<12)
		p.R(isa.ANDN, asm.S0, asm.S0, asm.T3).I(isa.RORI, asm.S1, asm.S0, 7).Op(isa.EBREAK)
	},
	"memory": func(p *asm.Program) { // a group, an access alone, and one whose base is a sum
		p.I(isa.LD, asm.A0, asm.SP, 8).S(isa.SD, asm.A0, asm.SP, 16).I(isa.LBU, asm.T3, asm.A1, 0)
		p.U(isa.LUI, asm.A2, 0x1000).R(isa.ADD, asm.A2, asm.A2, asm.A3).I(isa.LW, asm.A2, asm.A2, 4)
		p.S(isa.SH, asm.T3, asm.T4, -2).Op(isa.EBREAK)
	},
	"loop": func(p *asm.Program) { // with a way out in its middle
		p.Label("loop").I(isa.LD, asm.A3, asm.A0, 0).Branch(isa.BEQ, asm.A3, asm.Zero, "out")
		p.R(isa.ADD, asm.A2, asm.A2, asm.A3).I(isa.ADDI, asm.A0, asm.A0, 8).Branch(isa.BNE, asm.A0, asm.A1, "loop")
		p.Label("out").Op(isa.EBREAK)
	},
	"copy": func(p *asm.Program) { // many rounds at once, with a register that is carried from one to the next
		p.Label("loop").S(isa.SD, asm.A4, asm.A0, 0).I(isa.LD, asm.T3, asm.A1, 0).I(isa.LD, asm.A4, asm.A1, 8).S(isa.SD, asm.T3, asm.A0, 8)
		p.I(isa.ADDI, asm.A0, asm.A0, 16).I(isa.ADDI, asm.A1, asm.A1, 16).I(isa.ADDI, asm.T4, asm.T4, -2).Branch(isa.BNE, asm.T4, asm.Zero, "loop")
		p.Op(isa.EBREAK)
	},
	"fill": func(p *asm.Program) {
		p.Label("loop").S(isa.SD, asm.A2, asm.A0, 0).I(isa.ADDI, asm.A0, asm.A0, 8).Branch(isa.BLTU, asm.A0, asm.A1, "loop").Op(isa.EBREAK)
	},
	"call": func(p *asm.Program) {
		p.I(isa.ADDI, asm.SP, asm.SP, -16).S(isa.SD, asm.RA, asm.SP, 8).Jump(asm.RA, "callee").Label("callee").Op(isa.EBREAK)
	},
	"call_far": func(p *asm.Program) { // to another page
		p.I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.RA, "callee").Align(physmem.PageSize).Label("callee").Op(isa.EBREAK)
	},
	"return": func(p *asm.Program) {
		p.I(isa.LD, asm.RA, asm.SP, 8).I(isa.ADDI, asm.SP, asm.SP, 16).I(isa.JALR, asm.Zero, asm.RA, 0)
	},
	"indirect": func(p *asm.Program) { p.I(isa.LD, asm.A5, asm.A0, 0).I(isa.JALR, asm.Zero, asm.A5, 0) },
	"float": func(p *asm.Program) {
		p.I(isa.FLD, 10, asm.A0, 0).Insn(isa.Insn{Op: isa.FMADD_D, Rd: 10, Rs1: 10, Rs2: 11, Rs3: 28, Imm: 7})
		p.Insn(isa.Insn{Op: isa.FADD_S, Rd: 12, Rs1: 12, Rs2: 29, Imm: 7}).R(isa.FLT_D, asm.A1, 10, 11)
		p.Insn(isa.Insn{Op: isa.FCVT_W_D, Rd: asm.A2, Rs1: 10, Imm: 1}).S(isa.FSW, 12, asm.A0, 8).Op(isa.EBREAK)
	},
	"atomic": func(p *asm.Program) {
		p.R(isa.AMOADD_D, asm.A0, asm.A1, asm.A2).R(isa.AMOMAX_W, asm.T3, asm.A1, asm.A3)
		p.Insn(isa.Insn{Op: isa.FENCE, Imm: 0xff}).R(isa.AMOCAS_D, asm.A4, asm.A1, asm.A5).Op(isa.EBREAK)
	},
	"reservation": func(p *asm.Program) {
		p.Label("again").R(isa.LR_D, asm.A0, asm.A1, 0).I(isa.ADDI, asm.A0, asm.A0, 1).R(isa.SC_D, asm.T3, asm.A1, asm.A0)
		p.Branch(isa.BNE, asm.T3, asm.Zero, "again").Op(isa.EBREAK)
	},
	"heap": func(p *asm.Program) { // an allocation, and a store of a reference with its barrier
		p.I(isa.ADDI, asm.A1, asm.Zero, 3).R(isa.GC_NEW, asm.A0, asm.A1, asm.Zero).S(isa.GC_SD, asm.A0, asm.S0, 8)
		p.Op(isa.EBREAK)
	},
	"interpreted": func(p *asm.Program) { // in the middle: there is no code for it without the host's ability
		p.I(isa.ADDI, asm.A0, asm.A0, 1).R(isa.CLMUL, asm.A1, asm.A0, asm.A2).I(isa.ADDI, asm.A1, asm.A1, 1).Op(isa.EBREAK)
	},
}

// The code of the sample blocks is the one that testdata has, in both forms. Who changes the compiler looks at what
// `go test ./jitworker/host/amd64 -run Listings -update` has changed there.
func TestListings(t *testing.T) {
	for name, build := range samples {
		host := everything
		if name == "interpreted" {
			host = Features{}
		}
		b := blockOf(t, build)
		got := fmt.Sprintf("fast\n%s\ndense\n%s", list(t, host, b, quick.Fast), list(t, host, b, quick.Dense))
		path := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: the code differs from that of %s at\n%s", name, path, firstDifference(got, string(want)))
		}
	}
	files, err := os.ReadDir("testdata")
	if err != nil || len(files) != len(samples)+len(regions) {
		t.Errorf("testdata has %d listings of %d samples: %v", len(files), len(samples), err)
	}
}

// regions are the regions that are listed there, of two blocks each: where the second one begins, and the links that lead to the
// other.
var regions = map[string]struct {
	build       func(p *asm.Program)
	second      uint64
	there, back int
}{
	"region": {func(p *asm.Program) { // with registers that lie in memory elsewhere, and accesses that remember their page
		p.Label("loop").I(isa.LD, asm.T3, asm.A0, 0).I(isa.ADDI, asm.A0, asm.A0, 8).Branch(isa.BEQ, asm.T3, asm.Zero, "out")
		p.R(isa.ADD, asm.S5, asm.S5, asm.T3).Jump(asm.Zero, "second").Align(64)
		p.Label("second").S(isa.SD, asm.S5, asm.A1, 0).R(isa.SUB, asm.T3, asm.S5, asm.T4).Branch(isa.BNE, asm.A0, asm.T3, "loop").Op(isa.EBREAK)
		p.Label("out").Op(isa.EBREAK)
	}, 64, 1, 0},
	"region_pages": {func(p *asm.Program) { // in two pages, whose places it remembers
		p.Label("loop").I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "second").Align(physmem.PageSize)
		p.Label("second").Branch(isa.BNE, asm.A0, asm.A1, "loop").Op(isa.EBREAK)
	}, physmem.PageSize, 0, 0},
}

// Of regions testdata has the code too.
func TestRegionListings(t *testing.T) {
	for name, test := range regions {
		all := blocksOf(t, test.build, 0, test.second)
		u := &code.Unit{Parts: []code.Part{all[0].Part(), all[1].Part()}}
		u.Parts[0].Next[test.there], u.Parts[1].Next[test.back] = 2, 1
		made, err := region.New(New(everything).Region(tier.Options{})).Compile(u)
		if err != nil {
			t.Fatal(err)
		}
		l := listing.Block{PC: 0x8000_0000, Guest: all[0].Text(), Host: made.Bytes, Marks: []listing.Mark{{Guest: listing.None}}}
		got, path := listed(&l, made), filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("the code differs from that of %s at\n%s", path, firstDifference(got, string(want)))
		}
	}
}

// blockOf makes the first block of a program, at the beginning of memory.
func blockOf(t *testing.T, build func(p *asm.Program)) *blocks.Block { return blocksOf(t, build, 0)[0] }

// blocksOf makes the blocks of a program at some offsets.
func blocksOf(t *testing.T, build func(p *asm.Program), offsets ...uint64) (list []*blocks.Block) {
	t.Helper()
	const ram, size = 0x8000_0000, 1 << 20
	mem, err := physmem.New(ram, size, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mem.Close(); err != nil {
			t.Error(err)
		}
	})
	p := asm.New(ram)
	build(p)
	if err := mem.WriteAt(p.Bytes(), ram); err != nil {
		t.Fatal(err)
	}
	cache := blocks.NewCache(mem, func(done func()) { done() })
	for _, off := range offsets {
		list = append(list, cache.Get(blocks.Key{PA: ram + off, Mode: code.Heap}, func() (uint64, bool) { return 0, false }))
	}
	return list
}

// list shows the block's code beside the guest's, its exits and its links.
func list(t *testing.T, host Features, b *blocks.Block, form quick.Form) string {
	t.Helper()
	made, err := tierFor(host, form, tier.Options{Marked: true}).Compile(unitOf(b))
	if err != nil {
		t.Fatal(err)
	}
	l := listing.Block{PC: b.PA(), Guest: b.Text(), Host: made.Bytes}
	for _, m := range made.Marks {
		guest := int(m.Guest) * 2
		if m.Guest == tier.MarkBlock {
			guest = listing.None
		}
		l.Marks = append(l.Marks, listing.Mark{Host: int(m.Host), Guest: guest})
	}
	return listed(&l, made)
}

// listed is a listing with what else there is to know of the code.
func listed(l *listing.Block, made *tier.Code) string {
	out := []byte(named(l.Text(), made.Relocs))
	for i, x := range made.Exits {
		out = fmt.Appendf(out, "  exit %d: micro-operation %d", i, x.Op)
		if x.Resume != 0 {
			out = fmt.Appendf(out, ", resumed at %x", x.Resume)
		}
		out = append(out, '\n')
	}
	for _, r := range made.Relocs {
		if r.Target == tier.ToLink {
			l := made.Links[r.N]
			out = fmt.Appendf(out, "  at %x: link %d to %+d, stub at %x", r.Offset, r.N, l.Target, l.Stub)
			if l.Checked {
				out = append(out, [...]string{leads: ", checked", passes: ", else"}[r.Kind]...)
			}
			out = append(out, '\n')
		}
	}
	return string(out)
}

// firstDifference shows the first line that is another one.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("the end: %d lines, want %d", len(a), len(b))
}

// ofState are operands in the hart's State, callee is an instruction with a rel32 field that the engine fills in.
var (
	ofState = regexp.MustCompile(`\[rbx((?:\+r[a-z]+)?)([+-]0x[0-9a-f]+)\]`)
	callee  = regexp.MustCompile(`([0-9a-f]+)  (call|jmp|j[a-z]+) 0x([0-9a-f]+)\n`)
)

// named is a listing in which the State's fields have their names, whatever lies before them, and routines theirs.
func named(text string, relocs []tier.Reloc) string {
	text = ofState.ReplaceAllStringFunc(text, func(operand string) string {
		m := ofState.FindStringSubmatch(operand)
		at, err := strconv.ParseInt(m[2], 0, 64)
		if err != nil {
			panic(err)
		}
		return "[" + fieldAt(int32(at)) + m[1] + "]"
	})
	return callee.ReplaceAllStringFunc(text, func(line string) string {
		m := callee.FindStringSubmatch(line)
		to, err := strconv.ParseUint(m[3], 16, 16)
		if err != nil {
			return line
		}
		// Until it is filled in the field is zero, so that the instruction leads behind itself.
		for _, r := range relocs {
			if r.Target == tier.Routine && r.Offset+4 == uint32(to) {
				return fmt.Sprintf("%s  %s %s\n", m[1], m[2], Routine(r.N))
			}
		}
		return line
	})
}

// fieldAt names what is at a displacement from RBX.
func fieldAt(at int32) string {
	name, base := "R", int32(-bias)
	for path, off := range fields {
		if off <= at && (off > base || off == base && len(path) > len(name)) {
			name, base = path, off
		}
	}
	switch slot := uint8((at + bias) / 8); {
	case name == "R" && at%8 == 0 && slot < 32:
		return isa.XName(slot)
	case name == "R" && at%8 == 0 && slot >= hart.F && slot < hart.F+32:
		return isa.FName(slot - hart.F)
	case at == base:
		return name
	}
	return fmt.Sprintf("%s+%d", name, at-base)
}
