package amd64

import (
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/jitworker/tier"

	"github.com/hartwood-vm/hartwood/vcpu/blocks"
)

// inline returns the number of instructions that are not out of line: those before the
// second piece of code for the block as a whole, which is the first one behind it.
func inline(t *testing.T, b *blocks.Block) (n int) {
	t.Helper()
	code, err := tierFor(Features{}, quick.Fast, tier.Options{Marked: true}).Compile(unitOf(b))
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, m := range code.Marks {
		if m.Guest == tier.MarkBlock {
			if whole++; whole == 2 {
				sweep(t, code.Bytes[:m.Host], func(x86asm.Inst) { n++ })
				return n
			}
		}
	}
	t.Fatal("nothing is out of line")
	return 0
}

// While the collector does not mark, the barrier costs a store nothing and a swap two
// instructions: a comparison and a jump that is not taken.
func TestBarriersAreOutOfLine(t *testing.T) {
	blocks := everyBlock(t)
	for _, c := range []struct {
		reference, word string
		barrier         int // instructions
	}{{"gc.sd", "sd", 0}, {"gc.swap", "amoswap.d", 2}, {"gc.ld", "ld", 0}} {
		for _, registers := range []string{" 0", " 1", " 2"} {
			a, b := blocks[c.reference+registers], blocks[c.word+registers]
			if a == nil || b == nil {
				t.Fatalf("no blocks of %s and %s", c.reference, c.word)
			}
			// Each block has the instruction twice.
			if got, want := inline(t, a), inline(t, b)+2*c.barrier; got != want {
				t.Errorf("%s%s has %d instructions, want %d", c.reference, registers, got, want)
			}
		}
	}
}
