package runtime

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// semi appends a semihosting call; its arguments are in a0 and a1.
func semi(p *asm.Program) { p.Word(0x01f01013).Op(isa.EBREAK).Word(0x40705013) }

// pipeInput is an input that the test types into.
func pipeInput(t *testing.T, cfg *Config) *io.PipeWriter {
	t.Helper()
	r, w := io.Pipe()
	cfg.Stdin = r
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// A program reads a character, for which it waits asleep, prints it and exits with it.
func TestSemihosting(t *testing.T) {
	p := asm.New(RAMBase)
	p.LI(asm.A0, 7)
	semi(p)
	p.LI(asm.S0, testData).S(isa.SD, asm.A0, asm.S0, 24)
	p.LI(asm.A0, 3).I(isa.ADDI, asm.A1, asm.S0, 24)
	semi(p)
	p.LI(asm.T0, 0x20026).S(isa.SD, asm.T0, asm.S0, 0).I(isa.LD, asm.T0, asm.S0, 24).S(isa.SD, asm.T0, asm.S0, 8)
	p.LI(asm.A0, 0x18).I(isa.ADDI, asm.A1, asm.S0, 0)
	semi(p)
	p.S(isa.SD, asm.Zero, asm.Zero, 0) // not reached
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			cfg := bare(p, 1)
			engine(&cfg)
			keys := pipeInput(t, &cfg)
			var out syncBuffer
			cfg.Stdout = &out
			m := newMachine(t, cfg)
			r := start(t, m)
			until(t, "the hart waits for a key", func() bool {
				m.readers.mu.Lock()
				defer m.readers.mu.Unlock()
				return len(m.readers.harts) == 1
			})
			if _, err := keys.Write([]byte("!")); err != nil {
				t.Fatal(err)
			}
			if res := r.wait(); res.Reason != Exited || res.ExitCode != '!' || out.String() != "!" {
				t.Errorf("%v with code %d, printed %q", res.Reason, res.ExitCode, out.String())
			}
		})
	}
}

// What is no call traps as a breakpoint: other instructions around it, a compressed
// EBREAK, user mode, and no semihosting.
func TestBreakpointsThatAreNoCalls(t *testing.T) {
	call := func(p *asm.Program) { semi(p) }
	for name, c := range map[string]struct {
		body func(*asm.Program)
		user bool
		off  bool
		code int
	}{
		"a call":         {body: call},
		"none before":    {body: func(p *asm.Program) { p.Word(0x13).Op(isa.EBREAK).Word(0x40705013) }, code: 3},
		"none behind":    {body: func(p *asm.Program) { p.Word(0x01f01013).Op(isa.EBREAK).Word(0x13) }, code: 3},
		"compressed":     {body: func(p *asm.Program) { p.Word(0x01f01013).Half(0x9002).Half(1).Word(0x40705013) }, code: 3},
		"user mode":      {body: call, user: true, code: 3},
		"no semihosting": {body: call, off: true, code: 3},
	} {
		t.Run(name, func(t *testing.T) {
			p := asm.New(RAMBase)
			p.LI(asm.T0, RAMBase+0x800).Insn(isa.Insn{Op: isa.CSRRW, Rs1: asm.T0, Imm: int32(isa.CSR_MTVEC)})
			p.LI(asm.T0, ^uint64(0)).Insn(isa.Insn{Op: isa.CSRRW, Rs1: asm.T0, Imm: int32(isa.CSR_PMPADDR0)})
			p.LI(asm.T0, 0x1f).Insn(isa.Insn{Op: isa.CSRRW, Rs1: asm.T0, Imm: int32(isa.CSR_PMPCFG0)})
			p.LI(asm.A0, 0x31).LI(asm.A1, 0)
			if c.user {
				p.LI(asm.T0, RAMBase+0x400).Insn(isa.Insn{Op: isa.CSRRW, Rs1: asm.T0, Imm: int32(isa.CSR_MEPC)}).Op(isa.MRET).Org(RAMBase + 0x400)
			}
			c.body(p)
			p.LI(asm.A0, 0)
			leave(p)
			p.Org(RAMBase + 0x800).Insn(isa.Insn{Op: isa.CSRRS, Rd: asm.A0, Imm: int32(isa.CSR_MCAUSE)})
			p.LI(asm.T0, testSwitch).LI(asm.T1, 0x3333).I(isa.SLLI, asm.A0, asm.A0, 16).R(isa.OR, asm.T1, asm.T1, asm.A0)
			here(p.S(isa.SW, asm.T1, asm.T0, 0))
			cfg := bare(p, 1)
			cfg.Semihosting = !c.off
			if res := start(t, newMachine(t, cfg)).wait(); res.ExitCode != c.code {
				t.Errorf("code %d, want %d", res.ExitCode, c.code)
			}
		})
	}
}

// tohost and fromhost of the programs below.
const (
	tohost   = testData
	fromhost = testData + 8
	words    = testData + 0x1000 // of a system call
)

// talking returns a machine for a program that knows the words.
func talking(t *testing.T, cfg Config) *Machine {
	t.Helper()
	m := newMachine(t, cfg)
	if err := m.watchHTIF(tohost, fromhost); err != nil {
		t.Fatal(err)
	}
	return m
}

// host appends a store of a command to tohost, in two halves if so told.
func host(p *asm.Program, v uint64, halves bool) {
	p.LI(asm.T0, tohost).LI(asm.T1, v)
	if halves {
		p.S(isa.SW, asm.T1, asm.T0, 0).I(isa.SRLI, asm.T1, asm.T1, 32).S(isa.SW, asm.T1, asm.T0, 4)
	} else {
		p.S(isa.SD, asm.T1, asm.T0, 0)
	}
}

