package amd64_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
	"github.com/hartwood-vm/hartwood/vcpu/mutator/mutatortest"
)

// toEnd runs from pc to an EBREAK and returns the time it took.
func (r *heapRig) toEnd(pc uint64) time.Duration {
	r.Helper()
	r.core.S.PC = pc
	start := time.Now()
	for {
		r.core.S.Arm(1 << 20)
		switch e := r.core.Run(); e {
		case interp.ExitPoll:
		case interp.ExitSystem:
			return time.Since(start)
		default:
			r.Fatalf("exit %d at %#x, cause %d", e, r.core.S.PC, r.core.Cause)
		}
	}
}

// nodes of the lists that the benchmarks turn around, 32 bytes each: a link at 8, the
// key at 16.
const nodes = 8192

// turnList builds a program that reverses the list at A0 in place, with store for the
// links: the pointer-mutating loop.
func turnList(p *asm.Program, store isa.Op) {
	p.I(isa.ADDI, asm.A1, asm.Zero, 0)
	p.Label("loop").I(isa.LD, asm.A2, asm.A0, 8).S(store, asm.A1, asm.A0, 8)
	p.R(isa.ADD, asm.A1, asm.A0, 0).R(isa.ADD, asm.A0, asm.A2, 0).Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK)
}

// insertSorted builds one that moves each node of the list at A0 into a list sorted by
// keys: loads, comparisons, and two stores of links for each node.
func insertSorted(p *asm.Program, store isa.Op) {
	p.I(isa.ADDI, asm.A1, base, 0).S(store, 0, base, 8)
	p.Label("loop").I(isa.LD, asm.A2, asm.A0, 8).I(isa.LD, asm.A3, asm.A0, 16)
	p.R(isa.ADD, asm.A4, base, 0)
	p.Label("find").I(isa.LD, asm.A5, asm.A4, 8).Branch(isa.BEQ, asm.A5, asm.Zero, "here")
	p.I(isa.LD, asm.T3, asm.A5, 16).Branch(isa.BGEU, asm.T3, asm.A3, "here").R(isa.ADD, asm.A4, asm.A5, 0).Jump(0, "find")
	p.Label("here").S(store, asm.A5, asm.A0, 8).S(store, asm.A0, asm.A4, 8)
	p.R(isa.ADD, asm.A0, asm.A2, 0).Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK)
}

// swapNeighbours builds one that exchanges each two neighbours of the array of links at
// A0: nothing waits for a load.
func swapNeighbours(p *asm.Program, store isa.Op) {
	p.LI(asm.A4, 32*nodes-16).R(isa.ADD, asm.A4, asm.A4, asm.A0)
	p.Label("loop").I(isa.LD, asm.A2, asm.A0, 0).I(isa.LD, asm.A3, asm.A0, 8)
	p.S(store, asm.A3, asm.A0, 0).S(store, asm.A2, asm.A0, 8)
	p.I(isa.ADDI, asm.A0, asm.A0, 32).Branch(isa.BLTU, asm.A0, asm.A4, "loop").Op(isa.EBREAK)
}

// BenchmarkBarrier compares gc.sd with sd in loops that store references, in turns: the
// ratio of the times, median of all turns.
func BenchmarkBarrier(b *testing.B) {
	if !engine.Supported {
		b.Skip("no native code on this host")
	}
	for _, bench := range []struct {
		name    string
		marking uint64
		n       uint64
		build   func(p *asm.Program, store isa.Op)
	}{
		{"turn a list, off", mutator.Off, nodes, turnList},
		{"turn a short list, off", mutator.Off, 512, turnList},
		{"sort by insertion, off", mutator.Off, 64, insertSorted},
		{"swap neighbours, off", mutator.Off, nodes, swapNeighbours},
		{"turn a list, marking", mutator.Marking, nodes, turnList},
		{"swap neighbours, marking", mutator.Marking, nodes, swapNeighbours},
	} {
		b.Run(bench.name, func(b *testing.B) {
			r := newHeapRig(b, true, false)
			var programs [2]uint64
			for i, store := range []isa.Op{isa.GC_SD, isa.SD} {
				programs[i] = r.load(func(p *asm.Program) { bench.build(p, store) })
			}
			head := func() {
				for i := range bench.n {
					link, _ := r.mem.Word64(heapAt + 32*i + 8)
					key, _ := r.mem.Word64(heapAt + 32*i + 16)
					key.Store(i * 0x9e3779b97f4a7c15 % 1009)
					if link.Store(0); i+1 < bench.n {
						link.Store(heapAt + 32*(i+1))
					}
				}
				r.core.S.R[hart.X+asm.A0], r.core.S.R[hart.X+base] = heapAt, heapAt+32*nodes
			}
			rounds := nodes / int(bench.n)
			var ratios []float64
			var times [2]time.Duration
			for n := 0; b.Loop(); n++ {
				var took [2]time.Duration
				for k := range 2 {
					k ^= n & 1 // who comes first
					for range rounds {
						head()
						r.heap.Flushed, r.core.S.Heap.LogLen = r.heap.Flushed[:0], 0
						r.core.S.Heap.Marking = bench.marking
						took[k] += r.toEnd(programs[k])
					}
					times[k] += took[k]
				}
				ratios = append(ratios, float64(took[0])/float64(took[1]))
			}
			slices.Sort(ratios)
			perNode := float64(b.N) * float64(rounds) * float64(bench.n)
			b.ReportMetric(ratios[len(ratios)/2], "gc.sd/sd")
			b.ReportMetric(float64(times[0].Nanoseconds())/perNode, "ns/node")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkAllocate is gc.new from a Buffer that has room, in a loop of four: with type
// and length known to the block, and not.
func BenchmarkAllocate(b *testing.B) {
	if !engine.Supported {
		b.Skip("no native code on this host")
	}
	const objects = 4096
	for _, known := range []bool{true, false} {
		for _, native := range []bool{true, false} {
			name := map[bool]string{true: "known", false: "unknown"}[known] + " " + map[bool]string{true: "native", false: "interpreted"}[native]
			b.Run(name, func(b *testing.B) {
				r := newHeapRig(b, native, false)
				r.heap.Runs = []uint64{objects}
				at := r.load(func(p *asm.Program) {
					p.Label("loop")
					if known {
						p.LI(asm.A1, mutatortest.Array).LI(asm.A2, 2)
					}
					for range 4 {
						p.R(isa.GC_NEW, asm.A0, asm.A1, asm.A2)
					}
					p.I(isa.ADDI, counter, counter, -1).Branch(isa.BNE, counter, asm.Zero, "loop").Op(isa.EBREAK)
				})
				ref, ok := r.heap.Alloc(mutatortest.Array, 2)
				if !ok || ref == 0 {
					b.Fatal("no object")
				}
				buffer := &r.core.S.Heap.Buffers[1] // of 32 bytes
				var took time.Duration
				for b.Loop() {
					buffer.Cur = ref
					r.core.S.R[hart.X+asm.A1], r.core.S.R[hart.X+asm.A2], r.core.S.R[hart.X+counter] = mutatortest.Array, 2, objects/4
					took += r.toEnd(at)
				}
				if r.heap.Allocs != 1 {
					b.Errorf("%d Buffers", r.heap.Allocs)
				}
				b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/objects, "ns/object")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
