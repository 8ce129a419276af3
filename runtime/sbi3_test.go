package runtime

import (
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	sbiPMU      = 0x504d55
	sbiFeatures = 0x46574654
	sbiSuspend  = 0x53555350
	sbiSteal    = 0x535441

	pmuConfig, pmuStart, pmuStop, pmuRead = 2, 3, 4, 5
)

// A kernel counts instructions, to the last one, and firmware events, and is interrupted when a
// counter overflows: in every engine, where native code runs the loop.
func TestSBIPerformanceCounters(t *testing.T) {
	const rounds = 100_000
	loop := func(p *asm.Program, label string) {
		p.LI(asm.S0, rounds).Label(label).I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, label)
	}
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			p := asm.New(kernelBase)
			p.LA(asm.T0, "overflow").CSR(isa.CSRRW, 0, isa.CSR_STVEC, asm.T0)
			p.LI(asm.T0, 1<<13).CSR(isa.CSRRW, 0, isa.CSR_SIE, asm.T0)
			// Any counter for instructions, started at once.
			p.LI(asm.A0, 0).LI(asm.A1, 0xfffffff8).LI(asm.A2, 6).LI(asm.A3, 2).LI(asm.A4, 0)
			sbiCall(p, sbiPMU, pmuConfig)
			noteWord(p, asm.A1, 0)
			p.CSR(isa.CSRRS, asm.S1, isa.CSR_HPMCOUNTER3, 0)
			loop(p, "l1")
			p.CSR(isa.CSRRS, asm.S2, isa.CSR_HPMCOUNTER3, 0).R(isa.SUB, asm.S2, asm.S2, asm.S1)
			noteWord(p, asm.S2, 1) // LI is one or two instructions: see want
			p.LI(asm.A0, 3).LI(asm.A1, 1).LI(asm.A2, 0)
			sbiCall(p, sbiPMU, pmuStop)
			p.CSR(isa.CSRRS, asm.S1, isa.CSR_HPMCOUNTER3, 0)
			loop(p, "l2")
			p.CSR(isa.CSRRS, asm.S2, isa.CSR_HPMCOUNTER3, 0).R(isa.SUB, asm.S2, asm.S2, asm.S1)
			noteWord(p, asm.S2, 2)
			// SBI's timer calls, counted by the firmware.
			p.LI(asm.A0, 32).LI(asm.A1, 1).LI(asm.A2, 4).LI(asm.A3, 15<<16|5).LI(asm.A4, 0)
			sbiCall(p, sbiPMU, pmuConfig)
			for range 3 {
				p.LI(asm.A0, ^uint64(0))
				sbiCall(p, sbiTime, 0)
			}
			p.LI(asm.A0, 32)
			sbiCall(p, sbiPMU, pmuRead)
			noteWord(p, asm.A1, 3)
			// An overflow 1,000 instructions ahead, taken within a block.
			p.LI(asm.S3, 0)
			p.LI(asm.A0, 3).LI(asm.A1, 1).LI(asm.A2, 1).LI(asm.A3, ^uint64(999))
			sbiCall(p, sbiPMU, pmuStart)
			p.CSR(isa.CSRRSI, 0, isa.CSR_SSTATUS, 2)
			loop(p, "l3")
			noteWord(p, asm.S3, 4) // interrupts
			noteWord(p, asm.S4, 5) // the counter then
			noteWord(p, asm.S5, 6) // scountovf
			noteWord(p, asm.S6, 7) // scause
			finish(p)
			p.Align(4).Label("overflow")
			p.I(isa.ADDI, asm.S3, asm.S3, 1).CSR(isa.CSRRS, asm.S4, isa.CSR_HPMCOUNTER3, 0)
			p.CSR(isa.CSRRS, asm.S5, isa.CSR_SCOUNTOVF, 0).CSR(isa.CSRRS, asm.S6, isa.CSR_SCAUSE, 0)
			p.LI(asm.T0, 1<<13).CSR(isa.CSRRC, 0, isa.CSR_SIP, asm.T0).Op(isa.SRET)

			cfg := kernel(p, 1)
			engine(&cfg)
			got := notes(t, cfg)
			li := uint64(len(asm.New(0).LI(asm.S0, rounds).Bytes()) / 4)
			for n, want := range []uint64{3, 1 + li + 2*rounds, 0, 3, 1, got[5], got[6] | 1<<3, 1<<63 | 13} {
				if got[n] != want {
					t.Errorf("word %d is %#x, want %#x", n, got[n], want)
				}
			}
			if got[5] > 70 { // a block, and the handler's way to the counter
				t.Errorf("the interrupt comes %d instructions late", got[5])
			}
		})
	}
}

