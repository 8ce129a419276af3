package runtime

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/runtime/boot"
	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

func needNative(t *testing.T) {
	t.Helper()
	if !engine.Supported {
		t.Skip("no native code on this host")
	}
}

// native is the configuration of a program whose blocks are compiled when they run
// for the first time.
func native(program []byte) Config {
	cfg := Default()
	cfg.Memory, cfg.ProgramData = 16*MiB, program
	cfg.JIT.Mode, cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = JITOn, 1, 1
	return cfg
}

// leave appends the end of a program: it exits with the code in A0 and spins.
func leave(p *asm.Program) *asm.Program {
	p.LI(asm.T0, testSwitch).LI(asm.T1, 0x3333)
	p.I(isa.SLLI, asm.A0, asm.A0, 16).R(isa.OR, asm.T1, asm.T1, asm.A0)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "failed").LI(asm.T1, 0x5555).Label("failed")
	return p.S(isa.SW, asm.T1, asm.T0, 0).Label("spin").Jump(asm.Zero, "spin")
}

// wantSuccess runs cfg and checks that the guest is content.
func wantSuccess(t *testing.T, cfg Config) Result {
	t.Helper()
	res, out := runGuest(t, cfg)
	if res.ExitCode != 0 || res.Reason != PoweredOff && res.Reason != Exited {
		t.Fatalf("%v with code %d; console:\n%s", res.Reason, res.ExitCode, out)
	}
	return res
}

// Divisions by zero are the interpreter's, and so is the store to a device; all else
// in this program is native code's.
func TestTierCountsAreExact(t *testing.T) {
	needNative(t)
	const rounds = 1000
	p := asm.New(RAMBase)
	p.LI(asm.A1, rounds).Label("loop")
	p.I(isa.ADDI, asm.A2, asm.A2, 3).R(isa.DIV, asm.A3, asm.A2, asm.Zero).R(isa.XOR, asm.A4, asm.A3, asm.A2)
	p.I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "loop")
	cfg := native(leave(p.LI(asm.A0, 0)).Bytes())
	cfg.test.wait = true
	res := wantSuccess(t, cfg)
	s := res.Stats.jit
	if s.Native+s.Interpreted != res.Stats.Instructions || s.Interpreted != rounds+1 {
		t.Errorf("%d native and %d interpreted instructions of %d, want %d interpreted", s.Native, s.Interpreted, res.Stats.Instructions, rounds+1)
	}
	want := []leftOut{{"div", rounds}, {"sw", 1}}
	if fmt.Sprint(s.LeftOut) != fmt.Sprint(want) {
		t.Errorf("left out: %v, want %v", s.LeftOut, want)
	}
	if s.Exits.Operation != rounds+1 || s.Entries != s.Exits.Operation+s.Exits.Polls+s.Exits.Links+s.Exits.JumpMiss {
		t.Errorf("%d entries and these exits: %+v", s.Entries, s.Exits)
	}
	if res.Stats.Harts[0].Native != s.Native || s.Compiler.Failures != 0 {
		t.Errorf("%+v", s)
	}
}

func TestInterpreterHasNojitStats(t *testing.T) {
	cfg := native(leave(asm.New(RAMBase).LI(asm.A0, 0)).Bytes())
	cfg.JIT.Mode = JITOff
	if s := wantSuccess(t, cfg).Stats.jit; s != nil {
		t.Errorf("%+v", s)
	}
}

// Executions and exits are counted one by one, whichever engine executes the block. Its first branch is taken when a1 is
// a multiple of four.
func TestBlockCounts(t *testing.T) {
	needNative(t)
	const rounds = 5000
	p := asm.New(RAMBase)
	p.LI(asm.A1, rounds).Label("loop")
	p.I(isa.ADDI, asm.A1, asm.A1, -1).I(isa.ANDI, asm.A2, asm.A1, 3).Branch(isa.BEQ, asm.A2, asm.Zero, "skip")
	p.I(isa.ADDI, asm.A3, asm.A3, 1).Label("skip").Branch(isa.BNE, asm.A1, asm.Zero, "loop")
	loop, skip := p.Addr("loop"), p.Addr("skip")
	program := leave(p.LI(asm.A0, 0)).Bytes()
	for _, threshold := range []uint32{1, 100} {
		cfg := native(program)
		cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = threshold, threshold
		cfg.test.wait, cfg.JIT.Profile = true, true
		m, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The first round belongs to the block before, in which the second branch is taken.
		want := map[uint64]string{
			loop: fmt.Sprint(rounds-1, threshold-1, []Edge{{loop + 8, skip, rounds / 4}, {skip, loop, rounds - 1 - rounds/4}}),
			skip: fmt.Sprint(rounds/4, threshold-1, []Edge{{skip, loop, rounds/4 - 1}}),
		}
		for _, b := range m.Blocks(100) {
			if want[b.PC] == "" {
				continue
			}
			got := fmt.Sprint(b.Executions, b.Interpreted, b.Edges[:min(len(b.Edges), strings.Count(want[b.PC], "{"))])
			if got != want[b.PC] || b.PA != b.PC {
				t.Errorf("threshold %d, block at %#x, %#x: %s, want %s", threshold, b.PC, b.PA, got, want[b.PC])
			}
			if text := b.Listing(); !strings.Contains(text, "bne a1,zero") || !strings.Contains(text, "lock add") {
				t.Errorf("listing:\n%s", text)
			}
			delete(want, b.PC)
		}
		if len(want) != 0 {
			t.Errorf("threshold %d: not among the hottest blocks: %v", threshold, want)
		}
	}
}

