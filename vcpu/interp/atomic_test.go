package interp_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/interp/interptest"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// together runs every core from pc at the same time, to an EBREAK.
func together(r *interptest.Rig, pc func(hart int) uint64) {
	r.Helper()
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i, c := range r.Cores {
		wg.Go(func() {
			<-start
			if e := run(c, pc(i)); e != interp.ExitSystem {
				r.Errorf("hart %d: exit %d at %#x, cause %d", i, e, c.S.PC, c.Cause)
			}
		})
	}
	close(start)
	wg.Wait()
}

// scCase is a sequence between an LR of a word at data (in A0) and an SC of A1.
type scCase struct {
	name    string
	between func(p *asm.Program)
	fails   bool
}

// The rules for SC, each with LR and SC in one block and in two. A2 is another
// word; the SC's result is in A4.
func TestTrap10StoreConditional(t *testing.T) {
	for _, split := range []bool{false, true} {
		for _, test := range []scCase{
			{"nothing", func(p *asm.Program) {}, false},
			{"arithmetic", func(p *asm.Program) { p.I(isa.ADDI, asm.T0, asm.T0, 1).R(isa.MUL, asm.T1, asm.T0, asm.T0) }, false},
			{"an untaken branch", func(p *asm.Program) { p.Branch(isa.BNE, asm.Zero, asm.Zero, "end") }, false},
			{"a taken branch", func(p *asm.Program) {
				p.Branch(isa.BEQ, asm.Zero, asm.Zero, "on").I(isa.ADDI, asm.A1, asm.A1, 1).Label("on")
			}, false},
			{"a forward jump", func(p *asm.Program) { p.Jump(asm.Zero, "on").Op(isa.EBREAK).Label("on") }, false},
			{"a store of the same value", func(p *asm.Program) { p.S(isa.SW, asm.A3, asm.A0, 0) }, true},
			{"another SC", func(p *asm.Program) { p.R(isa.SC_W, asm.T0, asm.A2, asm.A1) }, true},
		} {
			t.Run(test.name, func(t *testing.T) {
				r := newRig(t, 1, 0)
				c := r.Cores[0]
				p := asm.New(ram)
				if split { // LR is the last instruction of its page
					p.Org(ram + physmem.PageSize - 4)
				}
				start := p.PC()
				p.I(isa.LR_W, asm.A3, asm.A0, 0)
				test.between(p)
				p.R(isa.SC_W, asm.A4, asm.A0, asm.A1)
				p.Label("end").Op(isa.EBREAK)
				r.Load(p, ram)
				for round := range uint64(3) {
					r.SetWord(data, 7)
					setX(c, asm.A0, data)
					setX(c, asm.A1, 100+round)
					setX(c, asm.A2, data+8)
					r.ToEbreak(c, start)
					want := 100 + round
					if test.fails {
						want = 7
					}
					if failed := x(c, asm.A4) != 0; failed != test.fails || r.Word(data) != want {
						t.Errorf("split %v: SC gave %d, the word is %d", split, x(c, asm.A4), r.Word(data))
					}
				}
			})
		}
	}
}

