package fdt

import (
	"bytes"
	"testing"
)

// FuzzRead looks for blobs that make the reader panic, and checks that a tree
// that was read can be patched, written and read again without a change.
func FuzzRead(f *testing.F) {
	f.Add(mustWrite(f, sample()))
	f.Add(mustWrite(f, New()))
	f.Fuzz(func(t *testing.T, blob []byte) {
		tree, err := Read(blob)
		if err != nil {
			return
		}
		first, err := tree.Write()
		if err != nil {
			t.Fatalf("cannot write what was read: %v", err)
		}
		again, err := Read(first)
		if err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if second := mustWrite(t, again); !bytes.Equal(first, second) {
			t.Fatal("writing is not stable")
		}
		_, _ = tree.MemoryRanges()
		_ = tree.SetMemory(0x80000000, 1<<20)
		tree.SetChosen(Chosen{Bootargs: "x", InitrdEnd: 4096})
	})
}
