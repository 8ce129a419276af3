package amd64_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// systemState is what accesses to sstatus and its like read and write.
type systemState struct{ status, scratch, epc, cause, tval, x5, x10 uint64 }

func (r *rig) systemState() systemState {
	s := r.core.S
	return systemState{s.MStatus, s.SScratch, s.SEPC, s.SCause, s.STVal, s.R[5], s.R[10]}
}

func (r *rig) setSystemState(v systemState) {
	s := r.core.S
	s.MStatus, s.SScratch, s.SEPC, s.SCause, s.STVal, s.R[5], s.R[10] = v.status, v.scratch, v.epc, v.cause, v.tval, v.x5, v.x10
}

func (v *systemState) x(n uint8) *uint64 {
	switch n {
	case 5:
		return &v.x5
	case 10:
		return &v.x10
	}
	return new(uint64)
}

// word returns a register that is a word, and the bits that a write changes.
func (v *systemState) word(n isa.CSR) (*uint64, uint64) {
	switch n {
	case isa.CSR_SSCRATCH:
		return &v.scratch, ^uint64(0)
	case isa.CSR_SEPC:
		return &v.epc, ^uint64(1)
	case isa.CSR_SCAUSE:
		return &v.cause, ^uint64(0)
	case isa.CSR_STVAL:
		return &v.tval, ^uint64(0)
	}
	return nil, 0
}

// access does what the manual says of a CSR instruction in S-mode or M-mode; ok is false if more follows from it than new
// values, or may: then it is the hart's.
func (v *systemState) access(in isa.Insn, masked bool) (ok bool) {
	n := isa.CSR(in.Imm & 0xfff)
	operand := uint64(in.Rs1)
	if in.Op == isa.CSRRW || in.Op == isa.CSRRS || in.Op == isa.CSRRC {
		operand = *v.x(in.Rs1)
	}
	swaps := in.Op == isa.CSRRW || in.Op == isa.CSRRWI
	writes := swaps || in.Rs1 != 0
	const uxl64 = 2 << 32
	old, writable := v.status&hart.SStatus|uxl64, uint64(hart.SStatus)
	if v.status&hart.FSMask == hart.FSDirty {
		old |= 1 << 63
	}
	p, mask := v.word(n)
	if p != nil {
		old, writable = *p, mask
	}
	now := operand
	switch in.Op {
	case isa.CSRRS, isa.CSRRSI:
		now = old | operand
	case isa.CSRRC, isa.CSRRCI:
		now = old &^ operand
	}
	switch {
	case p == nil && n != isa.CSR_SSTATUS:
		return false
	case !writes:
	case p != nil:
		*p = now & writable
	case (v.status^now)&(1<<18|1<<19) != 0, masked && now&^v.status&hart.StatusSIE != 0:
		return false
	default:
		v.status = v.status&^writable | now&writable
	}
	*v.x(in.Rd) = old
	return true
}

