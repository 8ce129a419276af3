package vcpu

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

var modes = []shardedtlb.Priv{shardedtlb.U, shardedtlb.S, shardedtlb.M}

// Every exception from every mode, delegated and not, with either interrupt
// enable: where it goes and what it leaves in the registers.
func TestTrapEntry(t *testing.T) {
	for cause := range uint64(16) {
		for _, from := range modes {
			for bits := range uint64(8) {
				_, h := newHart(t, from)
				delegate, mie, sie := bits&1 != 0, bits&2 != 0, bits&4 != 0
				if delegate {
					h.csrs.medeleg = 1 << cause
				}
				h.S.MStatus = statusFS
				if mie {
					h.S.MStatus |= statusMIE
				}
				if sie {
					h.S.MStatus |= statusSIE
				}
				h.csrs.mtvec, h.csrs.stvec = mtvec|1, stvec|1 // exceptions are not vectored
				h.S.PC = ram + 0x44
				h.trap(cause, 0x1234)
				if h.S.Priv != uint64(h.priv) {
					t.Errorf("cause %d: native code takes mode %d for %d", cause, h.priv, h.S.Priv)
				}
				ms := h.S.MStatus
				if delegate && from != shardedtlb.M {
					ok := h.priv == shardedtlb.S && h.S.PC == stvec && h.S.SCause == cause && h.S.SEPC == ram+0x44 &&
						h.S.STVal == 0x1234 && h.csrs.mcause == 0 && ms&statusSIE == 0 && (ms&statusSPIE != 0) == sie &&
						(ms&statusSPP != 0) == (from == shardedtlb.S) && (ms&statusMIE != 0) == mie && ms&statusMPP == 0
					if !ok {
						t.Errorf("cause %d from %d to S: mode %d, pc %#x, %+v, mstatus %#x", cause, from, h.priv, h.S.PC, h.csrs, ms)
					}
					continue
				}
				ok := h.priv == shardedtlb.M && h.S.PC == mtvec && h.csrs.mcause == cause && h.csrs.mepc == ram+0x44 &&
					h.csrs.mtval == 0x1234 && h.S.SCause == 0 && ms&statusMIE == 0 && (ms&statusMPIE != 0) == mie &&
					ms>>statusMPPShift&3 == uint64(from) && (ms&statusSIE != 0) == sie && ms&statusSPP == 0
				if !ok {
					t.Errorf("cause %d from %d to M: mode %d, pc %#x, %+v, mstatus %#x", cause, from, h.priv, h.S.PC, h.csrs, ms)
				}
			}
		}
	}
}

// MRET and SRET restore what a trap has saved; MPRV falls unless they return to M.
func TestTrapReturn(t *testing.T) {
	for _, to := range modes {
		for _, pie := range []bool{false, true} {
			_, h := newHart(t, shardedtlb.M)
			h.S.MStatus = uint64(to)<<statusMPPShift | statusMPRV | statusSPP
			if pie {
				h.S.MStatus |= statusMPIE
			}
			h.csrs.mepc = ram + 0x88
			if h.exec(isa.Insn{Op: isa.MRET}) {
				t.Fatal("mret traps")
			}
			ms := h.S.MStatus
			if h.priv != to || h.S.PC != ram+0x88 || (ms&statusMIE != 0) != pie || ms&statusMPIE == 0 ||
				ms&statusMPP != 0 || (ms&statusMPRV != 0) != (to == shardedtlb.M) || ms&statusSPP == 0 {
				t.Errorf("mret to %d: mode %d, pc %#x, mstatus %#x", to, h.priv, h.S.PC, ms)
			}
			if to == shardedtlb.M {
				continue
			}
			for _, from := range []shardedtlb.Priv{shardedtlb.S, shardedtlb.M} {
				_, h = newHart(t, from)
				h.S.MStatus = uint64(to)<<8 | statusMPRV | statusMPP
				if pie {
					h.S.MStatus |= statusSPIE
				}
				h.S.SEPC = ram + 0x90
				if h.exec(isa.Insn{Op: isa.SRET}) {
					t.Fatal("sret traps")
				}
				ms := h.S.MStatus
				if h.priv != to || h.S.Priv != uint64(to) || h.S.PC != ram+0x90 || (ms&statusSIE != 0) != pie || ms&statusSPIE == 0 ||
					ms&(statusSPP|statusMPRV) != 0 || ms&statusMPP != statusMPP {
					t.Errorf("sret from %d to %d: mode %d, pc %#x, mstatus %#x", from, to, h.priv, h.S.PC, ms)
				}
			}
		}
	}
}