func TestBlocksHaveNames(t *testing.T) {
	needNative(t)
	cfg := Default()
	cfg.Program, cfg.Memory, cfg.JIT.Profile = filepath.Join(guestDir, "i_alu.elf"), 16*MiB, true
	cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max, cfg.test.wait = 1, 1, true
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	blocks := m.Blocks(5)
	if len(blocks) != 5 {
		t.Fatalf("%d blocks", len(blocks))
	}
	for _, b := range blocks {
		if b.Name == "" {
			t.Errorf("no name for %#x", b.PC)
		}
	}
}

// TestNamesStayOneWord: a guest chooses its symbols' names, which perf shows on a terminal.
func TestNamesStayOneWord(t *testing.T) {
	for in, want := range map[string]string{
		"main": "main", "a b\nc": `a_b\nc`, "\x7f": `\x7f`, "\x1b[31m": `\x1b[31m`, "\u009b\u202e": `\u009b\u202e`,
	} {
		n := newNames(&boot.Plan{}, []elfimage.Symbol{{Name: in, Value: 0x1000, Size: 8}})
		if got := n.symbol(0x1000, 0); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
		if got := n.function(0x1004); got != plain.Text(in)+"+0x4" {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}

// A compilation that fails or panics costs its block the native code, and nothing else.
func TestCompilationFails(t *testing.T) {
	needNative(t)
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("out of luck") },
		"panic": func() error { panic("out of luck") },
	} {
		t.Run(name, func(t *testing.T) {
			var failed atomic.Int64
			cfg := Default()
			cfg.Program, cfg.Memory = filepath.Join(guestDir, "fence.elf"), 64*MiB
			cfg.CPU.MMU = Sv57
			cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = 1, 1
			cfg.test.before = func(b *blocks.Block) error {
				if b.PA()%16 >= 8 {
					return nil
				}
				failed.Add(1)
				return fail()
			}
			s := wantSuccess(t, cfg).Stats.jit
			if s.Native == 0 || s.Compiler.Compiled == 0 {
				t.Error("the other blocks were not compiled")
			}
			// The last ones may have failed after the figures were taken.
			if n := uint64(failed.Load()); s.Compiler.Failures == 0 || s.Compiler.Failures > n || len(s.Compiler.LastFailures) == 0 {
				t.Errorf("%d compilations failed, %d reported: %+v", n, s.Compiler.Failures, s.Compiler.LastFailures)
			}
			for _, f := range s.Compiler.LastFailures {
				if !strings.Contains(f.Message, "out of luck") || f.Panicked != (name == "panic") {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// A block that could not be compiled once is compiled when it is hot again.
func TestCompilationIsTriedAgain(t *testing.T) {
	needNative(t)
	p := asm.New(RAMBase)
	p.LI(asm.A1, 2_000_000).Label("loop")
	p.I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "loop")
	loop := p.Addr("loop")
	cfg := native(leave(p.LI(asm.A0, 0)).Bytes())
	cfg.JIT.Mode = JITQuick // a region would be another attempt
	var tries atomic.Int64
	cfg.test.before = func(b *blocks.Block) error {
		if b.PA() == loop && tries.Add(1) < 3 {
			return errors.New("not yet")
		}
		return nil
	}
	s := wantSuccess(t, cfg).Stats.jit
	if tries.Load() != 3 || s.Compiler.Failures != 2 {
		t.Errorf("%d attempts, %d failures", tries.Load(), s.Compiler.Failures)
	}
	if s.Native == 0 {
		t.Error("the loop never became native")
	}
}