// SC needs the address and the width of its LR, an LR at all, and clears the
// reservation whether it succeeds or not.
func TestTrap10ReservationIsExact(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	for _, split := range []bool{false, true} {
		for _, test := range []struct {
			name  string
			build func(p *asm.Program)
			want  uint64 // results of the SCs in A4, A5, a bit each
		}{
			{"no LR", func(p *asm.Program) { p.R(isa.SC_W, asm.A4, asm.A0, asm.A1) }, 1},
			{"other address", func(p *asm.Program) {
				p.I(isa.LR_W, asm.A3, asm.A0, 0).R(isa.SC_W, asm.A4, asm.A2, asm.A1).R(isa.SC_W, asm.A5, asm.A0, asm.A1)
			}, 3},
			{"wider", func(p *asm.Program) {
				p.I(isa.LR_W, asm.A3, asm.A0, 0).R(isa.SC_D, asm.A4, asm.A0, asm.A1).R(isa.SC_W, asm.A5, asm.A0, asm.A1)
			}, 3},
			{"narrower", func(p *asm.Program) { p.I(isa.LR_D, asm.A3, asm.A0, 0).R(isa.SC_W, asm.A4, asm.A0, asm.A1) }, 1},
			{"twice", func(p *asm.Program) {
				p.I(isa.LR_W, asm.A3, asm.A0, 0).R(isa.SC_W, asm.A4, asm.A0, asm.A1).R(isa.SC_W, asm.A5, asm.A0, asm.A1)
			}, 2},
			{"the later LR counts", func(p *asm.Program) {
				p.I(isa.LR_W, asm.A3, asm.A2, 0).I(isa.LR_W, asm.A3, asm.A0, 0).R(isa.SC_W, asm.A4, asm.A0, asm.A1)
			}, 0},
			{"the earlier LR does not", func(p *asm.Program) {
				p.I(isa.LR_W, asm.A3, asm.A0, 0).I(isa.LR_W, asm.A3, asm.A2, 0).R(isa.SC_W, asm.A4, asm.A0, asm.A1)
			}, 1},
			{"doubleword", func(p *asm.Program) { p.I(isa.LR_D, asm.A3, asm.A0, 0).R(isa.SC_D, asm.A4, asm.A0, asm.A1) }, 0},
		} {
			p := asm.New(ram)
			if split {
				p.Org(ram + physmem.PageSize - 4)
			}
			start := p.PC()
			test.build(p)
			p.Op(isa.EBREAK)
			r.Load(p, ram)
			r.Shoot()
			r.SetWord(data, 7)
			setX(c, asm.A0, data)
			setX(c, asm.A1, 9)
			setX(c, asm.A2, data+16)
			setX(c, asm.A4, 0)
			setX(c, asm.A5, 0)
			r.ToEbreak(c, start)
			if got := x(c, asm.A4) | x(c, asm.A5)<<1; got != test.want {
				t.Errorf("%s, split %v: results %b, want %b", test.name, split, got, test.want)
			}
		}
	}
}

// An A→B→A change by another hart that this one could observe, because it looks at
// memory between LR and SC, makes the SC fail.
func TestTrap10ABA(t *testing.T) {
	r := newRig(t, 2, 0)
	c, other := r.Cores[0], r.Cores[1]
	p := asm.New(ram)
	p.I(isa.LR_D, asm.A3, asm.A0, 0)
	p.I(isa.LD, asm.T0, asm.A2, 0) // sees the flag that the other hart sets after the change
	p.R(isa.SC_D, asm.A4, asm.A0, asm.A1)
	p.Op(isa.EBREAK)
	p.Label("other").S(isa.SD, asm.A1, asm.A0, 0).S(isa.SD, asm.Zero, asm.A0, 0).Op(isa.EBREAK)
	r.Load(p, ram)
	for _, core := range r.Cores {
		setX(core, asm.A0, data)
		setX(core, asm.A1, 9)
		setX(core, asm.A2, data+8)
	}
	// Stop after the LR, let the other hart change and restore the word, go on.
	c.S.PC = ram
	c.S.Arm(1)
	c.Run()
	r.ToEbreak(other, p.Addr("other"))
	r.ToEbreak(c, c.S.PC)
	if x(c, asm.A4) == 0 {
		t.Error("SC succeeded after A→B→A")
	}
}

