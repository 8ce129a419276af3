package runtime

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// cancelled is how long a machine may take to end, which does so within 200 ms where a processor is free: these tests
// share theirs. What they are about took longer than this by far.
const cancelled = 3 * time.Second

// stackAt and stackEnd bound what test programs attach as a stack: as much as there may be, most of it memory that
// nobody has touched.
const (
	stackAt  = RAMBase + uint64(64*MiB)
	stackEnd = stackAt + uint64(256*MiB)
	bigRAM   = 384 * MiB
)

// cancelAt cancels a run once ready says so and some more time has passed, and returns how long it took to end.
func cancelAt(t *testing.T, cfg Config, prepare func(*Machine), ready func(*Machine) bool) time.Duration {
	t.Helper()
	m := newMachine(t, cfg)
	if prepare != nil {
		prepare(m)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		res, err := m.Run(ctx)
		if res.Reason != Cancelled {
			err = errors.Join(err, errors.New(res.Reason.String()+" before it was cancelled"))
		}
		ended <- err
	}()
	until(t, "the guest is busy", func() bool { return ready(m) })
	time.Sleep(300 * time.Millisecond)
	select {
	case err := <-ended:
		t.Fatalf("it is not busy: %v", err)
	default:
	}
	began := time.Now()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	took := time.Since(began)
	t.Logf("ended after %v", took)
	return took
}

// attachBig has a hart or thread attach with the largest stack.
func attachBig(p *asm.Program) {
	p.LI(asm.T1, stackAt).LI(asm.T2, stackEnd).I(isa.ADDI, asm.SP, asm.T1, 0)
	p.Insn(isa.Insn{Op: isa.GC_ATTACH, Rd: asm.A0, Rs1: asm.T1, Rs2: asm.T2})
}

// manyThreads is a process whose 4,095 threads have attached with the largest stacks there may be, and of which none runs
// when a collection begins.
func manyThreads() Config {
	const root = testData + 0x1000
	p := asm.New(RAMBase)
	command(p, 1, heapAt, heapSize, heapAt, 0)
	p.LI(asm.T0, root+2*8).LI(asm.T1, RAMBase>>12<<10|0xdf).S(isa.SD, asm.T1, asm.T0, 0) // 1 GiB: U X W R V A D
	p.LI(asm.T0, 8<<60|root>>12).CSR(isa.CSRRW, 0, isa.CSR_SATP, asm.T0)
	p.LI(asm.T0, ^uint64(0)).CSR(isa.CSRRW, 0, isa.CSR_PMPADDR0, asm.T0)
	p.LI(asm.T0, 0x1f).CSR(isa.CSRRW, 0, isa.CSR_PMPCFG0, asm.T0)
	p.LA(asm.T0, "trap").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T0)
	p.LA(asm.T0, "user").CSR(isa.CSRRW, 0, isa.CSR_MEPC, asm.T0).LI(asm.T0, 3<<11).CSR(isa.CSRRC, 0, isa.CSR_MSTATUS, asm.T0).Op(isa.MRET)
	p.Label("user").LI(asm.S0, 4096).LI(4, 1)
	p.Label("thread")
	attachBig(p)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "done").I(isa.ADDI, 4, 4, 1).Branch(isa.BLTU, 4, asm.S0, "thread")
	p.Label("done").Op(isa.ECALL)
	p.Align(4).Label("trap")
	command(p, 6)
	p.LI(asm.T0, testData).S(isa.SD, 4, asm.T0, 0)
	here(p)
	cfg := bare(p, 1)
	cfg.Memory = bigRAM
	return cfg
}

