package runtime

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// nmiGuest has every hart enable NMIs and then do what build says, in M-mode with MIE 0 or in
// S-mode. The handler counts in the hart's word, and keeps the interrupted code's T0 in
// mnscratch; what that code has in T0 may change by nothing else. S1 is the hart's words, the
// second of which the code below is to write.
func nmiGuest(super bool, build func(p *asm.Program)) Config {
	p := asm.New(RAMBase)
	p.LI(asm.S1, testData).I(isa.SLLI, asm.T0, asm.A0, 6).R(isa.ADD, asm.S1, asm.S1, asm.T0)
	p.LA(asm.T0, "wrong").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T0)
	p.LI(asm.T0, ^uint64(0)).CSR(isa.CSRRW, 0, isa.CSR_PMPADDR0, asm.T0)
	p.LI(asm.T0, 0x1f).CSR(isa.CSRRW, 0, isa.CSR_PMPCFG0, asm.T0)
	p.CSR(isa.CSRRSI, 0, isa.CSR_MNSTATUS, 1<<3)
	if super {
		p.LI(asm.T0, 1<<11).CSR(isa.CSRRS, 0, isa.CSR_MSTATUS, asm.T0)
		p.LA(asm.T0, "code").CSR(isa.CSRRW, 0, isa.CSR_MEPC, asm.T0).Op(isa.MRET)
	}
	p.Label("code")
	build(p)
	p.Align(4).Label("nmi").CSR(isa.CSRRW, 0, isa.CSR_MNSCRATCH, asm.T0)
	p.I(isa.LD, asm.T0, asm.S1, 0).I(isa.ADDI, asm.T0, asm.T0, 1).S(isa.SD, asm.T0, asm.S1, 0)
	p.CSR(isa.CSRRS, asm.T0, isa.CSR_MNCAUSE, 0).S(isa.SD, asm.T0, asm.S1, 16)
	p.CSR(isa.CSRRS, asm.T0, isa.CSR_MNSCRATCH, 0).Op(isa.MNRET)
	p.Align(4).Label("wrong")
	exit(p, 3)
	cfg := bare(p, 2)
	cfg.CPU.NMIVector = p.Addr("nmi")
	return cfg
}

// On every engine hot loops of any mode, and harts in WFI, take each NMI once and go on where they were.
func TestNMIs(t *testing.T) {
	loops := map[string]func(p *asm.Program){
		"loop": func(p *asm.Program) {
			p.LI(asm.T0, 0).LI(asm.T1, 0).Label("loop").I(isa.ADDI, asm.T0, asm.T0, 1).I(isa.ADDI, asm.T1, asm.T1, 1)
			p.Branch(isa.BNE, asm.T0, asm.T1, "lost").S(isa.SD, asm.T0, asm.S1, 8).Jump(asm.Zero, "loop")
			p.Label("lost")
			exit(p, 4)
		},
		"WFI": func(p *asm.Program) {
			p.LI(asm.T0, 0).Label("loop").Op(isa.WFI).I(isa.ADDI, asm.T0, asm.T0, 1).S(isa.SD, asm.T0, asm.S1, 8).Jump(asm.Zero, "loop")
		},
	}
	for engine, set := range engines {
		for name, build := range loops {
			for _, super := range []bool{false, true} {
				mode := "M"
				if super {
					mode = "S"
				}
				t.Run(engine+"/"+name+"/"+mode, func(t *testing.T) {
					cfg := nmiGuest(super, build)
					set(&cfg)
					testNMIs(t, cfg, name == "loop")
				})
			}
		}
	}
}

// testNMIs sends NMIs one after the other. busy says that the code goes on whenever one comes;
// a hart may just be about to sleep.
func testNMIs(t *testing.T, cfg Config, busy bool) {
	const rounds = 20
	m := newMachine(t, cfg)
	if err := m.NMI(1); err != nil { // waits for the hart to begin and to allow it
		t.Fatal(err)
	}
	r := start(t, m)
	taken := func(h uint64) uint64 { return m.testWord(t, testData+64*h) }
	for n := range uint64(rounds) {
		for h := range uint64(2) {
			until(t, "the NMI is taken", func() bool { return taken(h) == n+h })
			worked := m.testWord(t, testData+64*h+8)
			if err := m.NMI(int(h)); err != nil {
				t.Fatal(err)
			}
			until(t, "the code goes on", func() bool { return !busy || m.testWord(t, testData+64*h+8) > worked })
		}
	}
	for h := range uint64(2) {
		until(t, "the last NMI is taken", func() bool { return taken(h) == rounds+h })
		if cause := m.testWord(t, testData+64*h+16); cause != 1<<63 {
			t.Errorf("mncause is %#x", cause)
		}
	}
	m.Stop(0)
	if res := r.wait(); res.Reason != Stopped {
		t.Errorf("%v with code %d", res.Reason, res.ExitCode)
	}
	if err := m.NMI(0); !errors.Is(err, ErrClosed) {
		t.Errorf("NMI after the end: %v", err)
	}
}

// Any number of NMIs for a hart that does not take them is one.
func TestNMIsWhileOnePends(t *testing.T) {
	build := func(p *asm.Program) {
		p.Label("wait").I(isa.LD, asm.T0, asm.S1, 24).Branch(isa.BEQ, asm.T0, asm.Zero, "wait")
		p.S(isa.SD, asm.T0, asm.S1, 32)
		here(p)
	}
	m := newMachine(t, nmiGuest(false, build))
	for range 10_000 {
		if err := m.NMI(0); err != nil {
			t.Fatal(err)
		}
	}
	r := start(t, m)
	until(t, "the NMI is taken", func() bool { return m.testWord(t, testData) != 0 })
	gate, _ := m.core.Mem.Word64(testData + 24)
	gate.Store(1)
	until(t, "the code goes on", func() bool { return m.testWord(t, testData+32) == 1 })
	if got := m.testWord(t, testData); got != 1 {
		t.Errorf("10,000 NMIs were taken %d times", got)
	}
	m.Stop(0)
	r.wait()
}

// What cannot have NMIs says why, and the device tree names Smrnmi where it is.
func TestNMINeedsAVector(t *testing.T) {
	p := asm.New(RAMBase)
	here(p)
	m := newMachine(t, bare(p, 2))
	defer m.Close()
	for hart, says := range map[int]string{0: "nmi-vector", 1: "nmi-vector", 2: "choose 0 to 1", -1: "choose 0 to 1"} {
		if err := m.NMI(hart); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("hart %d: %v", hart, err)
		}
	}
	with := bare(p, 1)
	with.CPU.NMIVector = RAMBase + 0x1000
	m2 := newMachine(t, with)
	defer m2.Close()
	for name, m := range map[string]*Machine{"without": m, "with": m2} {
		list := bytes.Contains(m.DeviceTree(), []byte("smcntrpmf\x00smrnmi\x00sscofpmf\x00"))
		word := bytes.Contains(m.DeviceTree(), []byte("_smcntrpmf_smrnmi_sscofpmf_"))
		if want := name == "with"; list != want || word != want {
			t.Errorf("device tree %s: %v, %v", name, list, word)
		}
	}

	k := asm.New(kernelBase)
	here(k)
	cfg := kernel(k, 1)
	cfg.CPU.NMIVector = RAMBase
	if m, err := New(cfg); err == nil || !strings.Contains(err.Error(), "--nmi-vector") {
		t.Errorf("on the built-in firmware: %v, %v", m, err)
	}
}