// The loops that the manual calls constrained make progress whatever the other
// harts do, and lose no increment: the usual one, one whose LR and SC lie in two
// pages, ones with a taken branch to the SC and over a first SC to a second.
func TestTrap11ConstrainedLoopsProgress(t *testing.T) {
	const harts, rounds = 4, 3000
	for _, test := range []struct {
		name string
		loop uint64 // where it is
		body func(p *asm.Program)
	}{
		{"plain", 64, func(p *asm.Program) { p.I(isa.ADDI, asm.T1, asm.T0, 1) }},
		{"two pages", physmem.PageSize - 8, func(p *asm.Program) { p.I(isa.ADDI, asm.T1, asm.T0, 1) }},
		{"branch to the SC", 64, func(p *asm.Program) {
			p.I(isa.ADDI, asm.T1, asm.T0, 1).Branch(isa.BEQ, asm.Zero, asm.Zero, "sc").I(isa.ADDI, asm.T1, asm.T0, 100).Label("sc")
		}},
		{"branch over another SC", 64, func(p *asm.Program) {
			p.I(isa.ADDI, asm.T1, asm.T0, 1).Branch(isa.BEQ, asm.Zero, asm.Zero, "second")
			p.R(isa.SC_D, asm.T2, asm.A0, asm.Zero).Label("second")
		}},
		{"jump with a link register", 64, func(p *asm.Program) {
			p.I(isa.ADDI, asm.T1, asm.T0, 1).Jump(asm.RA, "sc").I(isa.ADDI, asm.T1, asm.T0, 100).Label("sc")
		}},
		{"branch back that is not taken, two pages", physmem.PageSize - 4, func(p *asm.Program) {
			p.Branch(isa.BLT, asm.T0, asm.Zero, "loop").I(isa.ADDI, asm.T1, asm.T0, 1)
		}},
		{"sixteen instructions", 64, func(p *asm.Program) {
			p.I(isa.ADDI, asm.T1, asm.T0, 12)
			for range 11 {
				p.I(isa.ADDI, asm.T1, asm.T1, -1)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, harts, 0)
			p := asm.New(ram)
			p.LI(asm.A0, data).LI(asm.S0, rounds).Jump(asm.Zero, "loop").Org(ram + test.loop)
			p.Label("loop").I(isa.LR_D, asm.T0, asm.A0, 0)
			test.body(p)
			p.R(isa.SC_D, asm.T2, asm.A0, asm.T1)
			p.Branch(isa.BNE, asm.T2, asm.Zero, "loop")
			p.I(isa.ADDI, asm.S0, asm.S0, -1)
			p.Branch(isa.BNE, asm.S0, asm.Zero, "loop")
			p.Op(isa.EBREAK)
			r.Load(p, ram)
			together(r, func(int) uint64 { return ram })
			if got := r.Word(data); got != harts*rounds {
				t.Errorf("%d increments, want %d", got, harts*rounds)
			}
		})
	}
}

// The LR of a loop is overwritten by other instructions while a hart executes it
// and no store is noticed: whatever runs, the core keeps its order.
func TestOpenLRIsOverwritten(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	p := asm.New(ram)
	p.LI(asm.A0, data)
	p.Align(8).Label("loop").I(isa.LR_D, asm.T0, asm.A0, 0).I(isa.LD, asm.T1, asm.A0, 0)
	p.Jump(asm.Zero, "loop")
	r.Load(p, ram)
	w, _ := r.Mem.Word64(p.Addr("loop"))
	lr := w.Load()
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; !stop.Load(); i++ {
			w.Store(lr&^0xffffffff | uint64([]uint32{uint32(lr), addi(asm.Zero, asm.Zero, 0), 0x9002, addi(asm.A1, asm.A1, 1)}[i&3]))
			if i%1024 == 0 {
				r.Mem.NoteWrite(p.Addr("loop"), 8)
			}
		}
	})
	c.S.PC = ram
	for range 3000 {
		c.S.Arm(20)
		if e := c.Run(); e == interp.ExitSystem {
			c.S.PC = p.Addr("loop") + 4
		} else if e == interp.ExitException {
			t.Errorf("cause %d at %#x", c.Cause, c.S.PC)
			break
		}
	}
	stop.Store(true)
	wg.Wait()
}