// ECALL's cause is the mode's, EBREAK's value the address, an illegal
// instruction's its encoding, of 16 or 32 bits.
func TestTrapCauses(t *testing.T) {
	for i, priv := range modes {
		w, h := newHart(t, priv)
		h.exec(isa.Insn{Op: isa.ECALL})
		if want := []uint64{8, 9, 11}[i]; h.csrs.mcause != want || h.csrs.mtval != 0 {
			t.Errorf("ecall from %d: cause %d", priv, h.csrs.mcause)
		}
		h.enter(priv)
		h.exec(isa.Insn{Op: isa.EBREAK})
		if h.csrs.mcause != 3 || h.csrs.mtval != ram {
			t.Errorf("ebreak: cause %d, value %#x", h.csrs.mcause, h.csrs.mtval)
		}
		for _, raw := range []uint32{0xffffffff, 0x0000, 0x9002_0000 | 0x8002, 0x0000_100b} {
			h.enter(priv)
			w.load(asm.New(ram).Word(raw), ram)
			w.load(asm.New(mtvec).Label("here").Jump(asm.Zero, "here"), mtvec)
			h.csrs.mcause, h.csrs.mtval = 0, 0
			h.S.Arm(1)
			h.burst()
			want := uint64(raw)
			if raw&3 != 3 {
				want &= 0xffff
			}
			if h.csrs.mcause != 2 || h.csrs.mtval != want || h.csrs.mepc != ram {
				t.Errorf("%#08x: cause %d, value %#x, pc %#x", raw, h.csrs.mcause, h.csrs.mtval, h.csrs.mepc)
			}
		}
	}
}

// All states of pending, enabled and delegated interrupts in all modes: which one
// is taken, against the rules of the privileged manual written out again.
func TestInterruptPriorityAndEnabling(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	order := []uint64{11, 3, 7, 9, 1, 5, 13}
	subsets := func(all uint64) (out []uint64) {
		for s := all; ; s = (s - 1) & all {
			if out = append(out, s); s == 0 {
				return out
			}
		}
	}
	for _, pending := range subsets(ipAll) {
		h.lines.Store(pending & (LineMSIP | LineMEIP | LineSEIP | LineSSIP))
		h.csrs.softPending = pending & (ipSTIP | ipLCOFIP)
		h.mtimecmp.Store(never)
		if pending&ipMTIP != 0 {
			h.mtimecmp.Store(0)
		}
		for _, enabled := range []uint64{ipAll, pending, ipAll &^ (pending & -pending), ipSupervisor, 0} {
			for _, delegated := range subsets(ipSupervisor) {
				delegated |= delegated & ipSTIP << 8 // LCOFI goes where STI goes
				for _, priv := range modes {
					for bits := range uint64(4) {
						h.enter(priv)
						h.S.MStatus = bits&1*statusMIE | bits>>1*statusSIE
						h.csrs.mie, h.csrs.mideleg = enabled, delegated
						h.takeInterrupt()

						active := pending & enabled
						toM, toS := active&^delegated, active&delegated
						if priv == shardedtlb.M && bits&1 == 0 {
							toM = 0
						}
						if priv == shardedtlb.M || priv == shardedtlb.S && bits>>1 == 0 {
							toS = 0
						}
						wantPC, wantCause := uint64(ram), uint64(0)
						for _, n := range order {
							switch {
							case wantPC == ram && toM>>n&1 != 0:
								wantPC, wantCause = mtvec, n
							case wantPC == ram && toM == 0 && toS>>n&1 != 0:
								wantPC, wantCause = stvec, n
							}
						}
						cause := h.csrs.mcause
						if wantPC == stvec {
							cause = h.S.SCause
						}
						if h.S.PC != wantPC || wantPC != ram && cause != 1<<63|wantCause {
							t.Fatalf("pending %#x enabled %#x delegated %#x mode %d enables %b: pc %#x cause %#x; want %#x, %d",
								pending, enabled, delegated, priv, bits, h.S.PC, cause, wantPC, wantCause)
						}
					}
				}
			}
		}
	}
}

