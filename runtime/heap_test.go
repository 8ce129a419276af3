package runtime

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/gcpar"
	"github.com/hartwood-vm/hartwood/runtime/device/gc"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	gcBase    = 0x10_2000
	gcPhase   = 0x10
	gcCommand = 0x20
	gcError   = 0x28
	gcArg     = 0x40
	heapAt    = RAMBase + 0x80_0000
	heapSize  = 1 << 20
	rootsAt   = testData // a root range of 64 bytes
	errorsAt  = testData + 0x1000
	resultsAt = testData + 0x2000
)

// command appends a command to the control device; its error is in a0 then.
func command(p *asm.Program, number uint64, args ...uint64) {
	p.LI(asm.T0, gcBase)
	for i, v := range args {
		p.LI(asm.T1, v).S(isa.SD, asm.T1, asm.T0, int32(gcArg+8*i))
	}
	p.LI(asm.T1, number).S(isa.SD, asm.T1, asm.T0, gcCommand).I(isa.LD, asm.A0, asm.T0, gcError)
}

// churn is a program whose harts allocate count objects each, in lists that they drop
// now and then, and that start cycles all the time. Every object refers to the one
// before, and carries its reference in data too: a hart that finds them to differ ends
// the machine with code 2, one that gets no memory with code 3.
func churn(harts int, count uint64) *asm.Program {
	p := asm.New(RAMBase)
	p.CSR(isa.CSRRS, asm.S0, isa.CSR_MHARTID, asm.Zero)
	p.Branch(isa.BNE, asm.S0, asm.Zero, "wait")
	command(p, 1, heapAt, heapSize, heapAt, 0)
	command(p, 3, 1, 24, 0b001, 0, 0)
	command(p, 4, rootsAt, 64, 0)
	p.LI(asm.T2, errorsAt).LI(asm.T1, 1).Fence(3, 3).S(isa.SD, asm.T1, asm.T2, 0).Jump(asm.Zero, "go")
	p.Label("wait").LI(asm.T2, errorsAt).I(isa.LD, asm.T1, asm.T2, 0).Branch(isa.BEQ, asm.T1, asm.Zero, "wait").Fence(3, 3)

	p.Label("go")
	// A stack of 4 KiB for each hart, above the program.
	p.LI(asm.SP, RAMBase+0x10_0000).I(isa.ADDI, asm.T1, asm.S0, 1).I(isa.SLLI, asm.T1, asm.T1, 12).R(isa.ADD, asm.SP, asm.SP, asm.T1)
	p.LI(asm.T1, 4096).R(isa.SUB, asm.T1, asm.SP, asm.T1)
	p.Insn(isa.Insn{Op: isa.GC_ATTACH, Rd: asm.A0, Rs1: asm.T1, Rs2: asm.SP})
	p.LI(asm.S1, count).LI(asm.S2, 1)
	p.Label("list").LI(asm.S3, 0).LI(asm.S4, 200)
	p.Label("next").Insn(isa.Insn{Op: isa.GC_NEW, Rd: asm.S5, Rs1: asm.S2, Rs2: asm.Zero}).Branch(isa.BEQ, asm.S5, asm.Zero, "none")
	p.Insn(isa.Insn{Op: isa.GC_SD, Rs1: asm.S5, Rs2: asm.S3, Imm: 8})
	p.S(isa.SD, asm.S5, asm.S5, 16).S(isa.SD, asm.S3, asm.S5, 24)
	// Every object is reachable from a global for a while too.
	p.LI(asm.T0, rootsAt).Insn(isa.Insn{Op: isa.GC_SWAP, Rd: asm.T1, Rs1: asm.T0, Rs2: asm.S5}).Branch(isa.BEQ, asm.T1, asm.Zero, "first")
	p.I(isa.LD, asm.T2, asm.T1, 16).Branch(isa.BNE, asm.T2, asm.T1, "wrong").Label("first")
	p.I(isa.ADDI, asm.S3, asm.S5, 0)
	p.I(isa.ADDI, asm.S1, asm.S1, -1).Branch(isa.BEQ, asm.S1, asm.Zero, "check")
	p.I(isa.ADDI, asm.S4, asm.S4, -1).Branch(isa.BNE, asm.S4, asm.Zero, "next")
	p.Label("check")
	p.Label("walk").Branch(isa.BEQ, asm.S3, asm.Zero, "walked").I(isa.LD, asm.T1, asm.S3, 16).Branch(isa.BNE, asm.T1, asm.S3, "wrong")
	p.I(isa.LD, asm.T1, asm.S3, 24).I(isa.LD, asm.S3, asm.S3, 8).Branch(isa.BNE, asm.T1, asm.S3, "wrong").Jump(asm.Zero, "walk")
	p.Label("walked")
	p.LI(asm.T0, gcBase).LI(asm.T1, 6).S(isa.SD, asm.T1, asm.T0, gcCommand) // a cycle, unless one runs
	p.Branch(isa.BNE, asm.S1, asm.Zero, "list")
	p.LI(asm.T0, errorsAt+8).LI(asm.T1, 1).R(isa.AMOADD_D, asm.T1, asm.T0, asm.T1).LI(asm.T2, uint64(harts-1))
	p.Branch(isa.BEQ, asm.T1, asm.T2, "last")
	here(p)
	p.Label("last")
	exit(p, 0)
	p.Label("wrong")
	exit(p, 2)
	p.Label("none")
	exit(p, 3)
	return p
}

