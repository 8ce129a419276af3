package vcpu

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// minstret and mcycle are exact at every read, also after code that decodes into
// fewer operations than instructions, across traps and returns.
func TestTrap24CountersAreExact(t *testing.T) {
	for _, csr := range []isa.CSR{isa.CSR_MINSTRET, isa.CSR_MCYCLE, isa.CSR_INSTRET, isa.CSR_CYCLE} {
		w, h := newHart(t, shardedtlb.M)
		p := asm.New(ram)
		p.CSR(isa.CSRRS, asm.S0, csr, 0)
		p.LI(asm.T0, 0x1234_5678_9abc_def0) // fused
		p.I(isa.ADDI, asm.Zero, asm.Zero, 0)
		p.Branch(isa.BEQ, asm.Zero, asm.Zero, "on").Word(0).Label("on")
		p.I(isa.LR_D, asm.T1, asm.A0, 0).R(isa.SC_D, asm.T2, asm.A0, asm.T1)
		n := 1 + uint64(len(asm.New(0).LI(asm.T0, 0x1234_5678_9abc_def0).Bytes()))/4 + 1 + 1 + 2
		p.CSR(isa.CSRRS, asm.S1, csr, 0)
		p.Op(isa.EBREAK) // not retired; the handler is one instruction and an mret
		p.CSR(isa.CSRRS, asm.S2, csr, 0)
		p.Label("stay").Jump(asm.Zero, "stay")
		w.load(p, ram)
		w.load(asm.New(mtvec).CSR(isa.CSRRW, asm.Zero, isa.CSR_MEPC, asm.A1).Op(isa.MRET), mtvec)
		h.SetX(int(asm.A0), data)
		h.SetX(int(asm.A1), p.Addr("stay")-4)
		h.S.MStatus = 3 << statusMPPShift
		h.S.Arm(200)
		h.burst()
		if d := h.X(int(asm.S1)) - h.X(int(asm.S0)); d != n {
			t.Errorf("%#x: %d between the first reads, want %d", csr, d, n)
		}
		if d := h.X(int(asm.S2)) - h.X(int(asm.S1)); d != 3 { // the read itself, the write, mret
			t.Errorf("%#x: %d across the trap, want 3", csr, d)
		}
	}
}

// A write is read back by the next instruction, and counts on from there.
func TestTrap24CounterWrites(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	for _, n := range []isa.CSR{isa.CSR_MINSTRET, isa.CSR_MCYCLE} {
		for _, v := range []uint64{0, 1000, ones} {
			h.write(n, v)
			for i := range uint64(3) {
				if got, _ := h.read(n); got != v+i {
					t.Errorf("%#x is %d, %d instructions after a write of %d", n, got, i, v)
				}
			}
		}
	}
}

// mcountinhibit stops and resumes each counter by itself, without losing a count.
func TestTrap24Inhibit(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	counters := []isa.CSR{isa.CSR_MCYCLE, isa.CSR_MINSTRET}
	bits := []uint64{1 << cycleNumber, 1 << instNumber}
	for i, n := range counters {
		other := counters[1-i]
		h.write(isa.CSR_MCOUNTINHIBIT, 0)
		h.write(n, 100)
		h.write(other, 100)
		// The write that inhibits still counts: 100 at the write of other, plus two.
		h.write(isa.CSR_MCOUNTINHIBIT, bits[i])
		first, _ := h.read(n)
		for range 5 {
			h.read(other)
		}
		if v, _ := h.read(n); v != first || v != 102 {
			t.Errorf("%#x inhibited moves from %d to %d, want 102", n, first, v)
		}
		// Reads: one of n, five of other, one of n since.
		if v, _ := h.read(other); v != 100+1+7 {
			t.Errorf("%#x is %d, want 108", other, v)
		}
		h.write(n, 7) // writable while inhibited
		h.read(other)
		if v, _ := h.read(n); v != 7 {
			t.Errorf("%#x written while inhibited is %d", n, v)
		}
		h.write(isa.CSR_MCOUNTINHIBIT, 0) // itself not counted
		for want := range uint64(3) {
			if v, _ := h.read(n); v != 7+want {
				t.Errorf("%#x resumes at %d, want %d", n, v, 7+want)
			}
		}
	}
}