// Interrupts are vectored if the vector says so.
func TestVectoredInterrupts(t *testing.T) {
	_, h := newHart(t, shardedtlb.S)
	h.csrs.mtvec, h.csrs.stvec = mtvec|1, stvec|1
	h.csrs.mie, h.csrs.mideleg = ipAll, ipSSIP
	h.SetLine(LineMEIP, true)
	h.takeInterrupt()
	if h.S.PC != mtvec+4*11 {
		t.Errorf("MEI at %#x", h.S.PC)
	}
	h.SetLine(LineMEIP, false)
	h.enter(shardedtlb.U)
	h.SetLine(LineSSIP, true)
	h.takeInterrupt()
	if h.S.PC != stvec+4 {
		t.Errorf("SSI at %#x", h.S.PC)
	}
}

// MPRV loads and stores as MPP's mode would, through satp; fetches do not.
func TestMPRVSelectsTheDataView(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	// Sv39: one gigapage at VA 0, to RAM, for S only.
	const root = data
	word, _ := w.mem.Word64(root)
	word.Store(ram>>2 | 0xcf)
	h.write(isa.CSR_SATP, 8<<60|root>>12)
	p := asm.New(ram).I(isa.LD, asm.A0, asm.A1, 0).Op(isa.EBREAK)
	w.load(p, ram)
	word, _ = w.mem.Word64(data + 0x1000)
	word.Store(77)
	for _, c := range []struct {
		status uint64
		va     uint64
		cause  uint64
	}{
		{0, data + 0x1000, 3},
		{statusMPRV | 1<<statusMPPShift, data + 0x1000 - ram, 3},
		{statusMPRV | 1<<statusMPPShift, 1<<30 + 8, 13},
		{statusMPRV | 0<<statusMPPShift, data + 0x1000 - ram, 13}, // not a user page
		{statusMPRV | 3<<statusMPPShift, data + 0x1000, 3},
	} {
		h.enter(shardedtlb.M)
		h.write(isa.CSR_MSTATUS, c.status)
		h.S.PC = ram
		h.SetX(int(asm.A0), 0)
		h.SetX(int(asm.A1), c.va)
		h.csrs.mcause = 0
		h.S.Arm(10)
		switch h.Core.Run() {
		case 1:
			h.exception()
		case 2:
			h.system(h.Core.Insn)
		}
		if h.csrs.mcause != c.cause || c.cause == 3 && h.X(int(asm.A0)) != 77 {
			t.Errorf("mstatus %#x: cause %d, a0 %d", c.status, h.csrs.mcause, h.X(int(asm.A0)))
		}
	}
}

// A write to satp, SUM, MXR or a privilege change selects another view at once
// (TRAPS 4): checked through loads of a user page from S-mode.
func TestTrap04ViewsFollowStatus(t *testing.T) {
	w, h := newHart(t, shardedtlb.S)
	const root = data
	word, _ := w.mem.Word64(root)
	word.Store(ram>>2 | 0xd9) // V, X, U, A, D: execute-only, of users
	h.write(isa.CSR_SATP, 8<<60|root>>12)
	try := func(status uint64, priv shardedtlb.Priv) bool {
		h.priv = priv
		h.setStatus(status, statusSUM|statusMXR)
		h.switchView()
		ok := h.ReadVirtual(0x100, make([]byte, 1))
		return ok
	}
	for range 3 {
		for _, c := range []struct {
			status uint64
			priv   shardedtlb.Priv
			ok     bool
		}{
			{0, shardedtlb.S, false}, {statusSUM, shardedtlb.S, false}, {statusMXR, shardedtlb.S, false},
			{statusSUM | statusMXR, shardedtlb.S, true}, {statusMXR, shardedtlb.U, true}, {0, shardedtlb.U, false},
		} {
			if ok := try(c.status, c.priv); ok != c.ok {
				t.Errorf("mode %d, mstatus %#x: %v", c.priv, c.status, ok)
			}
		}
	}
}

// Extensions asked for in vain are reported.
func TestMissingExtensions(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	w.load(asm.New(ram).Word(0x02008057), ram) // vadd.vv v0, v0, v1
	w.load(asm.New(mtvec).Label("here").Jump(asm.Zero, "here"), mtvec)
	h.S.Arm(1)
	h.burst()
	if len(w.missing) != 1 || w.missing[0] != "V" {
		t.Errorf("%.100q", w.missing)
	}
}