// Misaligned AMO, LR and SC raise their exception and change nothing; so do those
// that reach for a device.
func TestTrap12MisalignedAtomics(t *testing.T) {
	r := newRig(t, 1, 0)
	if err := r.Mem.Map("device", 0x1000, 0x1000, nothing{}); err != nil {
		t.Fatal(err)
	}
	c := r.Cores[0]
	for _, row := range isa.Rows() {
		if row.Class != isa.ClassAtomic {
			continue
		}
		lr := row.Op == isa.LR_W || row.Op == isa.LR_D
		misaligned, access := uint64(interp.CauseStoreMisaligned), uint64(interp.CauseStoreAccess)
		if lr {
			misaligned, access = interp.CauseLoadMisaligned, interp.CauseLoadAccess
		}
		r.Load(asm.New(ram).Insn(isa.Insn{Op: row.Op, Rd: asm.A4, Rs1: asm.A0, Rs2: asm.A2}), ram)
		r.SetWord(data, 0x55)
		setX(c, asm.A2, 0x99)
		setX(c, asm.A4, 1)
		for _, off := range []uint64{1, 2, 3, 4, 5, 6, 7, 8, physmem.PageSize - 1} {
			if off%(1<<(row.Match>>12&7)) != 0 {
				setX(c, asm.A0, data+off)
				r.WantFault(c, ram, ram, misaligned, data+off, 0)
			}
		}
		setX(c, asm.A0, 0x1000)
		r.WantFault(c, ram, ram, access, 0x1000, 0)
		if r.Word(data) != 0x55 || r.Word(data+8) != 0 || x(c, asm.A4) != 1 {
			t.Errorf("%s changed something", row.Name)
		}
	}
}

// nothing is a device that takes everything.
type nothing struct{}

func (nothing) Load(uint64, int) (uint64, bool) { return 0, true }
func (nothing) Store(uint64, int, uint64) bool  { return true }

// AMOs from several harts lose nothing.
func TestAMOHammer(t *testing.T) {
	const harts, rounds = 4, 4000
	r := newRig(t, harts, 0)
	p := asm.New(ram)
	p.LI(asm.A0, data).LI(asm.S0, rounds).I(isa.ADDI, asm.A1, asm.Zero, 1)
	p.Label("loop")
	p.R(isa.AMOADD_D, asm.T0, asm.A0, asm.A1)
	p.I(isa.ADDI, asm.A2, asm.A0, 8).R(isa.AMOADD_W, asm.T0, asm.A2, asm.A1)
	p.I(isa.ADDI, asm.A2, asm.A0, 16).R(isa.AMOXOR_D, asm.T0, asm.A2, asm.S1) // twice a round: nothing
	p.R(isa.AMOXOR_D, asm.T0, asm.A2, asm.S1)
	p.I(isa.ADDI, asm.A2, asm.A0, 24).R(isa.AMOMAXU_D, asm.T0, asm.A2, asm.S0)
	p.I(isa.ADDI, asm.A2, asm.A0, 32).R(isa.AMOOR_D, asm.T0, asm.A2, asm.S1)
	p.I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "loop")
	p.Op(isa.EBREAK)
	r.Load(p, ram)
	for i, c := range r.Cores {
		setX(c, asm.S1, 1<<i)
	}
	together(r, func(int) uint64 { return ram })
	for off, want := range map[uint64]uint64{0: harts * rounds, 8: harts * rounds, 16: 0, 24: rounds, 32: 1<<harts - 1} {
		if got := r.Word(data + off); got != want {
			t.Errorf("word %d is %d, want %d", off/8, got, want)
		}
	}
}

// Sum of AMOs that return the old value: every value is seen once.
func TestAMOReturnsOldValue(t *testing.T) {
	const harts, rounds = 3, 2000
	r := newRig(t, harts, 0)
	p := asm.New(ram)
	p.LI(asm.A0, data).LI(asm.S0, rounds).I(isa.ADDI, asm.A1, asm.Zero, 1)
	p.Label("loop").R(isa.AMOADD_D, asm.T0, asm.A0, asm.A1).R(isa.ADD, asm.S1, asm.S1, asm.T0)
	p.I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "loop").Op(isa.EBREAK)
	r.Load(p, ram)
	together(r, func(int) uint64 { return ram })
	sum := uint64(0)
	for _, c := range r.Cores {
		sum += x(c, asm.S1)
	}
	if n := uint64(harts * rounds); sum != n*(n-1)/2 {
		t.Errorf("old values add up to %d, want %d", sum, n*(n-1)/2)
	}
}