// heapModes are the ways of collecting and executing that tests go through.
var heapModes = map[string]func(*Config){
	"default":     func(*Config) {},
	"interpreter": func(c *Config) { c.JIT.Mode = JITOff },
	"threshold 1": func(c *Config) { c.JIT.Threshold.Min, c.JIT.Threshold.Max = 1, 1 },
	"stopped":     func(c *Config) { c.Heap.Concurrent = false },
	"one worker":  func(c *Config) { c.Heap.Workers, c.Heap.Shards, c.Heap.Step = 1, 1, 1 },
}

// TestManagedHeap runs guests that keep the collector busy, which verifies each cycle.
func TestManagedHeap(t *testing.T) {
	count := uint64(400_000)
	if testing.Short() {
		count = 50_000
	}
	for name, change := range heapModes {
		t.Run(name, func(t *testing.T) {
			for _, harts := range []int{1, 3, 9} {
				// The objects fill the heap several times over; on a busy host the guest may all the same
				// have ended before the collector has come to the end of a cycle.
				for n := count; ; n *= 4 {
					s := churned(t, harts, n, change)
					if s.Violations != 0 || s.OutOfMemory != 0 {
						t.Errorf("%d harts: %+v", harts, *s)
					}
					if s.Cycles > 0 && s.MarkedObjects > 0 {
						break
					}
					if n > 100*count {
						t.Fatalf("%d harts: no cycle in the time of %d objects: %+v", harts, n, *s)
					}
				}
			}
		})
	}
}

// churned runs a guest that makes count objects, and returns what the collector says of it.
func churned(t *testing.T, harts int, count uint64, change func(*Config)) *gcpar.Stats {
	t.Helper()
	cfg := bare(churn(harts, count/uint64(harts)), harts)
	cfg.Heap.Verify = true
	change(&cfg)
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	res, err := m.Run(t.Context())
	if err != nil || res.Reason != PoweredOff {
		t.Fatalf("%d harts: %v with code %d: %v", harts, res.Reason, res.ExitCode, err)
	}
	return res.Stats.heap
}

// TestHeapLife pauses, resumes, and ends machines in the midst of collections.
func TestHeapLife(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	for name, change := range heapModes {
		t.Run(name, func(t *testing.T) {
			for i := range rounds {
				cfg := bare(churn(4, 1<<40), 4)
				change(&cfg)
				r := start(t, newMachine(t, cfg))
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() {
						for range 10 {
							switch rand.IntN(3) {
							case 0:
								_ = r.Pause()
							case 1:
								_ = r.Resume()
							case 2:
								r.Stats()
							}
							time.Sleep(time.Duration(rand.IntN(500)) * time.Microsecond)
						}
					})
				}
				wg.Wait()
				if i%2 == 0 {
					r.Stop(3)
					if res := r.wait(); res.ExitCode != 3 {
						t.Errorf("%+v", res)
					}
				} else if err := r.Close(); err != nil {
					t.Error(err)
				} else {
					r.wait()
				}
			}
		})
	}
}