// A command in two halves is one; a lower half alone is one after a while, or when it
// comes again.
func TestHTIFHalves(t *testing.T) {
	for name, end := range map[string]func(*asm.Program){
		"two halves": func(p *asm.Program) { host(p, 5<<1|1, true) },
		"one half": func(p *asm.Program) {
			p.LI(asm.T0, tohost).LI(asm.T1, 5<<1|1).S(isa.SW, asm.T1, asm.T0, 0)
		},
		"one half again and again": func(p *asm.Program) {
			p.LI(asm.T0, tohost).LI(asm.T1, 5<<1|1).Label("again").S(isa.SW, asm.T1, asm.T0, 0).Jump(asm.Zero, "again")
		},
	} {
		for engineName, engine := range engines {
			t.Run(name+", "+engineName, func(t *testing.T) {
				p := asm.New(RAMBase)
				for _, c := range []byte("odd, even") {
					host(p, 0x0101<<48|uint64(c), true)
				}
				end(p)
				here(p)
				cfg := bare(p, 1)
				engine(&cfg)
				var out syncBuffer
				cfg.Stdout = &out
				res := start(t, talking(t, cfg)).wait()
				if res.Reason != Exited || res.ExitCode != 5 || out.String() != "odd, even" {
					t.Errorf("%v with code %d, printed %q", res.Reason, res.ExitCode, out.String())
				}
			})
		}
	}
}

// syscall appends a system call, which it waits for; a0 is the result.
func system(p *asm.Program, label string, w ...uint64) {
	p.LI(asm.S0, words)
	for i, v := range w {
		p.LI(asm.T1, v).S(isa.SD, asm.T1, asm.S0, int32(8*i))
	}
	host(p, words, false)
	p.LI(asm.T0, fromhost).Label(label).I(isa.LD, asm.T1, asm.T0, 0).Branch(isa.BEQ, asm.T1, asm.Zero, label)
	p.S(isa.SD, asm.Zero, asm.T0, 0).I(isa.LD, asm.A0, asm.S0, 0)
}

// A program gets a character, reads two more by a system call, prints all and exits with
// the sum of what its calls returned.
func TestHTIFCalls(t *testing.T) {
	p := asm.New(RAMBase)
	host(p, 1<<56, false)
	p.LI(asm.T0, fromhost).Label("key").I(isa.LD, asm.T1, asm.T0, 0).Branch(isa.BEQ, asm.T1, asm.Zero, "key").S(isa.SD, asm.Zero, asm.T0, 0)
	p.LI(asm.T0, testData+0x100).S(isa.SB, asm.T1, asm.T0, 0)
	system(p, "read", 63, 0, testData+0x101, 2)
	p.I(isa.ADDI, asm.S1, asm.A0, 0)
	system(p, "write", 64, 1, testData+0x100, 3)
	p.R(isa.ADD, asm.S1, asm.S1, asm.A0)
	system(p, "unknown", 4000)
	p.R(isa.ADD, asm.S1, asm.S1, asm.A0) // 2 + 3 - 38
	p.LI(asm.S0, words).LI(asm.T1, 93).S(isa.SD, asm.T1, asm.S0, 0).I(isa.ADDI, asm.S1, asm.S1, 40).S(isa.SD, asm.S1, asm.S0, 8)
	host(p, words, true)
	here(p)
	cfg := bare(p, 1)
	keys := pipeInput(t, &cfg)
	var out syncBuffer
	cfg.Stdout = &out
	m := talking(t, cfg)
	r := start(t, m)
	for _, key := range []string{"a", "bc"} {
		until(t, "a command waits for input", func() bool {
			m.htif.mu.Lock()
			defer m.htif.mu.Unlock()
			return m.htif.waiting != nil
		})
		if _, err := keys.Write([]byte(key)); err != nil {
			t.Fatal(err)
		}
	}
	if res := r.wait(); res.Reason != Exited || res.ExitCode != 7 || out.String() != "abc" {
		t.Errorf("%v with code %d, printed %q", res.Reason, res.ExitCode, out.String())
	}
}

// System calls that write to tohost itself, or whose words lie there, and commands behind
// one that waits end the run, or do nothing; none keeps it from being ended.
func TestHTIFHostileCalls(t *testing.T) {
	for name, body := range map[string]func(*asm.Program){
		"words in tohost": func(p *asm.Program) { host(p, tohost, false) },
		"words nowhere":   func(p *asm.Program) { host(p, 0x1000, false) },
		"status into tohost": func(p *asm.Program) {
			system(p, "wait", 80, 1, tohost-16)
		},
		"semihosting into tohost": func(p *asm.Program) {
			p.LI(asm.A0, 0x30).LI(asm.A1, tohost)
			semi(p)
		},
		"commands behind one that waits": func(p *asm.Program) {
			host(p, 1<<56, false)
			p.Label("on")
			host(p, 1<<56, false)
			p.Jump(asm.Zero, "on")
		},
		"halves without end": func(p *asm.Program) {
			p.LI(asm.T0, tohost).LI(asm.T1, 2).Label("on").S(isa.SW, asm.T1, asm.T0, 0).S(isa.SD, asm.Zero, asm.T0, 0).Jump(asm.Zero, "on")
		},
		"a character that never comes": func(p *asm.Program) {
			p.LI(asm.A0, 7)
			semi(p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := asm.New(RAMBase)
			body(p)
			here(p)
			cfg := bare(p, 2)
			pipeInput(t, &cfg)
			m := talking(t, cfg)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			done := make(chan error, 1)
			go func() {
				_, err := m.Run(ctx)
				done <- err
			}()
			select {
			case err := <-done:
				if errors.Is(err, context.DeadlineExceeded) {
					return
				}
			case <-time.After(time.Minute):
				t.Fatal("the run cannot be ended")
			}
		})
	}
}
