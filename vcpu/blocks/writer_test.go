package blocks_test

import (
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A hart that has seen the new bytes of a write to code, executes FENCE.I and then that code does not meet the old
// block, although the writer has not come to its next instruction yet: whichever instruction writes.
func TestTrap09FenceWithinAWrite(t *testing.T) {
	const (
		sub  = data + physmem.PageSize - 4 // the last instruction of its page; the next page has the EBREAK
		was  = 1
		want = 9 // has all bits of was
	)
	oldInsn, newInsn := uint64(addi(asm.A0, asm.Zero, was)), uint64(addi(asm.A0, asm.Zero, want))
	ebreak := uint64(asm.Encode(isa.Insn{Op: isa.EBREAK}))
	cases := []struct {
		name   string
		write  func(p *asm.Program) // A2 is sub
		a1     uint64
		zeroed bool
	}{
		{"sw", func(p *asm.Program) { p.S(isa.SW, asm.A1, asm.A2, 0) }, newInsn, false},
		{"sd into the next page", func(p *asm.Program) { p.S(isa.SD, asm.A1, asm.A2, 0) }, newInsn | ebreak<<32, false},
		{"amoswap", func(p *asm.Program) { p.R(isa.AMOSWAP_W, 0, asm.A2, asm.A1) }, newInsn, false},
		{"amoadd", func(p *asm.Program) { p.R(isa.AMOADD_W, 0, asm.A2, asm.A1) }, newInsn - oldInsn, false},
		{"amoxor", func(p *asm.Program) { p.R(isa.AMOXOR_W, 0, asm.A2, asm.A1) }, newInsn ^ oldInsn, false},
		{"amomaxu.d", func(p *asm.Program) { p.I(isa.ADDI, asm.A2, asm.A2, -4).R(isa.AMOMAXU_D, 0, asm.A2, asm.A1) },
			newInsn<<32 | 0xffff_ffff, false},
		{"amoor.d", func(p *asm.Program) { p.I(isa.ADDI, asm.A2, asm.A2, -4).R(isa.AMOOR_D, 0, asm.A2, asm.A1) },
			(newInsn | oldInsn) << 32, false},
		{"sc", func(p *asm.Program) {
			p.R(isa.LR_W, asm.A3, asm.A2, 0).R(isa.SC_W, asm.A4, asm.A2, asm.A1)
		}, newInsn, false},
		{"sc by steps", func(p *asm.Program) {
			p.R(isa.LR_W, asm.A3, asm.A2, 0).Branch(isa.BEQ, asm.Zero, asm.Zero, "on").Label("on")
			p.R(isa.SC_W, asm.A4, asm.A2, asm.A1)
		}, newInsn, false},
		{"amoswap.b", func(p *asm.Program) { p.I(isa.ADDI, asm.A2, asm.A2, 2).R(isa.AMOSWAP_B, 0, asm.A2, asm.A1) }, newInsn >> 16, false},
		{"amoadd.h", func(p *asm.Program) { p.I(isa.ADDI, asm.A2, asm.A2, 2).R(isa.AMOADD_H, 0, asm.A2, asm.A1) }, (newInsn - oldInsn) >> 16, false},
		{"amocas.b", func(p *asm.Program) {
			p.I(isa.ADDI, asm.A2, asm.A2, 2).I(isa.LBU, asm.A4, asm.A2, 0).R(isa.AMOCAS_B, asm.A4, asm.A2, asm.A1)
		}, newInsn >> 16, false},
		{"amocas.w", func(p *asm.Program) { p.I(isa.LWU, asm.A4, asm.A2, 0).R(isa.AMOCAS_W, asm.A4, asm.A2, asm.A1) }, newInsn, false},
		{"amocas.d", func(p *asm.Program) {
			p.I(isa.ADDI, asm.A2, asm.A2, -4).I(isa.LD, asm.A4, asm.A2, 0).R(isa.AMOCAS_D, asm.A4, asm.A2, asm.A1)
		}, newInsn << 32, false},
		{"amocas.q", func(p *asm.Program) {
			p.I(isa.ADDI, asm.A2, asm.A2, -12).I(isa.LD, asm.A4, asm.A2, 0).I(isa.LD, asm.A5, asm.A2, 8)
			p.I(isa.ADDI, asm.A7, asm.A1, 0).R(isa.AMOCAS_Q, asm.A4, asm.A2, asm.A6)
		}, newInsn << 32, false},
		{"cbo.zero", func(p *asm.Program) { p.Insn(isa.Insn{Op: isa.CBO_ZERO, Rs1: asm.A2}) }, 0, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, 2, 0)
			writer, reader := r.Cores[0], r.Cores[1]
			p := asm.New(sub).Word(uint32(oldInsn)).Op(isa.EBREAK)
			r.Load(p, sub)
			r.Load(answer(3), data) // the page holds code whatever becomes of sub
			r.ToEbreak(reader, data)
			r.ToEbreak(reader, sub)
			r.Shoot()
			if x(reader, asm.A0) != was {
				t.Fatalf("the code answers %d", x(reader, asm.A0))
			}
			looked := false
			r.Mem.OnCodeWrite(func(pa, n uint64) { // the writer is about to tell of its write
				if pa+n > sub && pa < sub+4 && !looked {
					looked = true
					r.Cache.FenceI()
					switch e := run(reader, sub); {
					case c.zeroed && reader.Insn.Op == isa.EBREAK:
						t.Error("after FENCE.I code that is zeros answers")
					case !c.zeroed && (e != interp.ExitSystem || reader.Insn.Op != isa.EBREAK):
						t.Errorf("exit %d, cause %d", e, reader.Cause)
					case !c.zeroed && x(reader, asm.A0) != want:
						t.Errorf("after FENCE.I the code answers %d", x(reader, asm.A0))
					}
				}
				r.Cache.Written(pa, n)
			})
			p = asm.New(ram)
			c.write(p)
			p.Op(isa.EBREAK)
			r.Load(p, ram)
			setX(writer, asm.A1, c.a1)
			setX(writer, asm.A2, sub)
			r.ToEbreak(writer, ram)
			if !looked {
				t.Error("nobody was told of the write")
			}
		})
	}
}