// TestHeapRestart reboots a guest in the midst of a collection: it finds no heap then.
func TestHeapRestart(t *testing.T) {
	p := asm.New(RAMBase)
	command(p, 1, heapAt, heapSize, heapAt, 0)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "wrong")
	command(p, 3, 1, 8, 1, 0, 0)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "wrong")
	p.LI(asm.S1, 1).LI(asm.S2, 10)
	p.Label("new").Insn(isa.Insn{Op: isa.GC_NEW, Rd: asm.S3, Rs1: asm.S1, Rs2: asm.Zero}).Branch(isa.BEQ, asm.S3, asm.Zero, "wrong")
	p.I(isa.ADDI, asm.S2, asm.S2, -1).Branch(isa.BNE, asm.S2, asm.Zero, "new")
	command(p, 6)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "wrong")
	// The third time it is enough.
	p.LI(asm.T0, testData).I(isa.LD, asm.T1, asm.T0, 0).I(isa.ADDI, asm.T1, asm.T1, 1).S(isa.SD, asm.T1, asm.T0, 0)
	p.LI(asm.T2, 3).Branch(isa.BEQ, asm.T1, asm.T2, "done")
	p.LI(asm.T0, testSwitch).LI(asm.T1, 0x7777).S(isa.SW, asm.T1, asm.T0, 0)
	here(p)
	p.Label("done")
	exit(p, 0)
	p.Label("wrong")
	exit(p, 2)
	m, err := New(bare(p, 1))
	if err != nil {
		t.Fatal(err)
	}
	if res, err := m.Run(t.Context()); err != nil || res.Reason != PoweredOff {
		t.Errorf("%v with code %d: %v", res.Reason, res.ExitCode, err)
	}
}

