package amd64

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/jitworker/region"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// use is an access to the State by native code: where, relative to the State's start,
// how wide, and whether an index is added.
type use struct {
	at      int64
	bytes   int
	indexed bool
}

// path names the field that a is a use of, as fields does; "" if it is none that
// native code has to do with.
func (a use) path(t *testing.T) string {
	for path := range fields {
		at, typ := offset(t, path)
		switch {
		case path == "TLB" || path == "Jump" || path == "Heap":
		case strings.HasPrefix(path, "TLB.Load"), strings.HasPrefix(path, "TLB.Store"), path == "TLB.Fetch", strings.HasPrefix(path, "TLB.Far"):
			// A tag or an addend, by an index.
			if a.indexed && a.bytes == 8 && (a.at == at || a.at == at+int64(offAddend)) {
				return path
			}
		case strings.HasPrefix(path, "Jump."), strings.HasPrefix(path, "Heap.Buffers."), path == "Heap.Log":
			if a.indexed && a.bytes == 8 && a.at == at {
				return path
			}
		case path == "SM4Box":
			if a.indexed && a.bytes == 1 && a.at == at {
				return path
			}
		case path == "Addend", path == "Pages", path == "Memos", path == "Lanes":
			if !a.indexed && a.bytes == 8 && a.at >= at && a.at < at+int64(typ.Size()) && (a.at-at)%8 == 0 {
				return path
			}
		case !a.indexed && a.at == at && (a.bytes == int(typ.Size()) || path == "Float.Mode" && a.bytes == 1):
			return path
		}
	}
	switch slot := a.at / 8; {
	case a.indexed && a.at == int64(offJump)+bias && a.bytes == 8:
		return "Jump.PC"
	case a.indexed || slot > hart.Sink:
	case a.at%8 == 0: // a register, or its lower part
		return "R"
	case a.at%8 == 4 && a.bytes == 4 && slot >= hart.F: // a single's box
		return "R"
	}
	return ""
}

// zeroUppers is VZEROUPPER, which touches nothing of anybody's.
var zeroUppers = []byte{0xc5, 0xf8, 0x77}

// sweep calls f for every instruction of code. Those with a VEX prefix, which the
// disassembler does not know, are shown as moves with the same operand in memory. Behind the
// last one of 256 bits the upper halves of registers are cleared (TRAPS 28).
func sweep(t *testing.T, code []byte, f func(in x86asm.Inst)) {
	t.Helper()
	upper := false
	defer func() {
		if upper {
			t.Error("upper halves of registers stay as they are")
		}
	}()
	for len(code) > 0 {
		if bytes.HasPrefix(code, zeroUppers) {
			code, upper = code[len(zeroUppers):], false
			continue
		}
		text, more := code, 0
		if len(code) > 4 && code[0] == 0xc4 {
			rex := 0x40 | ^code[1]>>5&7
			upper = upper || code[2]>>2&1 != 0
			text = append([]byte{0xf2, rex, 0x0f, 0x10}, code[4:]...)
			if code[1]&31 == 3 { // the map of instructions with an immediate
				more = 1
			}
		}
		in, err := x86asm.Decode(text, 64)
		if err != nil || in.Len == 0 {
			t.Fatalf("cannot read % x: %v", code[:min(15, len(code))], err)
		}
		f(in)
		code = code[in.Len+more:]
	}
}

// foreignTo native code are instructions that would call by a register, move the stack
// otherwise than by calls and returns, or touch what the operating system and Go's
// runtime rely on.
func foreignTo(in x86asm.Inst) bool {
	switch in.Op {
	case x86asm.CALL: // by the State's fields, and within the code
		_, register := in.Args[0].(x86asm.Reg)
		return register
	case x86asm.PUSH, x86asm.POP:
		return in.Args[0] == x86asm.RSP
	case x86asm.LCALL, x86asm.PUSHF, x86asm.PUSHFQ, x86asm.POPF, x86asm.POPFQ,
		x86asm.ENTER, x86asm.LEAVE, x86asm.STD, x86asm.CLD, x86asm.SYSCALL, x86asm.SYSENTER, x86asm.INT, x86asm.WRFSBASE,
		x86asm.WRGSBASE, x86asm.SWAPGS:
		return true
	}
	for i, a := range in.Args {
		switch a := a.(type) {
		case x86asm.Mem:
			// Below the stack, where a call would write, or the guest's return address.
			if a.Segment != 0 || a.Base == x86asm.RSP && a.Disp != -8 && a.Disp != 8 {
				return true
			}
		case x86asm.Reg:
			if i == 0 && (a == x86asm.RSP || a == x86asm.RBX || a == x86asm.ESP || a == x86asm.EBX) &&
				in.Op != x86asm.CMP && in.Op != x86asm.TEST && !movesStack(in) {
				return true
			}
			if a >= x86asm.ES && a <= x86asm.GS {
				return true
			}
		}
	}
	return false
}

