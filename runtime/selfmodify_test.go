package runtime

import (
	goruntime "runtime"
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// compilerProgram is a guest that compiles: it writes rounds functions, one after the
// other, into 64 KiB that it goes round in, and calls each until it is hot.
func compilerProgram(rounds uint64) []byte {
	const (
		buffer = RAMBase + 0x10_0000
		slots  = 1 << 10 // of 64 bytes
		calls  = 20
	)
	ret := asm.New(0).I(isa.JALR, asm.Zero, asm.RA, 0).Bytes()
	p := asm.New(RAMBase)
	p.LI(asm.S0, buffer).LI(asm.S1, rounds).LI(asm.S2, addiA0).LI(asm.S4, slots-1)
	p.LI(asm.S3, uint64(ret[0])|uint64(ret[1])<<8|uint64(ret[2])<<16|uint64(ret[3])<<24)

	p.Label("round").R(isa.AND, asm.T0, asm.S1, asm.S4).I(isa.SLLI, asm.T0, asm.T0, 6).R(isa.ADD, asm.T0, asm.T0, asm.S0)
	// Eight times addi a0, a0, round mod 1024, and a return.
	p.I(isa.ANDI, asm.T1, asm.S1, 1023).I(isa.SLLI, asm.T2, asm.T1, 20).R(isa.OR, asm.T2, asm.T2, asm.S2)
	for i := range int32(8) {
		p.S(isa.SW, asm.T2, asm.T0, 4*i)
	}
	p.S(isa.SW, asm.S3, asm.T0, 32).Op(isa.FENCE_I)
	p.LI(asm.A0, 0).LI(asm.S5, calls)
	p.Label("call").I(isa.JALR, asm.RA, asm.T0, 0).I(isa.ADDI, asm.S5, asm.S5, -1).Branch(isa.BNE, asm.S5, asm.Zero, "call")
	p.LI(asm.T3, 8*calls).R(isa.MUL, asm.T3, asm.T3, asm.T1).Branch(isa.BNE, asm.T3, asm.A0, "wrong")
	p.I(isa.ADDI, asm.S1, asm.S1, -1).Branch(isa.BNE, asm.S1, asm.Zero, "round")
	p.LI(asm.A0, 0).Jump(asm.Zero, "end").Label("wrong").LI(asm.A0, 1).Label("end")
	return leave(p).Bytes()
}

// TestTrap09GuestThatCompiles: a guest that writes code all day gets right results,
// and neither its code nor Go's memory grow.
func TestTrap09GuestThatCompiles(t *testing.T) {
	needNative(t)
	rounds := uint64(40_000)
	if testing.Short() {
		rounds = 10_000
	}
	cfg := native(compilerProgram(rounds))
	cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = 3, 3
	cfg.CodeCache.Entries, cfg.CodeCache.Bytes = 256, MiB
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var watch sync.WaitGroup
	var peak, heap uint64
	watch.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			s := m.Stats().jit.Cache
			peak = max(peak, s.Bytes+s.Waiting)
			if s.Entries > cfg.CodeCache.Entries || s.Bytes > uint64(cfg.CodeCache.Bytes) {
				t.Errorf("the code cache is out of bounds: %+v", s)
				return
			}
			var mem goruntime.MemStats
			goruntime.ReadMemStats(&mem)
			heap = max(heap, mem.HeapAlloc)
			time.Sleep(time.Millisecond)
		}
	})
	res, err := m.Run(t.Context())
	close(done)
	watch.Wait()
	if err != nil || res.Reason != PoweredOff || res.ExitCode != 0 {
		t.Fatalf("%v with code %d (%v)", res.Reason, res.ExitCode, err)
	}
	s := res.Stats
	if s.blocks.Dropped < rounds/2 || s.jit.Compiler.Compiled < 1000 || s.jit.Cache.Reused == 0 {
		t.Errorf("%d blocks dropped, %+v", s.blocks.Dropped, s.jit)
	}
	if heap > 200<<20 {
		t.Errorf("Go's heap grew to %d MiB", heap>>20)
	}
	t.Logf("%d blocks dropped, %d compiled, at most %d KiB of code, %d MiB of Go's heap", s.blocks.Dropped, s.jit.Compiler.Compiled, peak>>10, heap>>20)
}
