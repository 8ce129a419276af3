package runtime

import (
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/sbi"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// SBI extensions and functions, by the SBI specification's numbers.
const (
	sbiTime   = 0x54494d45
	sbiIPI    = 0x735049
	sbiRFence = 0x52464e43
	sbiHSM    = 0x48534d
	sbiReset  = 0x53525354
	sbiDebug  = 0x4442434e

	hsmStart, hsmStop, hsmStatus, hsmSuspend = 0, 1, 2, 3
	fenceI, fenceVMA, fenceASID              = 0, 1, 2
)

// note appends a store of a register to word n of the test data.
func noteWord(p *asm.Program, reg uint8, n int32) {
	p.LI(asm.T5, testData).S(isa.SD, reg, asm.T5, 8*n)
}

// awaitWord appends a loop until word n is at least v. It uses no register but T5, T6.
func awaitWord(p *asm.Program, n int32, v uint64, label string) {
	p.LI(asm.T5, testData).Label(label).I(isa.LD, asm.T6, asm.T5, 8*n).LI(asm.T4, v)
	p.Branch(isa.BLT, asm.T6, asm.T4, label)
}

// finished is the word that tells that the guest has come to its end.
const finished = 31

// finish appends that.
func finish(p *asm.Program) {
	p.LI(asm.T4, 1)
	noteWord(p, asm.T4, finished)
	here(p)
}

// The firmware starts the boot hart alone; harts are started, tell their status,
// stop, are started again, suspend both ways, and wake by IPIs.
func TestSBIHartStates(t *testing.T) {
	p := asm.New(kernelBase)
	status := func(n int32) {
		p.LI(asm.A0, 1)
		sbiCall(p, sbiHSM, hsmStatus)
		noteWord(p, asm.A1, n)
	}
	awaitStatus := func(v uint64, label string) {
		p.Label(label).LI(asm.A0, 1)
		sbiCall(p, sbiHSM, hsmStatus)
		p.LI(asm.T0, v).Branch(isa.BNE, asm.A1, asm.T0, label)
	}
	startIt := func(at string, opaque uint64, n int32) {
		p.LI(asm.A0, 1).LA(asm.A1, at).LI(asm.A2, opaque)
		sbiCall(p, sbiHSM, hsmStart)
		noteWord(p, asm.A0, n)
	}
	status(0) // stopped
	startIt("second", 1234, 1)
	startIt("second", 1234, 2) // already
	awaitWord(p, 20, 1, "w1")  // it has begun
	status(3)                  // started
	p.I(isa.ADDI, asm.T0, asm.Zero, 1)
	noteWord(p, asm.T0, 23)
	awaitStatus(1, "w2")          // it stops
	startIt("third", 5678, 4)     // and begins elsewhere
	awaitStatus(4, "w3")          // suspended, its state kept
	startIt("second", 0, 5)       // no
	p.LI(asm.A0, 2).LI(asm.A1, 0) // an IPI for hart 1
	sbiCall(p, sbiIPI, 0)
	awaitWord(p, 21, 1, "w4") // it went on behind the call
	awaitStatus(4, "w5")      // suspended, its state lost
	p.LI(asm.A0, 1).LI(asm.A1, 1)
	sbiCall(p, sbiIPI, 0)
	awaitWord(p, 22, 1, "w6")
	p.LI(asm.A0, 99)
	sbiCall(p, sbiHSM, hsmStatus)
	noteWord(p, asm.A0, 6)
	finish(p)

	p.Label("second")
	noteWord(p, asm.A0, 10)
	noteWord(p, asm.A1, 11)
	p.I(isa.ADDI, asm.T0, asm.Zero, 1)
	noteWord(p, asm.T0, 20)
	awaitWord(p, 23, 1, "w7")
	sbiCall(p, sbiHSM, hsmStop)
	here(p)

	p.Label("third")
	noteWord(p, asm.A1, 12)
	p.I(isa.ADDI, asm.T0, asm.Zero, 2).CSR(isa.CSRRW, 0, isa.CSR_SIE, asm.T0) // SSIP
	p.LI(asm.A0, 0)
	sbiCall(p, sbiHSM, hsmSuspend)
	noteWord(p, asm.A0, 13)
	p.CSR(isa.CSRRCI, 0, isa.CSR_SIP, 2)
	p.I(isa.ADDI, asm.T0, asm.Zero, 1)
	noteWord(p, asm.T0, 21)
	p.LI(asm.A0, 0x8000_0000).LA(asm.A1, "resumed").LI(asm.A2, 4321)
	sbiCall(p, sbiHSM, hsmSuspend)
	here(p)
	p.Label("resumed")
	noteWord(p, asm.A0, 14)
	noteWord(p, asm.A1, 15)
	p.CSR(isa.CSRRS, asm.T0, isa.CSR_SATP, 0)
	noteWord(p, asm.T0, 16)
	p.I(isa.ADDI, asm.T0, asm.Zero, 1)
	noteWord(p, asm.T0, 22)
	here(p)

	got := notes(t, kernel(p, 2))
	const already, invalid = ^uint64(5), ^uint64(2)
	for n, want := range map[int]uint64{
		0: 1, 1: 0, 2: already, 3: 0, 4: 0, 5: already, 6: invalid,
		10: 1, 11: 1234, 12: 5678, 13: 0, 14: 1, 15: 4321, 16: 0,
	} {
		if got[n] != want {
			t.Errorf("word %d is %#x, want %#x", n, got[n], want)
		}
	}
}

// notes runs a guest until it has finished and returns the words that it has noted.
func notes(t *testing.T, cfg Config) (words [32]uint64) {
	t.Helper()
	r := start(t, newMachine(t, cfg))
	until(t, "the guest finishes", func() bool { return r.testWord(t, testData+8*finished) != 0 })
	for i := range words {
		words[i] = r.testWord(t, testData+8*uint64(i))
	}
	r.Stop(0)
	r.wait()
	return words
}

// TRAPS 5: a remote fence.i returns only when all its targets have passed it,
// whether they run, wait for a worker, sleep or are stopped: harts that call a
// function over and over never see an older one than was announced after the fence.
func TestTrap05RemoteFence(t *testing.T) {
	const harts, rounds = 5, 40 // the last one stays stopped, the one before sleeps
	for _, pool := range []int{1, 2, 4} {
		p := asm.New(kernelBase)
		for h := uint64(1); h < harts-1; h++ {
			p.LI(asm.A0, h).LA(asm.A1, "target").LI(asm.A2, 0)
			if h == harts-2 {
				p.LA(asm.A1, "sleeper")
			}
			sbiCall(p, sbiHSM, hsmStart)
		}
		awaitWord(p, 1, harts-3, "ready")
		p.LI(asm.S1, testData).LA(asm.S2, "function").I(isa.ADDI, asm.S3, asm.Zero, 1)
		p.Label("round")
		// addi a0, zero, s3
		p.I(isa.SLLI, asm.T0, asm.S3, 20).I(isa.ADDI, asm.T0, asm.T0, int32(asm.Encode(isa.Insn{Op: isa.ADDI, Rd: asm.A0})))
		p.S(isa.SW, asm.T0, asm.S2, 0)
		p.LI(asm.A0, 0).LI(asm.A1, ^uint64(0)).LI(asm.A2, 0).LI(asm.A3, 0)
		sbiCall(p, sbiRFence, fenceI)
		p.Branch(isa.BNE, asm.A0, asm.Zero, "failed")
		p.LI(asm.A0, ^uint64(0)).LI(asm.A1, 0).LI(asm.A2, ^uint64(0)-0xffff).LI(asm.A3, 0xffff) // a mask with harts that do not exist
		sbiCall(p, sbiRFence, fenceVMA)
		p.Branch(isa.BEQ, asm.A0, asm.Zero, "failed")
		p.LI(asm.A0, 1<<harts-1).LI(asm.A1, 0).LI(asm.A2, ^uint64(0)-0xffff).LI(asm.A3, 0xffff) // to the very end
		sbiCall(p, sbiRFence, fenceVMA)
		p.Branch(isa.BNE, asm.A0, asm.Zero, "failed")
		p.LI(asm.A0, 1<<harts-1).LI(asm.A1, 0).LI(asm.A2, 0x1234).LI(asm.A3, 1<<40).LI(asm.A4, 7)
		sbiCall(p, sbiRFence, fenceASID)
		p.Branch(isa.BNE, asm.A0, asm.Zero, "failed")
		p.S(isa.SD, asm.S3, asm.S1, 0) // announce
		p.I(isa.ADDI, asm.S3, asm.S3, 1).LI(asm.T1, rounds).Branch(isa.BLTU, asm.S3, asm.T1, "round")
		finish(p)
		p.Label("failed").LI(asm.T1, 1)
		noteWord(p, asm.T1, 3)
		finish(p)

		p.Label("target").LI(asm.S1, testData).LA(asm.S2, "function").I(isa.ADDI, asm.T1, asm.Zero, 1)
		p.I(isa.ADDI, asm.T3, asm.S1, 8).R(isa.AMOADD_D, 0, asm.T3, asm.T1)
		p.Label("again").I(isa.LD, asm.S3, asm.S1, 0).I(isa.JALR, asm.RA, asm.S2, 0)
		p.Branch(isa.BGEU, asm.A0, asm.S3, "again")
		p.S(isa.SD, asm.A0, asm.S1, 16) // older than announced
		here(p)
		p.Label("sleeper").Op(isa.WFI).Jump(asm.Zero, "sleeper")
		p.Align(4096).Label("function").I(isa.ADDI, asm.A0, asm.Zero, 0).I(isa.JALR, 0, asm.RA, 0)

		cfg := kernel(p, harts)
		cfg.PoolSize = pool
		got := notes(t, cfg)
		if got[0] != rounds-1 || got[2] != 0 || got[3] != 0 {
			t.Errorf("%d workers: %d rounds, old code %d, failed calls %d", pool, got[0], got[2], got[3])
		}
	}
}

// A range that ends at the top of the address space, one that is nearly empty and
// huge ones cost no more than a fence of everything.
func TestFenceRanges(t *testing.T) {
	p := asm.New(kernelBase)
	here(p)
	m := newMachine(t, kernel(p, 1))
	h := m.core.Harts[0]
	pl := (*platform)(m)
	for _, r := range [][2]uint64{
		{0, 1}, {4095, 2}, {^uint64(0) - 4095, 4095}, {^uint64(0), 1}, {0x1234, fencePages * 4096}, {0x1234, fencePages*4096 + 1},
		{1 << 63, 1 << 62}, {^uint64(0) - 8191, 8191},
	} {
		for _, kind := range []sbi.FenceKind{sbi.FenceI, sbi.SFence, sbi.SFenceASID} {
			h.MMU.PublishStats()
			before := h.MMU.Stats().Fences
			pl.fence(h, sbi.FenceRequest{Kind: kind, Start: r[0], Size: r[1], ASID: 3})
			h.MMU.PublishStats()
			n := h.MMU.Stats().Fences - before
			pages := (r[0]%4096+r[1]-1)/4096 + 1
			want := pages
			switch {
			case kind == sbi.FenceI:
				want = 0
			case r[1] > fencePages*4096:
				want = 1
			}
			if n != want {
				t.Errorf("kind %d, %#x+%#x: %d fences, want %d", kind, r[0], r[1], n, want)
			}
		}
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// Timer, IPI to itself, console and power-off through the firmware.
func TestSBIPlatform(t *testing.T) {
	p := asm.New(kernelBase)
	p.LI(asm.T0, 1<<5|1<<1).CSR(isa.CSRRW, 0, isa.CSR_SIE, asm.T0)
	p.CSR(isa.CSRRS, asm.A0, isa.CSR_TIME, 0).LI(asm.T0, vcpu.TimeFrequency/1000).R(isa.ADD, asm.A0, asm.A0, asm.T0)
	p.I(isa.ADDI, asm.S1, asm.A0, 0)
	sbiCall(p, sbiTime, 0)
	p.CSR(isa.CSRRS, asm.S2, isa.CSR_SIP, 0).Op(isa.WFI)
	p.CSR(isa.CSRRS, asm.S3, isa.CSR_SIP, 0).CSR(isa.CSRRS, asm.S4, isa.CSR_TIME, 0)
	p.R(isa.SLTU, asm.S4, asm.S4, asm.S1)
	noteWord(p, asm.S2, 0)
	noteWord(p, asm.S3, 1)
	noteWord(p, asm.S4, 2) // 1: woken too early
	p.LI(asm.A0, ^uint64(0))
	sbiCall(p, sbiTime, 0)
	p.CSR(isa.CSRRS, asm.S2, isa.CSR_SIP, 0)
	noteWord(p, asm.S2, 3)
	p.LI(asm.A0, 1).LI(asm.A1, 0)
	sbiCall(p, sbiIPI, 0)
	p.CSR(isa.CSRRS, asm.S2, isa.CSR_SIP, 0)
	noteWord(p, asm.S2, 4)
	p.LI(asm.A0, 6).LA(asm.A1, "text").LI(asm.A2, 0)
	sbiCall(p, sbiDebug, 0)
	noteWord(p, asm.A1, 5)
	p.LI(asm.A0, 4).LI(asm.A1, testData+0x800).LI(asm.A2, 0)
	p.Label("read")
	p.LI(asm.A0, 4).LI(asm.A1, testData+0x800).LI(asm.A2, 0)
	sbiCall(p, sbiDebug, 1)
	p.Branch(isa.BEQ, asm.A1, asm.Zero, "read")
	noteWord(p, asm.A1, 6)
	p.LI(asm.T5, testData+0x800).I(isa.LWU, asm.T6, asm.T5, 0)
	noteWord(p, asm.T6, 7)
	finish(p)
	p.Align(8).Label("text").Double(0x0a6f6c6c6548) // "Hello\n"

	var out syncBuffer
	cfg := kernel(p, 1)
	cfg.Stdout, cfg.Stdin = &out, strings.NewReader("abcd")
	got := notes(t, cfg)
	for n, want := range []uint64{0, 1 << 5, 0, 0, 1 << 1, 6, 4, 0x64636261} {
		if got[n] != want {
			t.Errorf("word %d is %#x, want %#x", n, got[n], want)
		}
	}
	if out.String() != "Hello\n" {
		t.Errorf("console: %q", out.String())
	}
	for code, want := range []Reason{PoweredOff, Exited} {
		p := asm.New(kernelBase)
		p.LI(asm.A0, 0).LI(asm.A1, uint64(code))
		sbiCall(p, sbiReset, 0)
		here(p)
		if res := start(t, newMachine(t, kernel(p, 2))).wait(); res.Reason != want || res.ExitCode != code {
			t.Errorf("shutdown for reason %d: %v with code %d", code, res.Reason, res.ExitCode)
		}
	}
}
