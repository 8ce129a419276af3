package vcpu

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// A scan of the largest stack, of a hart, of a thread that runs, and of one that does
// not, goes on no further than whoever asked for it wants: within a page, whether there is
// memory behind the stack or not.
func TestScansEndEarly(t *testing.T) {
	const enough = 5 // registers, and four pages
	for _, x := range []struct {
		name string
		priv shardedtlb.Priv
		low  uint64
		scan func(*Hart, mutator.Visit)
	}{
		{"hart", shardedtlb.M, data, (*Hart).ScanRoots},
		{"hart without memory", shardedtlb.M, 1 << 40, (*Hart).ScanRoots},
		{"thread", shardedtlb.U, 1 << 37, (*Hart).ScanThread},
		{"saved thread", shardedtlb.U, 1 << 37, func(h *Hart, visit mutator.Visit) {
			h.exec(isa.Insn{Op: isa.ECALL})
			h.threads.Begin()
			if h.threads.ScanSaved(visit) {
				t.Error("a scan that has ended early was one of all")
			}
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			w, h, _ := newHeapHart(t, x.priv)
			if x.priv == shardedtlb.U {
				processes(w)().run(h, 0x7000, 0)
			}
			if e := h.attach(x.low, x.low+maxStack); e != heapDone {
				t.Fatal(e)
			}
			visits := 0
			x.scan(h, func([]uint64, mutator.Source) bool { visits++; return visits < enough })
			if visits != enough {
				t.Errorf("%d visits after the end was asked for", visits-enough)
			}
		})
	}
}