// Accesses to sstatus and the words of a trap's handler do in native code what the manual says, or leave to the hart, which
// they do at least when more may follow from them: in U-mode, with an interrupt that becomes enabled, when the view of memory changes.
func TestSystemRegisters(t *testing.T) {
	r := newRig(t)
	d := newDice(14)
	native, must := map[isa.CSR]int{}, 0
	for _, op := range []isa.Op{isa.CSRRW, isa.CSRRS, isa.CSRRC, isa.CSRRWI, isa.CSRRSI, isa.CSRRCI} {
		for _, csr := range []isa.CSR{isa.CSR_SSTATUS, isa.CSR_SSCRATCH, isa.CSR_SEPC, isa.CSR_SCAUSE, isa.CSR_STVAL, isa.CSR_STVEC, isa.CSR_MSTATUS} {
			for _, rd := range []uint8{0, 5, 10} {
				for _, rs1 := range []uint8{0, 5, 10} {
					in := isa.Insn{Op: op, Rd: rd, Rs1: rs1, Imm: int32(csr)}
					pc := r.load(func(p *asm.Program) { p.Insn(in).Op(isa.EBREAK) })
					for range 100 {
						was := systemState{d.Uint64(), d.Uint64(), d.Uint64(), d.Uint64(), d.Uint64(), d.Uint64(), d.Uint64()}
						near := was.status ^ pick(d, []uint64{0, 2, 0x20, 0x100, 0x122, 0x40000, 0x80000, 0x2000})
						was.x5, was.x10 = pick(d, []uint64{was.x5, near, 0, 2, 0x122, 0x40000}), pick(d, []uint64{was.x10, near, 2, 0x2000})
						masked := pick(d, []uint64{0, 0, 2})
						priv := pick(d, []shardedtlb.Priv{shardedtlb.U, shardedtlb.S, shardedtlb.S, shardedtlb.M})
						s := r.core.S
						r.setSystemState(was)
						s.PC, s.Priv, s.Masked = pc, uint64(priv), masked
						before := s.Count
						s.Arm(1000)
						exit := r.core.Run()
						got, want := r.systemState(), was
						may := want.access(in, masked != 0) && priv != shardedtlb.U
						if exit != interp.ExitSystem {
							t.Fatalf("%v %v: exit %d", op, csr, exit)
						}
						if r.core.Insn.Op != isa.EBREAK { // left to the hart
							want = was
							if may {
								must++
							}
						} else if native[csr]++; !may {
							t.Fatalf("%v %v rd %d rs1 %d of %+v in mode %d, masked %d: done, and is the hart's", op, csr, rd, rs1, was, priv, masked)
						}
						if insns := s.Count - before; got != want || insns != (s.PC-pc)/4 || s.PC != pc && s.PC != pc+4 || (s.PC == pc) != (r.core.Insn.Op != isa.EBREAK) {
							t.Fatalf("%v %v rd %d rs1 %d of %+v: %+v, want %+v; %d instructions, pc %#x, left %v", op, csr, rd, rs1, was, got, want, insns, s.PC-pc, r.core.Insn.Op)
						}
					}
				}
			}
		}
	}
	for _, csr := range []isa.CSR{isa.CSR_SSTATUS, isa.CSR_SSCRATCH, isa.CSR_SEPC, isa.CSR_SCAUSE, isa.CSR_STVAL} {
		if native[csr] < 500 {
			t.Errorf("%v: %d accesses in native code", csr, native[csr])
		}
	}
	t.Log(native, must, "left to the hart without need")
}

// A kernel sets SUM, looks at a process's page and clears SUM, in a loop. That is native once both views have been seen; where
// it does not set SUM its access faults, whatever code has remembered of the page.
func TestSUM(t *testing.T) {
	const user, rounds, without = 0x4000_0000, 4000, 7
	for name, cfg := range map[string]engine.Config{"fast": eager(), "dense": eagerAndDense(), "regions": eagerRegions()} {
		t.Run(name, func(t *testing.T) {
			r := newRigWith(t, &cfg)
			r.stay = true
			set := r.paged()
			for pa := uint64(ram); pa < data; pa += physmem.PageSize {
				set(pa, pa, leaf)
			}
			set(user, data&^(physmem.PageSize-1), leaf|1<<4)
			pc := r.load(func(p *asm.Program) {
				p.Label("loop").I(isa.ADDI, asm.A0, asm.A0, -1).I(isa.ANDI, asm.A4, asm.A0, 63).Branch(isa.BEQ, asm.A4, asm.A5, "skip")
				p.CSR(isa.CSRRS, asm.A6, isa.CSR_SSTATUS, asm.A1).Label("skip").I(isa.LD, asm.A2, asm.A3, 0)
				p.CSR(isa.CSRRC, asm.Zero, isa.CSR_SSTATUS, asm.A1).I(isa.ADDI, asm.A3, asm.A3, 8).I(isa.ANDI, asm.A7, asm.A0, 31)
				p.Branch(isa.BNE, asm.A7, asm.Zero, "on").I(isa.ADDI, asm.A3, asm.A3, -256).Label("on").Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.ECALL)
			})
			s := r.core.S
			s.PC, s.Priv, s.R[asm.A0], s.R[asm.A1], s.R[asm.A3], s.R[asm.A5] = pc, uint64(shardedtlb.S), rounds, hart.StatusSUM, user+1024, without
			left, faults := 0, 0
			for s.Arm(1 << 12); ; s.Arm(1 << 12) {
				exit := r.core.Run()
				sum := s.MStatus&hart.StatusSUM != 0
				if got := r.core.MMU.View(shardedtlb.Load).SUM; got != sum {
					t.Fatalf("the MMU sees SUM as %v, sstatus has it as %v", got, sum)
				}
				switch {
				case exit == interp.ExitPoll:
					r.regions(pc, r.next-pc)
				case exit == interp.ExitException && r.core.Cause == interp.CauseLoadPage && !sum && s.R[asm.A4] == without:
					faults++
					s.PC += 4
				case exit == interp.ExitSystem && r.core.Insn.Op == isa.ECALL:
					if want := rounds / 64; left > 8 || faults < want || faults > want+1 {
						t.Errorf("%d changes left to the hart, %d faults; want few and %d", left, faults, want)
					}
					if name == "regions" && r.engine.Stats().Regions.Made == 0 {
						t.Error("no region was made")
					}
					return
				case exit == interp.ExitSystem:
					left++
					if s.MStatus &^= hart.StatusSUM; r.core.Insn.Op == isa.CSRRS {
						s.MStatus |= hart.StatusSUM
					}
					r.core.MMU.Switch(8<<60|tables>>12, shardedtlb.S, shardedtlb.S, s.MStatus&hart.StatusSUM != 0, false)
					s.PC, s.Count = s.PC+4, s.Count+1
				default:
					t.Fatalf("exit %d, cause %d at %#x, round %d", exit, r.core.Cause, s.PC, s.R[asm.A0])
				}
			}
		})
	}
}