// Suspend to RAM: not before every other hart has stopped, and until an interrupt; the hart
// begins anew with its number and what it asked for.
func TestSBISystemSuspend(t *testing.T) {
	p := asm.New(kernelBase)
	suspend := func(n int32) {
		p.LI(asm.A0, 0).LA(asm.A1, "resumed").LI(asm.A2, 4711)
		sbiCall(p, sbiSuspend, 0)
		noteWord(p, asm.A0, n)
	}
	p.LI(asm.A0, 1).LA(asm.A1, "second").LI(asm.A2, 0)
	sbiCall(p, sbiHSM, hsmStart)
	awaitWord(p, 20, 1, "begun")
	suspend(0) // denied
	p.LI(asm.T0, 1)
	noteWord(p, asm.T0, 21)
	p.Label("wait").LI(asm.A0, 1)
	sbiCall(p, sbiHSM, hsmStatus)
	p.LI(asm.T0, 1).Branch(isa.BNE, asm.A1, asm.T0, "wait")
	p.LI(asm.T0, 1<<5).CSR(isa.CSRRW, 0, isa.CSR_SIE, asm.T0)
	p.CSR(isa.CSRRS, asm.S0, isa.CSR_TIME, 0).LI(asm.T0, vcpu.TimeFrequency/100).R(isa.ADD, asm.A0, asm.S0, asm.T0)
	noteWord(p, asm.A0, 10)
	sbiCall(p, sbiTime, 0)
	p.CSR(isa.CSRRSI, 0, isa.CSR_SSTATUS, 2)
	suspend(1)
	finish(p) // never
	p.Label("resumed")
	noteWord(p, asm.A0, 2)
	noteWord(p, asm.A1, 3)
	p.CSR(isa.CSRRS, asm.T0, isa.CSR_TIME, 0)
	noteWord(p, asm.T0, 11)
	p.CSR(isa.CSRRS, asm.T0, isa.CSR_SSTATUS, 0).I(isa.ANDI, asm.T0, asm.T0, 2)
	noteWord(p, asm.T0, 4)
	finish(p)
	p.Label("second").LI(asm.T0, 1)
	noteWord(p, asm.T0, 20)
	awaitWord(p, 21, 1, "stop")
	sbiCall(p, sbiHSM, hsmStop)
	here(p)

	got := notes(t, kernel(p, 2))
	for n, want := range map[int]uint64{0: ^uint64(3), 1: 0, 2: 0, 3: 4711, 4: 0} {
		if got[n] != want {
			t.Errorf("word %d is %#x, want %#x", n, got[n], want)
		}
	}
	if got[11] < got[10] {
		t.Errorf("it wakes at %d, before %d", got[11], got[10])
	}
}

// Two harts that share one worker: one sees that the other one has it, and never more than the
// time that has passed.
func TestSBIStealTime(t *testing.T) {
	const account = testData + 0x400
	p := asm.New(kernelBase)
	p.LI(asm.A0, 1).LA(asm.A1, "second").LI(asm.A2, 0)
	sbiCall(p, sbiHSM, hsmStart)
	p.LI(asm.A0, account).LI(asm.A1, 0).LI(asm.A2, 0)
	sbiCall(p, sbiSteal, 0)
	noteWord(p, asm.A0, 0)
	p.CSR(isa.CSRRS, asm.S0, isa.CSR_TIME, 0)
	p.Label("spin").LI(asm.T2, account).I(isa.LD, asm.T3, asm.T2, 8).LI(asm.T1, 1_000_000)
	p.Branch(isa.BLTU, asm.T3, asm.T1, "spin")
	p.CSR(isa.CSRRS, asm.S1, isa.CSR_TIME, 0).R(isa.SUB, asm.T0, asm.S1, asm.S0)
	noteWord(p, asm.T3, 1)
	noteWord(p, asm.T0, 2)
	finish(p)
	p.Label("second")
	here(p)
	cfg := kernel(p, 2)
	cfg.PoolSize = 1
	got := notes(t, cfg)
	elapsed := got[2] * 100
	if got[0] != 0 || got[1] > elapsed {
		t.Errorf("error %d; %d ns of %d stolen", got[0], got[1], elapsed)
	}
}

// With aligned accesses only, a kernel can leave misaligned ones to the firmware; native code
// comes back for them.
func TestSBIMisalignedAccesses(t *testing.T) {
	for name, engine := range engines {
		p := asm.New(kernelBase)
		p.LI(asm.A0, 0).LI(asm.A1, 0).LI(asm.A2, 0)
		sbiCall(p, sbiFeatures, 0)
		noteWord(p, asm.A0, 0)
		p.LI(asm.S0, testData+0x801).LI(asm.S1, 0).LI(asm.S2, 1000)
		p.Label("loop").S(isa.SD, asm.S2, asm.S0, 0).I(isa.LD, asm.T0, asm.S0, 0).R(isa.ADD, asm.S1, asm.S1, asm.T0)
		p.I(isa.ADDI, asm.S2, asm.S2, -1).Branch(isa.BNE, asm.S2, asm.Zero, "loop")
		noteWord(p, asm.S1, 1)
		finish(p)
		cfg := kernel(p, 1)
		engine(&cfg)
		cfg.CPU.StrictAlign = true
		if got := notes(t, cfg); got[0] != 0 || got[1] != 500500 {
			t.Errorf("%s: error %d, sum %d", name, got[0], got[1])
		}
	}
}