// Two harts store patterns into the same words, two others load them: of all
// sizes, nobody sees a mixture.
func TestTrap14SingleCopyAtomicity(t *testing.T) {
	for _, w := range []struct {
		name        string
		load, store isa.Op
		bytes       uint
	}{
		{"8", isa.LD, isa.SD, 8}, {"4", isa.LWU, isa.SW, 4}, {"2", isa.LHU, isa.SH, 2},
		{"fp", isa.FLD, isa.FSD, 8},
	} {
		t.Run(w.name, func(t *testing.T) {
			const rounds = 20_000
			r := newRig(t, 4, 0)
			p := asm.New(ram)
			p.LI(asm.A0, data+8-uint64(w.bytes)).LI(asm.S0, rounds)
			p.Label("write")
			if w.store == isa.FSD {
				p.R(isa.FMV_D_X, 1, asm.A1, 0)
			}
			p.S(w.store, choose(w.store == isa.FSD, 1, asm.A1), asm.A0, 0)
			p.I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "write").Op(isa.EBREAK)
			p.Label("reader").LI(asm.A0, data+8-uint64(w.bytes)).LI(asm.S0, rounds)
			p.Label("read").I(w.load, choose(w.load == isa.FLD, 2, asm.T0), asm.A0, 0)
			if w.load == isa.FLD {
				p.R(isa.FMV_X_D, asm.T0, 2, 0)
			}
			p.Branch(isa.BEQ, asm.T0, asm.A1, "ok").Branch(isa.BEQ, asm.T0, asm.A2, "ok").I(isa.ADDI, asm.S1, asm.S1, 1)
			p.Label("ok").I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "read").Op(isa.EBREAK)
			r.Load(p, ram)
			mask := ^uint64(0) >> (64 - 8*w.bytes)
			one, two := 0x1111_1111_1111_1111&mask, 0xeeee_eeee_eeee_eeee&mask
			for i, c := range r.Cores {
				c.S.MStatus = 1 << 13
				setX(c, asm.A1, one)
				setX(c, asm.A2, two)
				if i == 1 {
					setX(c, asm.A1, two)
				}
			}
			r.SetWord(data, one<<(64-8*w.bytes))
			together(r, func(h int) uint64 {
				if h < 2 {
					return ram
				}
				return p.Addr("reader")
			})
			for h := 2; h < 4; h++ {
				if n := x(r.Cores[h], asm.S1); n != 0 {
					t.Errorf("hart %d saw %d mixtures", h, n)
				}
			}
		})
	}
}

func choose(b bool, yes, no uint8) uint8 {
	if b {
		return yes
	}
	return no
}

// Store buffering: each hart stores to its own word and loads the other's. With
// FENCE w,r in between, at least one sees the other's store.
func TestTrap13StoreBuffering(t *testing.T) {
	for _, fence := range []struct {
		name       string
		pred, succ int32
	}{{"rw,rw", 3, 3}, {"w,r", 1, 2}, {"iorw,iorw", 15, 15}} {
		t.Run(fence.name, func(t *testing.T) {
			const rounds = 10_000
			r := newRig(t, 2, 0)
			p := asm.New(ram)
			// A0 mine, A1 the other's, A2 what I saw: 8 bytes a round each.
			p.LI(asm.S0, rounds).I(isa.ADDI, asm.T1, asm.Zero, 1)
			p.Label("loop").S(isa.SD, asm.T1, asm.A0, 0).Fence(fence.pred, fence.succ).I(isa.LD, asm.T0, asm.A1, 0)
			p.S(isa.SD, asm.T0, asm.A2, 0)
			for _, a := range []uint8{asm.A0, asm.A1, asm.A2} {
				p.I(isa.ADDI, a, a, 8)
			}
			p.I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "loop").Op(isa.EBREAK)
			r.Load(p, ram)
			const region = rounds * 8
			for h, c := range r.Cores {
				setX(c, asm.A0, data+uint64(h)*region)
				setX(c, asm.A1, data+uint64(1-h)*region)
				setX(c, asm.A2, data+uint64(2+h)*region)
			}
			together(r, func(int) uint64 { return ram })
			for i := range uint64(rounds) {
				if r.Word(data+2*region+i*8) == 0 && r.Word(data+3*region+i*8) == 0 {
					t.Fatalf("round %d: neither hart saw the other's store", i)
				}
			}
		})
	}
}

