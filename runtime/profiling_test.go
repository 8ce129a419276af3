package runtime

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/runtime/profile/profiletest"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// profiled runs a guest that does not end until it has had so many samples, and returns its profile and its folded stacks.
func profiled(t *testing.T, cfg Config, samples uint64) (*profile.Profile, string) {
	t.Helper()
	dir := t.TempDir()
	cfg.Profile.CPU, cfg.Profile.Folded, cfg.Profile.Rate = filepath.Join(dir, "pprof"), filepath.Join(dir, "folded"), 2000
	m := newMachine(t, cfg)
	done := make(chan error, 1)
	go func() {
		_, err := m.Run(t.Context())
		done <- err
	}()
	for m.profiler.tally.Samples() < samples {
		select {
		case err := <-done:
			t.Fatalf("the guest has ended: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	m.Stop(0)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(cfg.Profile.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := profile.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	folded, err := os.ReadFile(cfg.Profile.Folded)
	if err != nil {
		t.Fatal(err)
	}
	return p, string(folded)
}

// stackOf are the names of a sample's functions, the outermost first.
func stackOf(s *profile.Sample) string {
	var names []string
	for i := len(s.Location) - 1; i >= 0; i-- {
		lines := s.Location[i].Line // the innermost first
		if len(lines) == 0 {
			names = append(names, "?")
		}
		for j := len(lines) - 1; j >= 0; j-- {
			names = append(names, lines[j].Function.Name)
		}
	}
	return strings.Join(names, ";")
}

// enterFrame and leaveFrame are the beginning and the end of a function with a frame pointer.
func enterFrame(p *asm.Program, name string) {
	p.Label(name).I(isa.ADDI, asm.SP, asm.SP, -16).S(isa.SD, asm.RA, asm.SP, 8).S(isa.SD, asm.S0, asm.SP, 0).I(isa.ADDI, asm.S0, asm.SP, 16)
}

func leaveFrame(p *asm.Program) {
	p.I(isa.LD, asm.RA, asm.SP, 8).I(isa.LD, asm.S0, asm.SP, 0).I(isa.ADDI, asm.SP, asm.SP, 16).I(isa.JALR, asm.Zero, asm.RA, 0)
}

// hotAndCold is a program that calls leaf from often three times as long as from seldom, and the names of its functions.
func hotAndCold() (*asm.Program, string) {
	p := asm.New(RAMBase)
	p.Label("_start").LI(asm.SP, RAMBase+1<<20).LI(asm.S0, 0).CSR(isa.CSRRS, asm.T0, isa.CSR_MHARTID, asm.Zero)
	p.Branch(isa.BNE, asm.T0, asm.Zero, "wait").Jump(asm.RA, "main")
	p.Label("wait").Op(isa.WFI).Jump(asm.Zero, "wait")
	enterFrame(p, "main")
	p.Label("loop").Jump(asm.RA, "often").Jump(asm.RA, "seldom").Jump(asm.Zero, "loop")
	for name, rounds := range map[string]uint64{"often": 30_011, "seldom": 10_007} {
		enterFrame(p, name)
		p.LI(asm.A0, rounds).Jump(asm.RA, "leaf")
		leaveFrame(p)
	}
	enterFrame(p, "leaf")
	p.Label("round").I(isa.ADDI, asm.A0, asm.A0, -1).Branch(isa.BNE, asm.A0, asm.Zero, "round")
	leaveFrame(p)
	var table strings.Builder
	for _, name := range []string{"_start", "wait", "main", "often", "seldom", "leaf"} {
		fmt.Fprintf(&table, "%x T %s\n", p.Addr(name), name)
	}
	return p, table.String()
}

// A profile has the shares of functions, by who has called them, and no hart that waits.
func TestCPUProfile(t *testing.T) {
	program, table := hotAndCold()
	for _, mode := range []JITMode{JITOff, JITOn} {
		t.Run(string(mode), func(t *testing.T) {
			cfg := bare(program, 2)
			cfg.JIT.Mode = mode
			cfg.Symbols = filepath.Join(t.TempDir(), "map")
			if err := os.WriteFile(cfg.Symbols, []byte(table), 0o644); err != nil {
				t.Fatal(err)
			}
			p, folded := profiled(t, cfg, 500)
			const hot, cold = "_start;main;often;leaf", "_start;main;seldom;leaf"
			counts, tiers, all, other := map[string]int64{}, map[string]int64{}, int64(0), int64(0)
			for _, s := range p.Sample {
				if s.Label["hart"][0] == "1" { // until it waits
					other += s.Value[0]
					continue
				}
				counts[stackOf(s)] += s.Value[0]
				tiers[s.Label["tier"][0]] += s.Value[0]
				all += s.Value[0]
				if s.Label["hart"][0] != "0" || s.Label["mode"][0] != "M" || s.Value[1] <= 0 || s.Value[2] <= 0 {
					t.Errorf("a sample of %v with %v", s.Label, s.Value)
				}
			}
			if other > 3 {
				t.Errorf("a hart that waits has %d samples", other)
			}
			share := func(n int64) float64 { return float64(n) / float64(all) }
			if s := share(counts[hot]); s < 0.6 || s > 0.9 || share(counts[hot]+counts[cold]) < 0.95 {
				t.Errorf("%.2f of samples are of the hot call, of %v", s, counts)
			}
			if native := share(tiers["native"]); native > 0 != (mode == JITOn && engine.Supported) || native > 0 && native < 0.9 {
				t.Errorf("%.2f of samples are of native code", native)
			}
			for _, stack := range []string{hot, cold} {
				if !strings.Contains(folded, stack+" ") {
					t.Errorf("folded stacks have no %s:\n%s", stack, folded)
				}
			}
		})
	}
}

// The code of a process is recognised by what is in its pages, wherever they are, and named by the file that has them.
func TestProfileOfProcess(t *testing.T) {
	const (
		user    = 0x4000_0000 // where the process has the first GiB of RAM
		linked  = 0x1_0000    // where its file says
		root    = testData
		textPA  = testData + 0x1000
		textVA  = user + textPA - RAMBase
		gigabit = 30
	)
	text := asm.New(linked).Label("work").I(isa.ADDI, asm.T0, asm.T0, 1).Jump(asm.Zero, "work")
	page := make([]byte, 4096)
	copy(page, text.Bytes())
	file := profiletest.ELF{Vaddr: linked, Text: page, BuildID: "one", Symbols: map[string]uint64{"work": linked}}

	p := asm.New(kernelBase)
	entry := func(va, flags uint64) {
		p.LI(asm.T0, root+va>>gigabit*8).LI(asm.T1, RAMBase>>12<<10|flags).S(isa.SD, asm.T1, asm.T0, 0)
	}
	entry(RAMBase, 0xcf) // for the kernel
	entry(user, 0xdf)    // for the process
	for i, word := range []uint32{asm.Encode(isa.Insn{Op: isa.ADDI, Rd: asm.T0, Rs1: asm.T0, Imm: 1}), 0} {
		if i == 1 {
			code := text.Bytes()
			word = uint32(code[4]) | uint32(code[5])<<8 | uint32(code[6])<<16 | uint32(code[7])<<24
		}
		p.LI(asm.T0, textPA+4*uint64(i)).LI(asm.T1, uint64(word)).S(isa.SW, asm.T1, asm.T0, 0)
	}
	p.LI(asm.T0, 8<<60|root>>12).CSR(isa.CSRRW, asm.Zero, isa.CSR_SATP, asm.T0).R(isa.SFENCE_VMA, 0, 0, 0).Op(isa.FENCE_I)
	p.LI(asm.T0, textVA).CSR(isa.CSRRW, asm.Zero, isa.CSR_SEPC, asm.T0)
	p.LI(asm.T0, 1<<8).CSR(isa.CSRRC, asm.Zero, isa.CSR_SSTATUS, asm.T0).Op(isa.SRET)

	cfg := kernel(p, 1)
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg.Profile.Symbols = []FilePath{FilePath(path)}
	got, _ := profiled(t, cfg, 20)
	for _, s := range got.Sample {
		l := s.Location[0]
		if s.Label["mode"][0] == "U" && stackOf(s) == "work" && l.Address == linked && l.Mapping.File == "program" {
			return
		}
	}
	t.Errorf("nobody works in the program: %v", got)
}

// A cancelled run has its profile, if what is known is soon named.
func TestProfileOfCancelledRun(t *testing.T) {
	program, _ := hotAndCold()
	cfg := bare(program, 1)
	cfg.Profile.CPU = filepath.Join(t.TempDir(), "pprof")
	took := cancelAt(t, cfg, nil, func(m *Machine) bool { return m.profiler.tally.Samples() > 0 })
	if took > cancelled {
		t.Errorf("it took %v", took)
	}
	f, err := os.Open(cfg.Profile.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if p, err := profile.Parse(f); err != nil || len(p.Sample) == 0 {
		t.Errorf("%v, %v", p, err)
	}
}

// What is done at the end of a run has a while longer than the run, and no more.
func TestGraceful(t *testing.T) {
	run, cancel := context.WithCancel(t.Context())
	late, done := graceful(run, time.Millisecond)
	if late.Err() != nil {
		t.Error("it has ended before the run")
	}
	cancel()
	<-late.Done()
	done()
	late, done = graceful(run, time.Hour) // cancelled already
	if late.Err() != nil {
		t.Error("there was no grace")
	}
	done()
	if late.Err() == nil {
		t.Error("nobody ends it")
	}
}

// A profile of memory has what the machine holds, by its functions.
func TestMemProfile(t *testing.T) {
	old := goruntime.MemProfileRate
	goruntime.MemProfileRate = 1 // every allocation
	defer func() { goruntime.MemProfileRate = old }()
	program, _ := hotAndCold()
	cfg := bare(program, 1)
	cfg.Profile.Memory = filepath.Join(t.TempDir(), "heap")
	m := newMachine(t, cfg)
	m.Stop(0)
	if _, err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(cfg.Profile.Memory)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := profile.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	held := int64(0)
	for _, s := range p.Sample {
		if strings.Contains(stackOf(s), "shardedtlb.NewShared") {
			held += s.Value[len(s.Value)-1] // in use, bytes
		}
	}
	if held < int64(cfg.TLB.Bytes(1)) {
		t.Errorf("the second level holds %d bytes, want %d", held, cfg.TLB.Bytes(1))
	}
}

// What cannot be read or written is said before the guest runs.
func TestBadProfile(t *testing.T) {
	program, _ := hotAndCold()
	for option, set := range map[string]func(*Config){
		"--cpuprofile": func(c *Config) { c.Profile.CPU = filepath.Join(t.TempDir(), "none", "file") },
		"--memprofile": func(c *Config) { c.Profile.Memory = t.TempDir() },
		"--folded":     func(c *Config) { c.Profile.Folded = os.DevNull },
		"--user-symbols": func(c *Config) {
			c.Profile.Folded, c.Profile.Symbols = filepath.Join(t.TempDir(), "f"), []FilePath{"/none"}
		},
		"--profile-rate": func(c *Config) { c.Profile.Rate = 0 },
	} {
		cfg := bare(program, 1)
		set(&cfg)
		if _, err := NewContext(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), option+": ") {
			t.Errorf("%s: %v", option, err)
		}
	}
}
