package amd64_test

import (
	"bytes"
	"fmt"
	"math"
	goruntime "runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/cpu"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/internal/host"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/difftest"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// raisedFlags are the bits of MXCSR that Go's own arithmetic sets too.
const raisedFlags = 0x3f

// goMXCSR is the register as Go wants it: to nearest, all exceptions masked.
const goMXCSR = 0x1f80

// watched is an engine that looks at the processor whenever native code has returned.
type watched struct {
	*engine.Engine
	t testing.TB
	// seen counts exits by kind, and by whether the guest's floating point was loaded.
	seen [code.NativeKinds][2]int
}

func watch(t testing.TB, e *engine.Engine) *watched { return &watched{Engine: e, t: t} }

func (w *watched) Enter(s *hart.State, entry uintptr) uint64 {
	word := w.Engine.Enter(s, entry)
	x15, x15High := host.X15()
	warm := s.Float.Mode&hart.FloatCold == 0
	kind := word & 0xff
	if x15|x15High != 0 {
		w.t.Errorf("exit %d, floating point loaded %v: X15 is %#x, %#x", kind, warm, x15, x15High)
	}
	// Go's own arithmetic may have raised flags since, on this thread.
	if mxcsr := host.MXCSR(); mxcsr&^raisedFlags != goMXCSR {
		w.t.Errorf("exit %d, floating point loaded %v: MXCSR is %#x", kind, warm, mxcsr)
	}
	if host.Flags()&host.DirectionFlag != 0 {
		w.t.Errorf("exit %d: the direction flag is set", kind)
	}
	if cpu.X86.HasAVX {
		if low, high := host.Uppers(); low|high != 0 {
			w.t.Errorf("exit %d: upper vector halves have %#x, %#x", kind, low, high)
		}
	}
	i := 0
	if warm {
		i = 1
	}
	w.seen[kind][i]++
	return word
}

// wantAll checks that native code has been left in every way.
func (w *watched) wantAll() {
	w.t.Helper()
	for kind, n := range w.seen {
		for i, n := range n {
			if n == 0 {
				w.t.Errorf("never left by exit %d, floating point loaded %v", kind, i == 1)
			}
		}
	}
}

// raise appends instructions that raise every exception flag, from fa0 to fa5 as
// floatRegisters sets them.
func raise(p *asm.Program) {
	fp := func(op isa.Op, rd, rs1, rs2 uint8) {
		p.Insn(isa.Insn{Op: op, Rd: rd, Rs1: rs1, Rs2: rs2, Imm: 7})
	}
	fp(isa.FDIV_D, 0, 10, 11)  // 1/3: NX
	fp(isa.FDIV_D, 1, 10, 12)  // 1/0: DZ
	fp(isa.FMUL_D, 2, 13, 13)  // OF
	fp(isa.FMUL_D, 3, 14, 14)  // UF
	fp(isa.FSQRT_D, 5, 15, 0)  // of -1: NV
	fp(isa.FADD_D, 4, 10, 11)  // ft4, which lives in XMM15
	fp(isa.FADD_D, 20, 10, 11) // and one that lives in memory
	p.Insn(isa.Insn{Op: isa.FMADD_D, Rd: 6, Rs1: 10, Rs2: 11, Rs3: 10, Imm: 7})
}

func floatRegisters(in *situation) {
	for i := range in.f {
		in.f[i] = 0x1234_5678_9abc_def0 + uint64(i)
	}
	for i, v := range []float64{1, 3, 0, math.MaxFloat64, math.SmallestNonzeroFloat64, -1} {
		in.f[10+i] = math.Float64bits(v)
	}
}

// TRAPS 28: however native code is left, and whatever the guest's rounding mode and
// flags are, Go finds the processor as it wants it; the guest's side of it is right.
func TestTrap28ProcessorAfterNativeCode(t *testing.T) {
	pair := newPair(t)
	w := watch(t, pair.native.engine)
	pair.native.cache.Compile(w)
	programs := map[string]func(p *asm.Program){
		"nothing":   func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.A0, 1) },
		"operation": func(p *asm.Program) { raise(p); p.Insn(leftOut); raise(p) },
		"csr":       func(p *asm.Program) { raise(p); p.CSR(isa.CSRRW, asm.A0, isa.CSR_FCSR, asm.A1); raise(p) },
		"rest":      func(p *asm.Program) { raise(p); p.Insn(isa.Insn{Op: isa.FADD_S, Rd: 1, Rs1: 10, Rs2: 10, Imm: 7}) },
		"link": func(p *asm.Program) {
			raise(p)
			p.Branch(isa.BNE, asm.Zero, asm.Zero, "on").Jump(asm.Zero, "on").Label("on")
		},
		"cold link": func(p *asm.Program) { p.Jump(asm.Zero, "on").Label("on") },
		"jump": func(p *asm.Program) {
			raise(p)
			p.LA(asm.T0, "on").I(isa.ADDI, asm.T1, asm.T0, 0).I(isa.JALR, asm.RA, asm.T1, 0).Label("on")
		},
		"cold jump": func(p *asm.Program) {
			p.LA(asm.T0, "on").I(isa.ADDI, asm.T1, asm.T0, 0).I(isa.JALR, asm.RA, asm.T1, 0).Label("on")
		},
		"poll":      func(p *asm.Program) { p.Label("loop"); raise(p); p.Jump(asm.Zero, "loop") },
		"cold poll": func(p *asm.Program) { p.Label("loop").Jump(asm.Zero, "loop") },
	}
	for name, build := range programs {
		pc := pair.load(func(p *asm.Program) { build(p); p.Op(isa.EBREAK) })
		for frm := range uint32(8) {
			for _, mstatus := range []uint64{0, 1 << 13, 3 << 13} {
				in := &situation{mstatus: mstatus, frm: frm, memory: make([]byte, dataBytes)}
				floatRegisters(in)
				for range 3 {
					if !pair.same(pc, in, func() string { return fmt.Sprintf("%s, frm %d, mstatus %#x", name, frm, mstatus) }) {
						return
					}
				}
			}
		}
	}
	w.wantAll()
}