// movesStack reports whether in empties the stack of native code, or moves from or to Go's.
func movesStack(in x86asm.Inst) bool {
	m, ok := in.Args[1].(x86asm.Mem)
	if !ok || in.Args[0] != x86asm.RSP || m.Base != x86asm.RBX || m.Index != 0 {
		return false
	}
	switch in.Op {
	case x86asm.LEA:
		return m.Disp == int64(offCallBase)
	case x86asm.MOV:
		return m.Disp == int64(offCallTop) || m.Disp == int64(offGoStack)
	}
	return false
}

// borrows reports whether in gives the State's pointer away and takes it back, between vector registers.
func borrows(in x86asm.Inst) bool {
	return in.Op == x86asm.MOVQ && in.Args[0] == x86asm.RBX && (in.Args[1] == x86asm.X1 || in.Args[1] == x86asm.X2)
}

// check sweeps code and adds what it finds of the State's fields to seen.
func check(t *testing.T, what string, code []byte, seen map[string]int) {
	t.Helper()
	sweep(t, code, func(in x86asm.Inst) {
		text := x86asm.IntelSyntax(in, 0, nil)
		if foreignTo(in) && !(what == CallSwap16.String() && borrows(in)) {
			t.Errorf("%s: %s", what, text)
		}
		for _, arg := range in.Args {
			m, ok := arg.(x86asm.Mem)
			if !ok || m.Base != x86asm.RBX {
				continue
			}
			if in.Op == x86asm.LEA && movesStack(in) {
				seen["Calls"]++
				continue
			}
			if in.Op == x86asm.LEA {
				t.Errorf("%s: %s", what, text)
				continue
			}
			path := use{m.Disp + bias, in.MemBytes, m.Index != 0}.path(t)
			if path == "" {
				t.Errorf("%s: %s (%d bytes) is at no field that native code knows", what, text, in.MemBytes)
			}
			seen[path]++
		}
	})
}

// TRAPS 32, and what can be seen of 27 and 28 in the code: all that native code ever
// does to the hart's State is at a field it knows; it calls nobody but itself, has a stack
// of its own, leaves the State's pointer alone, uses no segment and no direction flag.
func TestTrap32NativeCodeUsesTheFields(t *testing.T) {
	seen := map[string]int{}
	for r := range Routines {
		check(t, r.String(), r.Code(codemap.View{Shift: 44}), seen)
	}
	hosts := []Features{{}, {BitCounts: true, Rounds: true, FMA: true, Clmul: true, Shuffles: true, AES: true, Halves: true, Lanes: true}}
	count := 0
	every := everyBlock(t)
	for i, f := range hosts {
		unit := &code.Unit{Parts: []code.Part{every["a group of accesses"].Part(), every["a loop"].Part()}}
		unit.Parts[1].Next[0] = 2
		out, err := region.New(New(f).Region(tier.Options{})).Compile(unit)
		if err != nil {
			t.Fatal(err)
		}
		check(t, fmt.Sprint("a region ", i), out.Bytes, seen)
		if out, err = tierFor(f, quick.Fast, tier.Options{}).Compile(unitOf(every["a map"])); err != nil { // that is not counted
			t.Fatal(err)
		}
		check(t, fmt.Sprint("a map ", i), out.Bytes, seen)
	}
	for name, b := range every {
		for i := range 2 * len(hosts) {
			o := tier.Options{Counter: func(*code.Part) uintptr { return 0x7f12_3456_7890 }}
			out, err := tierFor(hosts[i/2], quick.Form(i%2), o).Compile(unitOf(b))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			check(t, name, out.Bytes, seen)
			count++
		}
	}
	t.Logf("%d blocks: %v", count, seen)
	for path := range fields {
		if path != "TLB" && path != "Jump" && path != "Heap" && seen[path] == 0 {
			t.Errorf("no block uses %s", path)
		}
	}
}