// The device tree names the events that the counters count, and the extensions.
func TestDeviceTreeOfCounters(t *testing.T) {
	p := asm.New(kernelBase)
	here(p)
	m := newMachine(t, kernel(p, 1))
	defer m.Close()
	blob := make([]byte, 64<<10)
	if err := m.core.Mem.ReadAt(blob, m.plan.A1); err != nil {
		t.Fatal(err)
	}
	tree, err := fdt.Read(blob)
	if err != nil {
		t.Fatal(err)
	}
	node := tree.Find("/pmu")
	if node == nil {
		t.Fatal("no node of the counters")
	}
	cells := func(name string) (c []uint64) {
		v, _ := node.Prop(name)
		for ; len(v) >= 4; v = v[4:] {
			c = append(c, uint64(v[0])<<24|uint64(v[1])<<16|uint64(v[2])<<8|uint64(v[3]))
		}
		return c
	}
	counters, selectors, raw := cells("riscv,event-to-mhpmcounters"), cells("riscv,event-to-mhpmevent"), cells("riscv,raw-event-to-mhpmcounters")
	if len(raw) != 5 || raw[4] != vcpu.ProgrammableCounters {
		t.Fatalf("raw events: %#x", raw)
	}
	for _, e := range vcpu.Events() {
		if e.Number&(raw[2]<<32|raw[3]) == raw[0]<<32|raw[1] {
			continue
		}
		found := false
		for i := 0; i+3 <= len(counters); i += 3 {
			found = found || counters[i] == e.Number && counters[i+1] == e.Number && counters[i+2]&vcpu.ProgrammableCounters == vcpu.ProgrammableCounters &&
				selectors[i] == e.Number && selectors[i+2] == e.Number
		}
		if !found {
			t.Errorf("event %#x (%s) is not in the tree: %#x, %#x", e.Number, e.Name, counters, selectors)
		}
	}
}

// A kernel watches a word by a debug trigger, and is stopped before the store to it, in every
// engine; what the handler does not undo would be made a moment later.
func TestSBIDebugTriggers(t *testing.T) {
	const triggers = 0x44425452
	const watched, shared = testData + 0x808, testData + 0x900
	for name, engine := range engines {
		p := asm.New(kernelBase)
		p.LA(asm.T0, "hit").CSR(isa.CSRRW, 0, isa.CSR_STVEC, asm.T0).CSR(isa.CSRRSI, 0, isa.CSR_SSTATUS, 2)
		p.LI(asm.A0, shared).LI(asm.A1, 0).LI(asm.A2, 0)
		sbiCall(p, triggers, 1)
		p.LI(asm.T0, shared).LI(asm.T1, 6<<60|1<<4|2).S(isa.SD, asm.T1, asm.T0, 8) // a store in S-mode
		p.LI(asm.T1, watched).S(isa.SD, asm.T1, asm.T0, 16).S(isa.SD, asm.Zero, asm.T0, 24)
		p.LI(asm.S0, testData+0x800).LI(asm.S1, 300)
		p.Label("loop").S(isa.SD, asm.S1, asm.S0, 0).I(isa.LD, asm.T0, asm.S0, 8) // not watched yet
		p.I(isa.ADDI, asm.S1, asm.S1, -1).Branch(isa.BNE, asm.S1, asm.Zero, "loop")
		p.LI(asm.A0, 1)
		sbiCall(p, triggers, 3)
		noteWord(p, asm.A0, 0)
		p.LI(asm.S0, testData+0x800).LI(asm.S2, 1)
		p.S(isa.SD, asm.S2, asm.S0, 0).I(isa.LD, asm.T0, asm.S0, 8)
		p.Label("store").S(isa.SD, asm.S2, asm.S0, 8)
		noteWord(p, asm.S2, 5) // never
		finish(p)
		p.Align(4).Label("hit")
		p.CSR(isa.CSRRS, asm.T0, isa.CSR_SCAUSE, 0)
		noteWord(p, asm.T0, 1)
		p.CSR(isa.CSRRS, asm.T0, isa.CSR_STVAL, 0)
		noteWord(p, asm.T0, 2)
		p.CSR(isa.CSRRS, asm.T0, isa.CSR_SEPC, 0).LA(asm.T1, "store").R(isa.SUB, asm.T0, asm.T0, asm.T1)
		noteWord(p, asm.T0, 3)
		p.I(isa.LD, asm.T0, asm.S0, 8)
		noteWord(p, asm.T0, 4)
		finish(p)
		cfg := kernel(p, 1)
		engine(&cfg)
		got := notes(t, cfg)
		for n, want := range []uint64{0, 3, watched, 0, 0, 0} {
			if got[n] != want {
				t.Errorf("%s: word %d is %#x, want %#x", name, n, got[n], want)
			}
		}
	}
}
