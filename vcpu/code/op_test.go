package code_test

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

func TestOpNames(t *testing.T) {
	for op := range code.NumOps {
		if code.Of(op).Name == "" {
			t.Errorf("no name for operation %d", op)
		}
	}
}

// The description of a load, a store or an atomic is what its mnemonic says.
func TestMemoryOperationsAreAsTheirNames(t *testing.T) {
	sizes := map[byte]uint8{'b': 1, 'h': 2, 'w': 4, 'd': 8, 'q': 16}
	seen := 0
	for _, row := range isa.Rows() {
		i := code.Of(row.Op)
		if i.Kind != code.Load && i.Kind != code.Store && i.Kind != code.Atomic {
			if i.Size != 0 && i.Kind != code.Cache {
				t.Errorf("%s accesses %d bytes", row.Name, i.Size)
			}
			continue
		}
		seen++
		name, managed := strings.CutPrefix(row.Name, "gc.")
		name, unsigned := strings.CutSuffix(name, "u")
		unsigned = unsigned && i.Kind == code.Load
		size := sizes[name[len(name)-1]]
		if managed {
			size = 8
		}
		if i.Size != size {
			t.Errorf("%s accesses %d bytes, want %d", row.Name, i.Size, size)
		}
		if signed := i.Kind == code.Load && row.Class == isa.ClassLoad && !unsigned; i.Kind == code.Load && i.Rd == isa.RegX && !managed && i.Signed != signed {
			t.Errorf("%s extends the sign: %v", row.Name, i.Signed)
		}
		reads := i.Kind == code.Load || i.Kind == code.Atomic && !strings.HasPrefix(name, "sc.")
		writes := i.Kind == code.Store || i.Kind == code.Atomic && !strings.HasPrefix(name, "lr.")
		if i.Reads != reads || i.Writes != writes || !i.Faults {
			t.Errorf("%s reads %v, writes %v, faults %v", row.Name, i.Reads, i.Writes, i.Faults)
		}
		if i.Reference != (managed && writes) {
			t.Errorf("%s writes a reference: %v", row.Name, i.Reference)
		}
	}
	if seen < 60 {
		t.Errorf("only %d operations on memory", seen)
	}
}

// A body ends with an operation that leaves it, and has no other, but for an LR that is left at.
func TestBodiesEndWithWhatLeaves(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	rows := isa.Rows()
	var b code.Builder
	for range 20_000 {
		var text []byte
		for range 1 + rnd.IntN(20) {
			row := &rows[rnd.IntN(len(rows))]
			text = binary.LittleEndian.AppendUint32(text, row.Match|rnd.Uint32()&^row.Mask)
		}
		body, ok := b.Build(text, code.Mode(rnd.UintN(uint(code.Modes))), rnd.IntN(2) == 0, code.MaxInsns)
		if !ok {
			t.Fatal("no body")
		}
		uops := body.Uops()
		for i := range uops {
			op := uops[i].Op
			last, open := i == len(uops)-1, op == code.OpOpenLR_W || op == code.OpOpenLR_D
			if leaves := code.Of(op).Leaves; leaves != last && !open {
				t.Fatalf("%s is operation %d of %d, and leaves: %v", code.Of(op).Name, i, len(uops), leaves)
			}
		}
	}
}
