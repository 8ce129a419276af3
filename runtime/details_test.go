package runtime

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// accesses is a program that makes two loads and a store in each round, and leaves every other round before the second
// load. It touches a page of RAM in each round.
func accesses(rounds uint64) []byte {
	p := asm.New(RAMBase).LI(asm.A1, rounds).LI(asm.A2, testData).LI(asm.A4, 4096)
	p.Label("loop").I(isa.LD, asm.A3, asm.A2, 0).S(isa.SD, asm.A1, asm.A2, 8)
	p.I(isa.ANDI, asm.A5, asm.A1, 1).Branch(isa.BNE, asm.A5, asm.Zero, "odd")
	p.I(isa.LD, asm.A3, asm.A2, 16)
	p.Label("odd").R(isa.ADD, asm.A2, asm.A2, asm.A4).I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "loop")
	return leave(p.LI(asm.A0, 0)).Bytes()
}

// detailed runs a program to its end with detailed statistics.
func detailed(t *testing.T, cfg Config) Stats {
	t.Helper()
	cfg.Stats = true
	return wantSuccess(t, cfg).Stats
}

func TestDetailedStats(t *testing.T) {
	needNative(t)
	const rounds = 2000
	cfg := Default()
	cfg.Memory, cfg.ProgramData = 32*MiB, accesses(rounds)
	cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = 1<<20, 1<<20
	s := detailed(t, cfg)
	// Blocks that were interpreted only are counted exactly; what stands in no block is a handful of instructions.
	if loads, stores := s.hits.Loads, s.hits.Stores; loads < rounds*3/2-10 || loads > rounds*3/2+10 || stores < rounds-10 || stores > rounds+10 {
		t.Errorf("%d loads and %d stores, want %d and %d", loads, stores, rounds*3/2, rounds)
	}
	if want := 1 - float64(s.tlb.LoadMisses)/float64(s.hits.Loads); s.tlb.LoadMisses < rounds || s.hits.LoadShare != want {
		t.Errorf("%d load misses, and a hit rate of %v, want %v", s.tlb.LoadMisses, s.hits.LoadShare, want)
	}
	m := s.memory
	if m.RAM < rounds*4096 || m.RAM > uint64(cfg.Memory) || m.Blocks == 0 || m.GoHeap < m.Blocks || m.ProcessPeak < m.Process || m.Process < m.RAM || m.Host < m.Process {
		t.Errorf("memory: %+v", *m)
	}
	cfg.Stats = false
	if s := wantSuccess(t, cfg).Stats; s.memory != nil {
		t.Error("memory was looked at although nobody has asked for statistics")
	}
}

// What native code executes is estimated from samples.
func TestAccessesOfNativeCode(t *testing.T) {
	needNative(t)
	p := asm.New(RAMBase).LI(asm.A1, 20_000_000).LI(asm.A2, testData)
	p.Label("loop").I(isa.LD, asm.A3, asm.A2, 0).I(isa.LD, asm.A4, asm.A2, 8).S(isa.SD, asm.A3, asm.A2, 0)
	p.I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "loop")
	s := detailed(t, native(leave(p.LI(asm.A0, 0)).Bytes()))
	each := float64(s.Instructions)
	if loads, stores := float64(s.hits.Loads)/each, float64(s.hits.Stores)/each; loads < 0.39 || loads > 0.41 || stores < 0.19 || stores > 0.21 {
		t.Errorf("%v loads and %v stores in an instruction, want 2/5 and 1/5", loads, stores)
	}
	if s.jit.Missed != 0 || s.jit.HitShare != 1 {
		t.Errorf("%d instructions were missed without eviction", s.jit.Missed)
	}
}

// After the end there is nothing to look at.
func TestDetailedStatsOfAClosedMachine(t *testing.T) {
	m, err := New(native(accesses(10)))
	if err != nil {
		t.Fatal(err)
	}
	if s := m.DetailedStats(); s.memory == nil || s.hits.LoadShare != 1 {
		t.Errorf("before the start: %+v", s.hits)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if s := m.DetailedStats(); s.memory != nil {
		t.Error("there is memory after Close")
	}
}