// The only block of a page is overwritten while another hart builds it again and again: it never runs what was there
// before bytes that it has seen.
func TestTrap09WriteHammer(t *testing.T) {
	const writes = 20_000
	for _, op := range []isa.Op{isa.SW, isa.AMOSWAP_W} {
		r := newRig(t, 2, 0)
		writer, reader := r.Cores[0], r.Cores[1]
		r.Load(answer(0), data)
		p := asm.New(ram)
		if op == isa.SW {
			p.S(op, asm.A1, asm.A2, 0)
		} else {
			p.R(op, 0, asm.A2, asm.A1)
		}
		p.Op(isa.EBREAK)
		r.Load(p, ram)
		setX(writer, asm.A2, data)
		var stop atomic.Bool
		done := make(chan struct{})
		go func() {
			defer close(done)
			word, _ := r.Mem.Word64(data)
			for !stop.Load() {
				seen := uint64(uint32(word.Load()) >> 20)
				r.Cache.FenceI()
				if e := run(reader, data); e != interp.ExitSystem {
					t.Errorf("exit %d", e)
					return
				}
				if got := x(reader, asm.A0); got < seen {
					t.Errorf("%v: saw %d in memory, ran %d", op, seen, got)
					return
				}
			}
		}()
		for i := range uint64(writes) {
			setX(writer, asm.A1, uint64(addi(asm.A0, asm.Zero, int32(i*2000/writes))))
			r.ToEbreak(writer, ram)
		}
		stop.Store(true)
		<-done
	}
}