// The same for random programs.
func TestTrap28ProcessorAfterRandomPrograms(t *testing.T) {
	entries := 0
	for seed := range uint64(2) {
		var w *watched
		opt := difftest.Options{Name: "native code", Paged: seed == 1, Attach: attachAs(t, eager(), func(e *engine.Engine) blocks.Engine {
			w = watch(t, e)
			return w
		})}
		var programs []*difftest.Program
		for i := range 48 {
			programs = append(programs, difftest.Generate(seed, 28<<16|uint64(i), i, true))
		}
		if err := difftest.Lockstep(difftest.NewImage(programs), opt, func() uint64 { return 7 }); err != nil {
			t.Error(err)
		}
		for _, n := range w.seen {
			entries += n[1]
		}
	}
	if entries == 0 {
		t.Error("no program used floating point natively")
	}
}

// TRAPS 27: Go's collector, its scheduler and its profiler's signals meet a hart that
// spends nearly all its time in native code, with a rounding mode of its own. All
// get right results.
func TestTrap27CollectorMeetsNativeCode(t *testing.T) {
	const rounds = 20_000
	spin := func(p *asm.Program) {
		p.LI(asm.S2, 88172645463325252).LI(asm.S4, rounds).Label("loop")
		for i, shift := range []int32{13, 7, 17} {
			op := []isa.Op{isa.SLLI, isa.SRLI, isa.SLLI}[i]
			p.I(op, asm.T0, asm.S2, shift).R(isa.XOR, asm.S2, asm.S2, asm.T0)
		}
		p.R(isa.ADD, asm.A0, asm.A0, asm.S2)
		p.Insn(isa.Insn{Op: isa.FDIV_D, Rd: 0, Rs1: 10, Rs2: 11, Imm: 7})
		p.Insn(isa.Insn{Op: isa.FADD_D, Rd: 4, Rs1: 4, Rs2: 0, Imm: 7}) // thirds, rounded up each time
		p.I(isa.ADDI, asm.S4, asm.S4, -1).Branch(isa.BNE, asm.S4, asm.Zero, "loop").Op(isa.EBREAK)
	}
	in := situation{mstatus: 3 << 13, frm: 3}
	floatRegisters(&in)
	in.f[4] = 0
	finish := func(r *rig, pc uint64) (out outcome) {
		for out = r.run(pc, &in); out.exit == interp.ExitPoll; {
			r.core.S.Arm(1 << 18)
			out.exit = r.core.Run()
		}
		copy(out.x[:], r.core.S.R[hart.X:])
		copy(out.f[:], r.core.S.R[hart.F:])
		out.fflags = r.core.S.FFlags
		return out
	}
	interpreted := newRigWith(t, nil)
	want := finish(interpreted, interpreted.load(spin))

	stopProfile := profileFast(t)
	var harts, others sync.WaitGroup
	var enough atomic.Bool
	for range 2 {
		r := newRig(t)
		pc := r.load(spin)
		w := watch(t, r.engine)
		r.cache.Compile(w)
		harts.Go(func() {
			for n := 0; n < 3 || !enough.Load(); n++ {
				got := finish(r, pc)
				if got.x != want.x || got.f != want.f || got.fflags != want.fflags || got.exit != want.exit {
					t.Errorf("run %d: a0 %#x, ft4 %#x, fflags %#x; want %#x, %#x, %#x", n,
						got.x[asm.A0], got.f[4], got.fflags, want.x[asm.A0], want.f[4], want.fflags)
					return
				}
			}
			if c := r.core.Native; c.Insns < 2*rounds {
				t.Errorf("%d instructions ran natively", c.Insns)
			}
		})
	}
	others.Go(func() {
		for range 12 {
			goruntime.GC()
		}
	})
	others.Go(func() { pingPong(t, 2000) })
	others.Go(func() {
		for range 20 {
			if got := deep(400); got != 400*401/2 {
				t.Errorf("deep recursion gives %d", got)
			}
		}
	})
	others.Wait()
	enough.Store(true)
	harts.Wait()
	stopProfile()
}