// manyStacks is a program whose harts have attached with the largest stacks. They sleep, or count, when a collection
// begins.
func manyStacks(harts int, sleep bool) Config {
	p := asm.New(RAMBase)
	attachBig(p)
	p.LI(asm.T0, testData+8).LI(asm.T1, 1).R(isa.AMOADD_D, 0, asm.T0, asm.T1)
	p.CSR(isa.CSRRS, asm.T0, isa.CSR_MHARTID, asm.Zero).Branch(isa.BNE, asm.T0, asm.Zero, "rest")
	p.LI(asm.T0, testData+8).LI(asm.T2, uint64(harts))
	p.Label("all").I(isa.LD, asm.T1, asm.T0, 0).Branch(isa.BNE, asm.T1, asm.T2, "all")
	command(p, 1, heapAt, heapSize, heapAt, 0)
	command(p, 6)
	p.LI(asm.T0, testData).LI(asm.T1, 4096).S(isa.SD, asm.T1, asm.T0, 0)
	p.Label("rest")
	if sleep {
		p.Op(isa.WFI)
	}
	p.Jump(asm.Zero, "rest")
	cfg := bare(p, harts)
	cfg.Memory = bigRAM
	return cfg
}

// A collection that scans a thousand times more stack than there is memory ends with the machine.
func TestCancelWhileStacksAreScanned(t *testing.T) {
	for name, cfg := range map[string]Config{
		"threads":  manyThreads(),
		"sleeping": manyStacks(256, true),
		"running":  manyStacks(64, false),
		"stopped":  manyStacks(64, true),
	} {
		t.Run(name, func(t *testing.T) {
			cfg.Heap.Concurrent = name != "stopped"
			ready := func(m *Machine) bool { return m.testWord(t, testData) == 4096 }
			if took := cancelAt(t, cfg, nil, ready); took > cancelled {
				t.Errorf("it took %v", took)
			}
		})
	}
}

const (
	busyHarts = 28
	busyWord  = testData + 0x8000 // a word a hart: how often it has gone round
	busyCode  = testData + 0x2_0000
)