// TestHostileHeap asks for what cannot be, and looks at the error codes.
func TestHostileHeap(t *testing.T) {
	const ram, end = RAMBase, RAMBase + 32*uint64(MiB)
	type step struct {
		command uint64
		args    []uint64
		want    gc.Code
	}
	steps := []step{
		{0, nil, gc.BadCommand},
		{99, nil, gc.BadCommand},
		{2, nil, gc.NoHeap},
		{3, []uint64{1, 8, 1, 0, 0}, gc.NoHeap},
		{4, []uint64{rootsAt, 8, 0}, gc.NoHeap},
		{5, []uint64{1}, gc.BadRoots},
		{6, nil, gc.NoHeap},
		{1, []uint64{heapAt, 0, heapAt, 0}, gc.BadAlignment},
		{1, []uint64{heapAt + 8, heapSize, heapAt, 0}, gc.BadAlignment},
		{1, []uint64{heapAt, heapSize + 4096, heapAt, 0}, gc.BadAlignment},
		{1, []uint64{heapAt, heapSize, heapAt + 4096, 0}, gc.BadAlignment},
		{1, []uint64{heapAt, heapSize, heapAt, 16}, gc.BadAlignment},
		{1, []uint64{end - 0x1_0000, 0x2_0000, heapAt, 0}, gc.BadRange},
		{1, []uint64{end, heapSize, heapAt, 0}, gc.BadRange},
		{1, []uint64{0x10_0000, 0x1_0000, heapAt, 0}, gc.BadRange},
		{1, []uint64{heapAt, 1<<64 - 0x1_0000, heapAt, 0}, gc.BadRange},
		{1, []uint64{heapAt, heapSize, 1<<64 - 0x1_0000, 0}, gc.BadRange},
		{1, []uint64{ram, 17 << 20, ram, 0}, gc.TooLarge},
		{1, []uint64{heapAt, heapSize, 0x7_0000_0000_0000, 7}, gc.Done},
		{1, []uint64{heapAt, heapSize, heapAt, 0}, gc.HeapExists},
		{3, []uint64{0, 8, 1, 0, 0}, gc.BadType},
		{3, []uint64{4096, 8, 1, 0, 0}, gc.BadType},
		{3, []uint64{^uint64(0), 8, 1, 0, 0}, gc.BadType},
		{3, []uint64{1, 8, 2, 0, 0}, gc.BadType},
		{3, []uint64{1, 8 | 8<<32, 1, 2, 0}, gc.BadType},
		{3, []uint64{1, 4 | 8<<32, 0, 1, 0}, gc.BadType},
		{3, []uint64{1, 1<<31 | 1<<63, 0, 0, 0}, gc.BadType},
		{3, []uint64{1, 8, 1, 0, 0}, gc.Done},
		{3, []uint64{1, 8, 1, 0, 0}, gc.BadType},
		{3, []uint64{2, 0 | 8<<32, 0, 1, 1}, gc.Done},
		{4, []uint64{rootsAt + 4, 8, 0}, gc.BadAlignment},
		{4, []uint64{rootsAt, 0, 0}, gc.BadAlignment},
		{4, []uint64{0x10_0000, 8, 0}, gc.BadRange},
		{4, []uint64{end - 8, 16, 0}, gc.BadRange},
		{4, []uint64{ram, 32 << 20, 1}, gc.Done}, // the heap itself, too
		{4, []uint64{rootsAt, 64, 0}, gc.Done},
		{5, []uint64{77}, gc.BadRoots},
		{5, []uint64{2}, gc.Done},
		{5, []uint64{2}, gc.BadRoots},
		{6, nil, gc.Done},
	}
	p := asm.New(RAMBase)
	p.LI(asm.S0, errorsAt)
	for i, s := range steps {
		command(p, s.command, s.args...)
		p.S(isa.SD, asm.A0, asm.S0, int32(8*i))
	}
	// Allocations that cannot be: an unknown type, one whose number is too large, and
	// lengths of which sizes overflow.
	news := [][2]uint64{{1000, 0}, {1 << 40, 0}, {2, 1 << 61}, {2, 1<<32 - 1}, {0, 1 << 32}, {2, heapSize / 8}}
	p.LI(asm.S0, resultsAt)
	for i, n := range news {
		p.LI(asm.T0, n[0]).LI(asm.T1, n[1]).Insn(isa.Insn{Op: isa.GC_NEW, Rd: asm.T2, Rs1: asm.T0, Rs2: asm.T1})
		p.S(isa.SD, asm.T2, asm.S0, int32(8*i))
	}
	// Objects whose headers say that they are anything, and stores through wild references.
	p.LI(asm.S1, heapAt).LI(asm.S2, 0x7_0000_0000_0000).LI(asm.S3, 2000).LI(asm.S4, 1).LI(asm.S6, 0x9e3779b97f4a7c15)
	p.Label("new").Insn(isa.Insn{Op: isa.GC_NEW, Rd: asm.T0, Rs1: asm.S4, Rs2: asm.Zero}).Branch(isa.BEQ, asm.T0, asm.Zero, "full")
	p.R(isa.SUB, asm.T0, asm.T0, asm.S2).R(isa.ADD, asm.T0, asm.T0, asm.S1)
	p.R(isa.MUL, asm.T1, asm.T0, asm.S6).S(isa.SD, asm.T1, asm.T0, 0)
	p.Insn(isa.Insn{Op: isa.GC_SD, Rs1: asm.T0, Rs2: asm.T1, Imm: 8})
	p.I(isa.ADDI, asm.S3, asm.S3, -1).Branch(isa.BNE, asm.S3, asm.Zero, "new")
	p.Label("full")
	// Two cycles over that, as soon as the one that runs has ended.
	p.LI(asm.S5, 2)
	p.Label("again").LI(asm.T0, gcBase).LI(asm.T1, 6).S(isa.SD, asm.T1, asm.T0, gcCommand).I(isa.LD, asm.A0, asm.T0, gcError)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "again").I(isa.ADDI, asm.S5, asm.S5, -1).Branch(isa.BNE, asm.S5, asm.Zero, "again")
	p.Label("reset").LI(asm.T0, gcBase).LI(asm.T1, 2).S(isa.SD, asm.T1, asm.T0, gcCommand).I(isa.LD, asm.A0, asm.T0, gcError)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "reset")
	p.Label("forget").I(isa.LD, asm.A0, asm.T0, gcPhase).Branch(isa.BNE, asm.A0, asm.Zero, "forget")
	p.Insn(isa.Insn{Op: isa.GC_NEW, Rd: asm.T2, Rs1: asm.S4, Rs2: asm.Zero}).LI(asm.S0, resultsAt).S(isa.SD, asm.T2, asm.S0, int32(8*len(news)))
	here(p)
	for name, change := range heapModes {
		t.Run(name, func(t *testing.T) {
			cfg := bare(p, 1)
			cfg.Heap.Size = 16 * MiB
			change(&cfg)
			r := start(t, newMachine(t, cfg))
			words := func(at uint64, n int) []uint64 {
				b := make([]byte, 8*n)
				if err := r.core.Mem.ReadAt(b, at); err != nil {
					t.Fatal(err)
				}
				w := make([]uint64, n)
				for i := range w {
					w[i] = binary.LittleEndian.Uint64(b[8*i:])
				}
				return w
			}
			until(t, "the guest has reset the heap", func() bool { return r.Stats().heap != nil && r.Stats().heap.HeapSize == 0 })
			if err := r.Pause(); err != nil {
				t.Fatal(err)
			}
			for i, got := range words(errorsAt, len(steps)) {
				if want := steps[i].want; gc.Code(got) != want {
					t.Errorf("command %d with %#x: error %d, want %d", steps[i].command, steps[i].args, got, want)
				}
			}
			for i, got := range words(resultsAt, len(news)+1) {
				if got != 0 {
					t.Errorf("allocation %d gave %#x", i, got)
				}
			}
			if err := r.Resume(); err != nil {
				t.Fatal(err)
			}
			r.Stop(0)
			r.wait()
		})
	}
}