// everyBlock has a block for each instruction, with operands in the host's registers
// and in memory, and some for what takes several.
func everyBlock(t *testing.T) map[string]*blocks.Block {
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
	starts := map[string]uint64{}
	begin := func(name string) {
		if at := p.PC(); at>>12 != (at+256)>>12 {
			p.Align(4096)
		}
		starts[name] = p.PC()
	}
	pinned := [...]uint8{asm.A0, asm.A1, asm.A2, asm.A3}
	for op := isa.ILLEGAL + 1; op < isa.NumOps; op++ {
		for i, r := range [][4]uint8{pinned, {asm.T3, asm.T4, asm.T5, asm.T6}, {0, asm.T4, asm.A2, asm.T6}} {
			begin(fmt.Sprint(op, " ", i))
			in := isa.Insn{Op: op, Rd: r[0], Rs1: r[1], Rs2: r[2], Rs3: r[3], Imm: immediateOf(op)}
			p.Insn(in).Insn(in).Op(isa.EBREAK)
		}
	}
	for _, csr := range []isa.CSR{isa.CSR_SSTATUS, isa.CSR_SSCRATCH, isa.CSR_SEPC, isa.CSR_SCAUSE, isa.CSR_STVAL} {
		for op := isa.CSRRW; op <= isa.CSRRCI; op++ {
			for i, r := range [][2]uint8{{asm.A0, asm.A1}, {asm.T3, asm.T4}, {0, asm.T4}, {asm.A0, 0}} {
				begin(fmt.Sprint(op, " ", csr, " ", i))
				p.Insn(isa.Insn{Op: op, Rd: r[0], Rs1: r[1], Imm: int32(csr)}).Op(isa.EBREAK)
			}
		}
	}
	begin("LR and SC")
	p.Label("again").R(isa.LR_D, asm.A0, asm.A1, 0).I(isa.ADDI, asm.A0, asm.A0, 1).R(isa.SC_D, asm.T3, asm.A1, asm.A0)
	p.Branch(isa.BNE, asm.T3, asm.Zero, "again").Op(isa.EBREAK)
	begin("LR and WRS")
	p.R(isa.LR_W, asm.A0, asm.A1, 0).Op(isa.WRS_NTO).R(isa.SC_W, asm.T3, asm.A1, asm.A0).Op(isa.EBREAK)
	for i, length := range []int32{0, 7} {
		begin(fmt.Sprint("allocation of known size ", i))
		p.I(isa.ADDI, asm.A1, 0, 3).I(isa.ADDI, asm.T3, 0, length)
		p.R(isa.GC_NEW, asm.A0, asm.A1, asm.T3).R(isa.GC_NEW, asm.A0, asm.A1, asm.T4).R(isa.GC_NEW, asm.T5, asm.A2, asm.T3).Op(isa.EBREAK)
	}
	for i, link := range []uint8{asm.RA, asm.T0} {
		name := fmt.Sprint("f", i)
		begin(fmt.Sprint("call ", i))
		p.Jump(link, name)
		begin(fmt.Sprint("call by register ", i))
		p.I(isa.JALR, link, asm.A0, 8)
		begin(fmt.Sprint("return ", i))
		p.Label(name).I(isa.JALR, asm.Zero, link, 0)
	}
	begin("a group of accesses")
	for i := range int32(8) {
		p.I(isa.LD, asm.T3, asm.A1, 8*i).S(isa.SD, asm.T3, asm.A2, 8*i)
	}
	p.Op(isa.EBREAK)
	begin("a loop")
	p.Label("loop").I(isa.LD, asm.A0, asm.A1, 0).I(isa.LW, asm.T3, asm.T4, 4).I(isa.ADDI, asm.A1, asm.A1, 8)
	p.Branch(isa.BNE, asm.A1, asm.A2, "loop").Op(isa.EBREAK)
	begin("a map")
	p.Label("map").I(isa.LW, asm.A0, asm.A1, 0).I(isa.LW, asm.T3, asm.T4, 0).R(isa.ADDW, asm.A0, asm.A0, asm.T3).R(isa.XOR, asm.A0, asm.A0, asm.T5)
	p.S(isa.SW, asm.A0, asm.A2, 0).I(isa.ADDI, asm.A1, asm.A1, 4).I(isa.ADDI, asm.A2, asm.A2, 4).I(isa.ADDI, asm.T4, asm.T4, 4)
	p.Branch(isa.BNE, asm.A1, asm.A3, "map").Op(isa.EBREAK)
	if err := mem.WriteAt(p.Bytes(), ram); err != nil {
		t.Fatal(err)
	}
	cache := blocks.NewCache(mem, func(done func()) { done() })
	out := map[string]*blocks.Block{}
	for name, at := range starts {
		if out[name] = cache.Get(blocks.Key{PA: at, Mode: code.Heap}, func() (uint64, bool) { return 0, false }); out[name] == nil {
			t.Fatalf("no block for %s", name)
		}
	}
	return out
}

// immediateOf is an immediate that op can have.
func immediateOf(op isa.Op) int32 {
	switch op.Row().Format {
	case isa.FmtU:
		return 0x12345 << 12
	case isa.FmtCSR, isa.FmtCSRI:
		return int32(isa.CSR_FCSR)
	case isa.FmtFMA, isa.FmtFRm, isa.FmtF1Rm, isa.FmtXF1Rm, isa.FmtFX1Rm:
		if op == isa.FCVTMOD_W_D {
			return 1
		}
		return 7
	case isa.FmtAMO, isa.FmtLR:
		return 0
	case isa.FmtByte, isa.FmtMopRR:
		return 3
	}
	return 8
}