// everything is a kernel whose harts do, for ever and at once, all that keeps a host busy: what a hart does is its
// number's part.
func everything() Config {
	p := asm.New(kernelBase)
	parts := map[int]func(round string){
		0: func(string) { command(p, 6) },                                                                        // starts collections
		1: func(string) { p.LI(asm.A2, 40<<20).Insn(isa.Insn{Op: isa.GC_NEW, Rd: asm.A0, Rs1: 0, Rs2: asm.A2}) }, // has memory zeroed
		2: func(string) { p.LI(asm.A2, 8).Insn(isa.Insn{Op: isa.GC_NEW, Rd: asm.A0, Rs1: 0, Rs2: asm.A2}) },      // allocates
		3: func(string) { p.LI(asm.A1, 1<<40).Insn(isa.Insn{Op: isa.GC_WAIT, Rd: asm.A0, Rs1: asm.A1}) },         // waits for a cycle
		4: func(string) { p.LI(asm.A0, 3000).LI(asm.A1, kernelBase).LI(asm.A2, 0); sbiCall(p, sbiDebug, 0) },     // writes
		5: func(string) { p.LI(asm.A0, 0).LI(asm.A1, ^uint64(0)); sbiCall(p, sbiRFence, 0) },                     // FENCE.I everywhere
		6: func(string) {
			p.LI(asm.A0, 0).LI(asm.A1, ^uint64(0)).LI(asm.A2, 1<<30).LI(asm.A3, 64<<12)
			sbiCall(p, sbiRFence, 1)
		}, // 64 pages
		7: func(string) { p.LI(asm.A0, 0).LI(asm.A1, ^uint64(0)); sbiCall(p, sbiIPI, 0) }, // interrupts everywhere
		8: func(round string) { // writes code in many pages, and runs it
			p.LI(asm.T0, busyCode).LI(asm.T1, 64).LI(asm.T2, 0x8082).LI(asm.T3, 4096)
			p.Label("code").S(isa.SH, asm.T2, asm.T0, 0).Op(isa.FENCE_I).I(isa.JALR, asm.RA, asm.T0, 0)
			p.R(isa.ADD, asm.T0, asm.T0, asm.T3).I(isa.ADDI, asm.T1, asm.T1, -1).Branch(isa.BNE, asm.T1, asm.Zero, "code")
		},
		9:  func(string) { p.Op(isa.EBREAK) },                                                              // traps
		10: func(string) { p.LI(asm.A0, 0); sbiCall(p, sbiHSM, hsmSuspend) },                               // suspends itself
		11: func(string) { p.LI(asm.T0, 0x10_2000).I(isa.LD, asm.T1, asm.T0, 0x80) },                       // reads statistics
		12: func(string) { p.LI(asm.T0, clintBase+0xbff8).S(isa.SD, asm.Zero, asm.T0, 0) },                 // sets the clock, for all
		13: func(string) { p.LI(asm.T0, htifAt).LI(asm.T1, 1<<56|1<<48|'x').S(isa.SD, asm.T1, asm.T0, 0) }, // HTIF
		14: func(string) { p.Op(isa.SFENCE_VMA) },
		15: func(string) {}, // counts
	}
	p.Branch(isa.BNE, asm.A0, asm.Zero, "hart")
	command(p, 1, heapAt, 16<<20, heapAt, 0)
	p.LI(asm.S0, 1)
	p.Label("start").I(isa.ADDI, asm.A0, asm.S0, 0).LI(asm.A1, kernelBase)
	sbiCall(p, sbiHSM, 0)
	p.I(isa.ADDI, asm.S0, asm.S0, 1).LI(asm.T0, busyHarts).Branch(isa.BLTU, asm.S0, asm.T0, "start").LI(asm.A0, 0)

	p.Label("hart").I(isa.ADDI, asm.S0, asm.A0, 0)
	p.LI(asm.S1, busyWord).I(isa.SLLI, asm.T0, asm.S0, 3).R(isa.ADD, asm.S1, asm.S1, asm.T0)
	p.LA(asm.T0, "trap").CSR(isa.CSRRW, 0, isa.CSR_STVEC, asm.T0)
	for n, part := range parts {
		round, other := "round"+string(rune('a'+n)), "not"+string(rune('a'+n))
		p.LI(asm.T0, uint64(n)).Branch(isa.BNE, asm.S0, asm.T0, other)
		p.Label(round)
		part(round)
		p.LI(asm.T1, 1).R(isa.AMOADD_D, 0, asm.S1, asm.T1).Jump(asm.Zero, round)
		p.Label(other)
	}
	// The others sleep, with the largest stacks.
	attachBig(p)
	p.Label("sleep").Op(isa.WFI).Jump(asm.Zero, "sleep")
	p.Align(4).Label("trap").CSR(isa.CSRRS, asm.T0, isa.CSR_SEPC, asm.Zero).I(isa.ADDI, asm.T0, asm.T0, 4).CSR(isa.CSRRW, 0, isa.CSR_SEPC, asm.T0).Op(isa.SRET)
	cfg := kernel(p, busyHarts)
	cfg.Memory = bigRAM
	return cfg
}

const htifAt = testData + 0x1_f000

// withHTIF gives a machine without an ELF file's tohost word one.
func withHTIF(t *testing.T) func(*Machine) {
	return func(m *Machine) {
		if err := m.watchHTIF(htifAt, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// A machine in which everything is busy ends as soon as it is told to.
func TestCancelWithEverythingBusy(t *testing.T) {
	for name, engine := range engines {
		for _, out := range []string{"", ", output stuck"} {
			t.Run(name+out, func(t *testing.T) {
				cfg := everything()
				engine(&cfg)
				busy := []uint64{0, 1, 2, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15}
				if out != "" {
					w := &stuckWriter{left: 100_000, released: make(chan struct{})}
					defer close(w.released)
					cfg.Stdout = w
					busy = nil // who waits for the writer holds up most of the others
				}
				ready := func(m *Machine) bool {
					for _, n := range busy {
						if m.testWord(t, busyWord+8*n) == 0 {
							return false
						}
					}
					return m.testWord(t, busyWord+8*15) > 0
				}
				if took := cancelAt(t, cfg, withHTIF(t), ready); took > cancelled {
					t.Errorf("it took %v", took)
				}
			})
		}
	}
}
