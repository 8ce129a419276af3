package blocks_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// An access stays in its page if it has mostly been found in the one before, strays if mostly not, and nothing is known of
// what has hardly been seen; what was so long ago does not outweigh what is so now.
func TestPages(t *testing.T) {
	r := newRig(t, 1, 0)
	r.Load(asm.New(ram).I(isa.LD, asm.A0, asm.A1, 0).Op(isa.EBREAK), ram)
	b := get(r, ram)
	if stay, stray := b.Pages(); stay|stray != 0 {
		t.Errorf("%#x and %#x, of nothing", stay, stray)
	}
	see := func(n int, pages ...uint64) {
		for _, page := range pages {
			b.Saw(n, page)
		}
	}
	check := func(what string, wantStay, wantStray uint64) {
		t.Helper()
		if stay, stray := b.Pages(); stay != wantStay || stray != wantStray {
			t.Errorf("%s: %#x stay and %#x stray, want %#x and %#x", what, stay, stray, wantStay, wantStray)
		}
	}
	see(0, 7, 7, 7, 7)
	check("seen four times", 0, 0)
	see(0, 7)
	check("seen five times", 1, 0)
	see(1, 1, 2, 3, 4, 5)
	check("each time elsewhere", 1, 2)
	see(2, 1, 1, 1, 2, 2, 2)
	check("once in another page", 1, 2)
	for i := range uint64(10) {
		see(1000, i, i)
	}
	check("a late access", 1, 2)
	for range 1000 {
		b.Saw(0, 7)
	}
	for i := range uint64(70) {
		b.Saw(0, 8+i%2)
	}
	check("long in one page, then in two", 0, 3)
	for range 200 {
		b.Saw(0, 9)
	}
	check("and in one again", 1, 2)
}