// profileFast has the process interrupted for a profile a thousand times a second of
// processor time until the function that it returns is called. Where a profile is
// under way already it leaves it alone.
func profileFast(t *testing.T) (stop func()) {
	goruntime.SetCPUProfileRate(1000)
	var profile bytes.Buffer
	// This asks for the usual rate in vain, and Go says so on the standard error.
	if err := pprof.StartCPUProfile(&profile); err != nil {
		t.Log(err)
		return func() {}
	}
	return func() {
		pprof.StopCPUProfile()
		if profile.Len() == 0 {
			t.Error("the profile is empty")
		}
	}
}

// pingPong switches goroutines n times, each of which computes in Go's rounding mode.
func pingPong(t *testing.T, n int) {
	there, back := make(chan float64), make(chan float64)
	go func() {
		defer close(back)
		for v := range there {
			back <- v / 3
		}
	}()
	defer close(there)
	const third = 0x3fd5555555555555 // to nearest; rounded up it ends in 6
	for i := range n {
		there <- 1
		got := <-back
		if mxcsr := host.MXCSR() &^ raisedFlags; math.Float64bits(got) != third || mxcsr != goMXCSR {
			t.Errorf("switch %d: 1/3 is %#x, MXCSR %#x", i, math.Float64bits(got), mxcsr)
			return
		}
	}
}

// deep recurses on a stack that has to grow, and gives the collector work.
func deep(n int) int {
	if n == 0 {
		return 0
	}
	p := new([64]int)
	p[n%64] = n
	return deep(n-1) + p[n%64]
}
