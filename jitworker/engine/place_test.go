package engine

import (
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/host"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// noting is a host that notes which places have been aimed, and which memory is to be seen by all processors.
type noting struct {
	host.Host
	aimed   []uintptr
	flushed map[uintptr]int
}

func (n *noting) Aim(k tier.Kind, place, to uintptr, linked bool) uint32 {
	n.aimed = append(n.aimed, place)
	return n.Host.Aim(k, place, to, linked)
}

func (n *noting) Flush(at uintptr, bytes int) { n.flushed[at] = bytes }

// The places of a link are changed from the last one to the first, and processors are told of each; of new code they
// are told when all its calls of routines are there.
func TestLinksChangeFromTheLastPlaceOn(t *testing.T) {
	if !Supported {
		t.Skip(ErrHost)
	}
	n := &noting{thisHost(), nil, map[uintptr]int{}}
	r := newRigWith(t, &Config{Host: n, Workers: oneWorker(), Cache: codecache.DefaultConfig(), Forms: FastOnly})
	for at, size := range n.flushed {
		if x := r.engine.cache.Find(at); x == nil || size != x.Size() {
			t.Errorf("the routine at %#x: told of %d bytes", at, size)
		}
	}
	if len(n.flushed) != len(r.engine.routines) {
		t.Errorf("told of %d routines, there are %d", len(n.flushed), len(r.engine.routines))
	}
	pc := r.load(func(p *asm.Program) {
		p.I(isa.LD, asm.A0, asm.A1, 0).Jump(asm.Zero, "far").Align(physmem.PageSize).Label("far").Op(isa.EBREAK)
	})
	from := r.block(pc).Native()
	if n.flushed[from.Entry] != from.Code.(*compiled).code.Size() {
		t.Error("not told of the code")
	}
	r.next = pc + physmem.PageSize
	to := r.block(r.load(func(p *asm.Program) { p.Op(isa.EBREAK) })).Native()
	n.aimed = nil
	clear(n.flushed)
	r.engine.Patch(from, 0, to)
	var want []uintptr
	for _, p := range from.Code.(*compiled).relocs {
		want = append(want, from.Entry+uintptr(p.Offset))
	}
	slices.Reverse(want)
	if len(want) != 3 || !slices.Equal(n.aimed, want) {
		t.Errorf("aimed %#x, want %#x", n.aimed, want)
	}
	for _, place := range want {
		if n.flushed[place] != 4 {
			t.Errorf("not told of the word at %#x", place)
		}
	}
}