// TestVerifyFindsPlainStores: a guest that hides a reference from the collector, and
// stores it by ordinary stores, is told.
func TestVerifyFindsPlainStores(t *testing.T) {
	collect := func(p *asm.Program) {
		p.LI(asm.T0, gcBase).LI(asm.T1, 6).S(isa.SD, asm.T1, asm.T0, gcCommand).I(isa.LD, asm.T1, asm.T0, 0x30)
		p.Insn(isa.Insn{Op: isa.GC_WAIT, Rd: asm.Zero, Rs1: asm.T1})
	}
	p := asm.New(RAMBase)
	command(p, 1, heapAt, heapSize, heapAt, 0)
	command(p, 3, 1, 8, 1, 0, 0)
	p.LI(asm.SP, RAMBase+0x10_0000).LI(asm.T1, RAMBase+0xf_0000)
	p.Insn(isa.Insn{Op: isa.GC_ATTACH, Rd: asm.A0, Rs1: asm.T1, Rs2: asm.SP})
	p.LI(asm.S2, 1).LI(asm.S3, errorsAt)
	p.Insn(isa.Insn{Op: isa.GC_NEW, Rd: asm.S0, Rs1: asm.S2, Rs2: asm.Zero})
	p.Insn(isa.Insn{Op: isa.GC_NEW, Rd: asm.S1, Rs1: asm.S2, Rs2: asm.Zero})
	p.S(isa.SD, asm.S1, asm.S3, 0).LI(asm.S1, 0) // to where nobody looks
	collect(p)
	p.I(isa.LD, asm.S1, asm.S3, 0).S(isa.SD, asm.S1, asm.S0, 8).LI(asm.S1, 0)
	collect(p)
	exit(p, 0)
	cfg := bare(p, 1)
	cfg.Heap.Verify = true
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	res, err := m.Run(t.Context())
	if err != nil || res.Reason != PoweredOff {
		t.Fatalf("%v with code %d: %v", res.Reason, res.ExitCode, err)
	}
	if s := res.Stats.heap; s.Cycles != 2 || s.Violations != 1 || s.Violation == "" {
		t.Errorf("%d violations after %d cycles: %q", s.Violations, s.Cycles, s.Violation)
	}
}