// A forward branch that is taken with a reservation is open, which costs stepping, only if
// an SC may follow before something that ends the reservation. What decides that is
// part of what the block was built from.
func TestOpenExits(t *testing.T) {
	for _, test := range []struct {
		name string
		away func(p *asm.Program) // where the branch leads
		open bool
	}{
		{"load", func(p *asm.Program) { p.I(isa.LD, asm.T1, asm.A0, 0) }, false},
		{"return", func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.Zero, 0).I(isa.JALR, asm.Zero, asm.RA, 0) }, false},
		{"call", func(p *asm.Program) { p.Jump(asm.RA, "function").Align(64).Label("function") }, false},
		{"branch out of the loop", func(p *asm.Program) {
			p.Branch(isa.BEQ, asm.T0, asm.T1, "far").I(isa.LD, asm.T1, asm.A0, 0)
			p.Org(p.PC()+16*4).Label("far").R(isa.SC_D, asm.T2, asm.A0, asm.T1)
		}, false},
		{"backward jump", func(p *asm.Program) { p.Jump(asm.Zero, "loop") }, false},
		{"system instruction", func(p *asm.Program) { p.Op(isa.ECALL) }, false},
		{"SC", func(p *asm.Program) { p.R(isa.SC_D, asm.T2, asm.A0, asm.T1) }, true},
		{"SC behind arithmetic", func(p *asm.Program) {
			p.I(isa.ADDI, asm.T1, asm.T0, 1).R(isa.SC_D, asm.T2, asm.A0, asm.T1)
		}, true},
		{"SC behind a jump", func(p *asm.Program) {
			p.Jump(asm.Zero, "sc").I(isa.LD, asm.T1, asm.A0, 0).Label("sc").R(isa.SC_D, asm.T2, asm.A0, asm.T1)
		}, true},
		{"SC one way only", func(p *asm.Program) {
			p.Branch(isa.BEQ, asm.T0, asm.T1, "sc").I(isa.LD, asm.T1, asm.A0, 0).Label("sc").R(isa.SC_D, asm.T2, asm.A0, asm.T1)
		}, true},
		{"load both ways", func(p *asm.Program) {
			p.Branch(isa.BEQ, asm.T0, asm.T1, "on").I(isa.LD, asm.T1, asm.A0, 0).Label("on").I(isa.LD, asm.T1, asm.A0, 0)
		}, false},
		{"more ways than can be looked at", func(p *asm.Program) {
			for i := range 40 {
				p.Label(fmt.Sprint("way ", i)).Branch(isa.BEQ, asm.T0, asm.T1, fmt.Sprint("way ", i+2))
			}
			p.Label("way 40").I(isa.LD, asm.T1, asm.A0, 0).Label("way 41").I(isa.LD, asm.T1, asm.A0, 0)
		}, true},
		{"out of sight", func(p *asm.Program) {
			for range 60 {
				p.I(isa.ADDI, asm.T1, asm.T1, 1)
			}
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, 1, 0)
			p := asm.New(ram)
			p.Label("loop").I(isa.LR_D, asm.T0, asm.A0, 0)
			p.Branch(isa.BNE, asm.T0, asm.A1, "away")
			p.R(isa.SC_D, asm.T2, asm.A0, asm.A2)
			p.Branch(isa.BNE, asm.T2, asm.Zero, "loop")
			p.Label("away")
			test.away(p)
			p.Op(isa.EBREAK)
			r.Load(p, ram)
			b := r.Cache.Get(blocks.Key{PA: ram}, nil)
			if b.Open(0) != test.open {
				t.Fatalf("the branch is open: %v, want %v", b.Open(0), test.open)
			}
			if test.open {
				return
			}
			// An SC takes the place of what ended the reservation.
			r.Load(asm.New(0).R(isa.SC_D, asm.T2, asm.A0, asm.T1), p.Addr("away"))
			r.Mem.NoteWrite(p.Addr("away"), 4)
			if b = r.Cache.Get(blocks.Key{PA: ram}, nil); !b.Open(0) {
				t.Error("the branch is not open although it leads to an SC now")
			}
		})
	}
}
