package runtime

import (
	"bytes"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// The hammer's program. Every hart calls small functions at random, follows their
// links, rewrites a function of its own in a page that all execute, traps, and adds
// up what it gets; in the end it compares with what must come out.
const (
	hammerHarts     = 6
	hammerFunctions = 256
	functionBytes   = 32
	pageFunctions   = 8 // in a page: they fill twice as many pages as the code cache has entries
	privateBytes    = 64
	lcgFactor       = 6364136223846793005
	lcgSummand      = 1442695040888963407
	hammerPage      = RAMBase + 0x2000                      // the harts' own functions, then the shared ones
	hammerTable     = hammerPage + hammerHarts*privateBytes // of the shared ones
	hammerResults   = RAMBase + 0x30000                     // sums that must come out, a double word a hart
	hammerDone      = hammerResults + 8*hammerHarts         // harts that have finished
	addiA0          = 10<<15 | 10<<7 | 0x13                 // addi a0, a0, 0
	patchEvery      = 16                                    // calls
	trapEvery       = 8
)

// chained says that shared function k goes on with the next one.
func chained(k uint64) bool { return k%4 != 3 }

// shared is what function k makes of x.
func shared(k, x uint64) uint64 {
	for {
		x += k
		x ^= k * 5
		x += x << (k%13 + 1)
		if int64(x) < 0 {
			x ^= 0x2aa
		}
		if !chained(k) {
			return x
		}
		k++
	}
}

// appendShared appends function k: at most 8 instructions.
func appendShared(p *asm.Program, k uint64) {
	name := func(k uint64) string { return "f" + string(rune('a'+k%16)) + string(rune('a'+k/16)) }
	p.Org(hammerTable + k/pageFunctions*4096 + k%pageFunctions*functionBytes).Label(name(k))
	p.I(isa.ADDI, asm.A0, asm.A0, int32(k)).I(isa.XORI, asm.A0, asm.A0, int32(k*5))
	p.I(isa.SLLI, asm.A1, asm.A0, int32(k%13+1)).R(isa.ADD, asm.A0, asm.A0, asm.A1)
	p.Branch(isa.BGE, asm.A0, asm.Zero, name(k)+"+")
	p.I(isa.XORI, asm.A0, asm.A0, 0x2aa).Label(name(k) + "+")
	if chained(k) {
		p.Jump(asm.Zero, name(k+1))
	} else {
		p.I(isa.JALR, asm.Zero, asm.RA, 0)
	}
}

// hammerProgram makes each hart call rounds functions.
func hammerProgram(seed, rounds uint64) []byte {
	p := asm.New(RAMBase)
	p.I(isa.ADDI, asm.S0, asm.A0, 0).LA(asm.T0, "trap").CSR(isa.CSRRW, asm.Zero, isa.CSR_MTVEC, asm.T0)
	p.LI(asm.S8, lcgFactor).LI(asm.S9, lcgSummand).LI(asm.S10, 0).LI(asm.S2, 0).LI(asm.S3, rounds)
	p.LI(asm.S1, seed).R(isa.ADD, asm.S1, asm.S1, asm.S0)
	p.LI(asm.S4, hammerTable).LI(asm.S5, hammerPage).I(isa.SLLI, asm.T0, asm.S0, 6).R(isa.ADD, asm.S5, asm.S5, asm.T0)

	p.Label("loop").R(isa.MUL, asm.S1, asm.S1, asm.S8).R(isa.ADD, asm.S1, asm.S1, asm.S9)
	p.I(isa.SRLI, asm.T0, asm.S1, 40).I(isa.ANDI, asm.T0, asm.T0, hammerFunctions-1)
	p.I(isa.ANDI, asm.T1, asm.T0, pageFunctions-1).I(isa.SLLI, asm.T1, asm.T1, 5).I(isa.SRLI, asm.T0, asm.T0, 3)
	p.I(isa.SLLI, asm.T0, asm.T0, 12).R(isa.ADD, asm.T0, asm.T0, asm.T1).R(isa.ADD, asm.T0, asm.T0, asm.S4)
	p.I(isa.ADDI, asm.A0, asm.S1, 0).I(isa.JALR, asm.RA, asm.T0, 0).R(isa.ADD, asm.S2, asm.S2, asm.A0)

	p.I(isa.ANDI, asm.T0, asm.S3, patchEvery-1).Branch(isa.BNE, asm.T0, asm.Zero, "unpatched")
	p.I(isa.SRLI, asm.T1, asm.S1, 53).I(isa.SLLI, asm.T2, asm.T1, 20).LI(asm.T3, addiA0).R(isa.OR, asm.T2, asm.T2, asm.T3)
	p.S(isa.SW, asm.T2, asm.S5, 0).Op(isa.FENCE_I).LI(asm.A0, 0).I(isa.JALR, asm.RA, asm.S5, 0)
	p.LI(asm.A1, 1).Branch(isa.BNE, asm.A0, asm.T1, "fail").Label("unpatched")

	p.I(isa.ANDI, asm.T0, asm.S3, trapEvery-1).Branch(isa.BNE, asm.T0, asm.Zero, "untrapped")
	p.Op(isa.ECALL).Label("untrapped")
	p.I(isa.ADDI, asm.S3, asm.S3, -1).Branch(isa.BNE, asm.S3, asm.Zero, "loop")

	p.LI(asm.A1, 2).LI(asm.T0, rounds/trapEvery).Branch(isa.BNE, asm.S10, asm.T0, "fail")
	p.LI(asm.A1, 3).LI(asm.T0, hammerResults).I(isa.SLLI, asm.T1, asm.S0, 3).R(isa.ADD, asm.T0, asm.T0, asm.T1)
	p.I(isa.LD, asm.T1, asm.T0, 0).Branch(isa.BNE, asm.S2, asm.T1, "fail")
	p.LI(asm.T0, hammerDone).LI(asm.T1, 1).R(isa.AMOADD_D, asm.Zero, asm.T0, asm.T1)
	p.Branch(isa.BEQ, asm.S0, asm.Zero, "boot").Label("wait").Op(isa.WFI).Jump(asm.Zero, "wait").Label("boot")
	p.LI(asm.T2, hammerHarts).Label("others").I(isa.LD, asm.T1, asm.T0, 0).Branch(isa.BNE, asm.T1, asm.T2, "others")
	p.LI(asm.A1, 0).Label("fail").I(isa.ADDI, asm.A0, asm.A1, 0)
	leave(p)
	p.Align(4).Label("trap").I(isa.ADDI, asm.S10, asm.S10, 1)
	p.CSR(isa.CSRRS, asm.T6, isa.CSR_MEPC, asm.Zero).I(isa.ADDI, asm.T6, asm.T6, 4).CSR(isa.CSRRW, asm.Zero, isa.CSR_MEPC, asm.T6).Op(isa.MRET)

	for i := range uint64(hammerHarts) {
		p.Org(hammerPage+i*privateBytes).I(isa.ADDI, asm.A0, asm.A0, 0).I(isa.JALR, asm.Zero, asm.RA, 0)
	}
	for k := range uint64(hammerFunctions) {
		appendShared(p, k)
	}
	p.Org(hammerResults)
	for i := range uint64(hammerHarts) {
		p.Double(hammerSum(seed+i, rounds))
	}
	return p.Bytes()
}

// hammerSum is what a hart adds up.
func hammerSum(state, rounds uint64) (sum uint64) {
	for range rounds {
		state = state*lcgFactor + lcgSummand
		sum += shared(state>>40%hammerFunctions, state)
	}
	return sum
}

// hammerTime is how long the hammer tests go on; the variable asks for more.
func hammerTime(t *testing.T) time.Duration {
	if text := os.Getenv("HARTWOOD_HAMMER"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if testing.Short() {
		return 200 * time.Millisecond
	}
	return 3 * time.Second
}

// TestTrap31Hammer has harts run, link, patch, invalidate and trap in a code cache that
// is far too small, while the host overwrites code with itself, pauses the machine
// and looks at it.
func TestTrap31Hammer(t *testing.T) {
	needNative(t)
	var total jitStats
	rounds := uint64(20_000)
	if testing.Short() {
		rounds = 2_000
	}
	for end, seed := time.Now().Add(hammerTime(t)), uint64(1); seed == 1 || time.Now().Before(end); seed++ {
		program := hammerProgram(seed, rounds)
		cfg := native(program)
		cfg.Harts, cfg.JIT.Workers = hammerHarts, 2
		cfg.CodeCache.Entries, cfg.CodeCache.Bytes, cfg.CodeCache.WarmUp = 16, 256*KiB, 8
		cfg.CodeCache.CleanUp = 5 * time.Millisecond
		cfg.CodeCache.Policy = []CachePolicy{LRULFU, LRU, LFU}[seed%3]
		s := hammer(t, cfg, program)
		total.Native += s.Native
		total.Interpreted += s.Interpreted
		total.Cache.Evicted += s.Cache.Evicted
		total.Cache.Reused += s.Cache.Reused
		total.Compiler.Compiled += s.Compiler.Compiled
		if s.Cache.Entries > 16 || s.Cache.Bytes+s.Cache.Waiting > s.Cache.Capacity {
			t.Errorf("the code cache is out of bounds: %+v", s.Cache)
		}
		if s.Compiler.Panics > 0 {
			t.Fatalf("a compilation panicked: %+v", s.Compiler.LastFailures)
		}
	}
	t.Logf("%d M native and %d M interpreted instructions, %d compilations, %d evictions, %d reuses", total.Native/1e6,
		total.Interpreted/1e6, total.Compiler.Compiled, total.Cache.Evicted, total.Cache.Reused)
	if total.Native == 0 || total.Cache.Evicted == 0 || total.Cache.Reused == 0 {
		t.Error("nothing was hammered")
	}
}

// hammer runs the program once while the host interferes.
func hammer(t *testing.T, cfg Config, program []byte) *jitStats {
	t.Helper()
	var out bytes.Buffer
	cfg.Stdout = &out
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var host sync.WaitGroup
	host.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			k := i * 7 % hammerFunctions
			at := hammerTable + uint64(k)*functionBytes
			m.life.Lock()
			if !m.closed {
				_ = m.core.Mem.WriteAt(program[at-RAMBase:][:functionBytes], at)
			}
			m.life.Unlock()
			if i%64 == 0 {
				_ = m.Stats()
			}
			if i%512 == 0 && m.Pause() == nil {
				_ = m.Resume()
			}
			time.Sleep(20 * time.Microsecond)
		}
	})
	res, err := m.Run(t.Context())
	close(done)
	host.Wait()
	if err != nil || res.Reason != PoweredOff || res.ExitCode != 0 {
		t.Fatalf("%v with code %d (%v)", res.Reason, res.ExitCode, err)
	}
	return res.Stats.jit
}
