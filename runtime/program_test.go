package runtime

import (
	"bytes"
	"context"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	// testData is where test programs keep their data, away from their code.
	testData = RAMBase + 0x40_0000
	// kernelBase is where an ELF file is taken for a kernel: S-mode on the firmware.
	kernelBase = RAMBase + 0x20_0000

	testSwitch = 0x10_0000  // the test device
	clintBase  = 0x200_0000 // software interrupts, then comparators
	clintCmp   = clintBase + 0x4000
)

// exit appends the end of the machine: code 0 is power-off.
func exit(p *asm.Program, code int32) {
	p.LI(asm.T0, testSwitch)
	if code == 0 {
		p.LI(asm.T1, 0x5555)
	} else {
		p.LI(asm.T1, uint64(code)<<16|0x3333)
	}
	p.S(isa.SW, asm.T1, asm.T0, 0)
	here(p)
}

// here appends an endless loop without memory accesses.
func here(p *asm.Program) { p.Insn(isa.Insn{Op: isa.JAL}) }

// sbiCall appends an SBI call; its arguments are in a0 to a5.
func sbiCall(p *asm.Program, ext, fn uint64) {
	p.LI(asm.A7, ext).LI(asm.A6, fn).Op(isa.ECALL)
}

// bare returns the configuration of a program that every hart starts in M-mode.
func bare(p *asm.Program, harts int) Config {
	cfg := Default()
	cfg.Harts, cfg.Memory = harts, 32*MiB
	cfg.ProgramData = p.Bytes()
	return cfg
}

// kernel returns the configuration of a program, made for kernelBase, that one
// hart starts in S-mode on the built-in firmware.
func kernel(p *asm.Program, harts int) Config {
	code := p.Bytes()
	le := binary.LittleEndian
	b := make([]byte, 64+56)
	copy(b, "\x7fELF\x02\x01\x01")
	le.PutUint16(b[16:], 2)   // executable
	le.PutUint16(b[18:], 243) // RISC-V
	le.PutUint32(b[20:], 1)
	le.PutUint64(b[24:], kernelBase)
	le.PutUint64(b[32:], 64)
	le.PutUint16(b[52:], 64)
	le.PutUint16(b[54:], 56)
	le.PutUint16(b[56:], 1)
	le.PutUint16(b[58:], 64)
	ph := b[64:]
	le.PutUint32(ph, 1)
	le.PutUint32(ph[4:], 7)
	le.PutUint64(ph[8:], uint64(len(b)))
	le.PutUint64(ph[16:], kernelBase)
	le.PutUint64(ph[24:], kernelBase)
	le.PutUint64(ph[32:], uint64(len(code)))
	le.PutUint64(ph[40:], uint64(len(code)))
	cfg := Default()
	cfg.Harts, cfg.Memory = harts, 32*MiB
	cfg.ProgramData = append(b, code...)
	return cfg
}

func newMachine(t testing.TB, cfg Config) *Machine {
	t.Helper()
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *Machine) testWord(t testing.TB, pa uint64) uint64 {
	t.Helper()
	w, ok := m.core.Mem.Word64(pa)
	if !ok {
		t.Fatalf("no word at %#x", pa)
	}
	return w.Load()
}

// running is a machine that runs in the background.
type running struct {
	*Machine
	t    testing.TB
	done chan struct{}
	res  Result
	err  error
}

// start runs m until the test ends it, or two minutes have passed.
func start(t testing.TB, m *Machine) *running {
	r := &running{Machine: m, t: t, done: make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	go func() {
		defer cancel()
		defer close(r.done)
		r.res, r.err = m.Run(ctx)
	}()
	return r
}

// wait returns how the machine ended; it must have ended without an error.
func (r *running) wait() Result {
	r.t.Helper()
	<-r.done
	if r.err != nil {
		r.t.Fatal(r.err)
	}
	return r.res
}

// until waits for a condition that the guest brings about.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !cond(); {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
		time.Sleep(20 * time.Microsecond)
	}
}

// syncBuffer is a buffer that two goroutines may use.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
