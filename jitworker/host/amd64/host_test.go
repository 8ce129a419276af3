package amd64

import (
	"bytes"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/host"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

var _ host.Host = (*Host)(nil)

// A rel32 field counts from its end; who comes to a place that passes goes on behind it while the link is led elsewhere.
func TestAim(t *testing.T) {
	const place, to = 0x7f00_0000_1000, 0x7f00_0000_0800
	for _, test := range []struct {
		kind   tier.Kind
		linked bool
		want   uintptr
	}{{leads, true, to}, {leads, false, to}, {passes, false, to}, {passes, true, place + 4}} {
		word := new(Host).Aim(test.kind, place, to, test.linked)
		if got := uintptr(int64(place) + 4 + int64(int32(word))); got != test.want {
			t.Errorf("kind %d, linked %v: leads to %#x, want %#x", test.kind, test.linked, got, test.want)
		}
	}
}

func TestFill(t *testing.T) {
	for n := range 70 {
		mem := make([]byte, n+1)
		if new(Host).Fill(mem[:n]); !bytes.Equal(mem[:n], bytes.Repeat([]byte{0xcc}, n)) || mem[n] != 0 {
			t.Errorf("%d bytes: % x", n, mem)
		}
	}
}

// tierFor is the quick tier in a form for a processor with some features.
func tierFor(f Features, form quick.Form, o tier.Options) *quick.Tier {
	return quick.New(New(f).Quick(o), form)
}

func unitOf(b *blocks.Block) *code.Unit {
	return &code.Unit{Parts: []code.Part{b.Part()}}
}

// All routines have code, and names of their own.
func TestRoutines(t *testing.T) {
	names := map[string]bool{}
	for n, r := range new(Host).Routines(codemap.View{Shift: 44}) {
		if r.Name == "" || names[r.Name] || len(r.Code) == 0 {
			t.Errorf("routine %d is %q, of %d bytes", n, r.Name, len(r.Code))
		}
		names[r.Name] = true
	}
}

// A link to another page has three places. The first one, which is changed last, is the address that the hart's
// table is compared with: until it is there nobody comes to the jump.
func TestCheckedLinksCompareFirst(t *testing.T) {
	made, err := tierFor(Features{}, quick.Fast, tier.Options{}).Compile(unitOf(blockOf(t, func(p *asm.Program) {
		p.I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "far").Align(physmem.PageSize).Label("far").Op(isa.EBREAK)
	})))
	if err != nil {
		t.Fatal(err)
	}
	var places [][]byte
	for _, r := range made.Relocs {
		if r.Target == tier.ToLink && r.N == 0 {
			if r.Offset%4 != 0 {
				t.Errorf("a place at %d cannot be changed by one store", r.Offset)
			}
			places = append(places, made.Bytes[r.Offset-3:r.Offset])
		}
	}
	lea := []byte{0x48, 0x8d, 0x15} // lea rdx, [rip+...]
	if !made.Links[0].Checked || len(places) != 3 || !bytes.Equal(places[0], lea) {
		t.Errorf("checked %v, the places' instructions end in % x", made.Links[0].Checked, places)
	}
}