// A kernel turns floating point off and on again in native code: an instruction of it traps where it is off, and makes FS Dirty.
func TestFSChanges(t *testing.T) {
	for name, cfg := range map[string]engine.Config{"fast": eager(), "dense": eagerAndDense(), "regions": eagerRegions()} {
		t.Run(name, func(t *testing.T) {
			r := newRigWith(t, &cfg)
			pc := r.load(func(p *asm.Program) { // a1 is FS, and a4 what turns it to what a5 has
				p.Label("loop").CSR(isa.CSRRC, asm.Zero, isa.CSR_SSTATUS, asm.A1).CSR(isa.CSRRS, asm.Zero, isa.CSR_SSTATUS, asm.A4)
				p.R(isa.FADD_D, 1, 2, 3).CSR(isa.CSRRS, asm.A6, isa.CSR_SSTATUS, 0).CSR(isa.CSRRW, asm.Zero, isa.CSR_SSTATUS, asm.A5)
				p.R(isa.FADD_D, 4, 1, 3).I(isa.ADDI, asm.A0, asm.A0, -1).Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.ECALL)
			})
			s := r.core.S
			s.R[hart.F+2], s.R[hart.F+3] = 0x3ff0_0000_0000_0000, 0x4000_0000_0000_0000
			for on := range uint64(4) {
				for then := range uint64(4) {
					s.PC, s.Priv, s.MStatus, s.R[asm.A0], s.R[asm.A1] = pc, uint64(shardedtlb.S), hart.FSDirty, 300, hart.FSMask
					s.R[asm.A4], s.R[asm.A5], s.R[hart.F+1], s.R[hart.F+4] = on<<13, then<<13, 0, 0
					traps, left := uint64(0), 0
					for done := false; !done; {
						s.Arm(1 << 10)
						switch exit := r.core.Run(); {
						case exit == interp.ExitPoll:
							r.regions(pc, r.next-pc)
						case exit == interp.ExitException && r.core.Cause == interp.CauseIllegal && s.MStatus&hart.FSMask == 0:
							traps++
							s.PC += 4
						case exit == interp.ExitSystem && r.core.Insn.Op == isa.ECALL:
							done = true
						case exit == interp.ExitSystem:
							left++
							done = true
						default:
							t.Fatalf("exit %d, cause %d at %#x", exit, r.core.Cause, s.PC)
						}
					}
					off := func(fs uint64) uint64 {
						if fs == 0 {
							return 300
						}
						return 0
					}
					want := [2]uint64{0x4008_0000_0000_0000, 0x4014_0000_0000_0000}
					if on == 0 {
						want = [2]uint64{0, 0x4000_0000_0000_0000}
					}
					if then == 0 {
						want[1] = 0
					}
					status := s.R[asm.A6]
					if got := [2]uint64{s.R[hart.F+1], s.R[hart.F+4]}; left != 0 || traps != off(on)+off(then) || got != want || on != 0 && status>>63 != 1 {
						t.Errorf("FS %d, then %d: %d traps, %d left to the hart, f1 and f4 %#x, want %#x; sstatus was %#x", on, then, traps, left, got, want, status)
					}
				}
			}
		})
	}
}
