package engine

import (
	"path/filepath"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/codestore"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
)

// BenchmarkKept compares what code costs that is compiled with what it costs to find it in a store, of 256 blocks in turn.
// What follows, finding a place and publishing, is the same for both.
func BenchmarkKept(b *testing.B) {
	path := filepath.Join(b.TempDir(), "store")
	fill := newRigWith(b, keeping(path, FastOnly))
	var list []*blocks.Block
	for i := range 256 {
		at := fill.load(sums(i))
		list = append(list, fill.block(at))
	}
	if err := fill.engine.kept.store.Close(closing); err != nil {
		b.Fatal(err)
	}
	fill.engine.kept = nil
	e := newRigWith(b, keeping(path, FastOnly)).engine
	for _, level := range []uint8{levelDense, levelFast} {
		b.Run([]string{levelDense: "compile dense", levelFast: "compile fast"}[level], func(b *testing.B) {
			w := &e.workers[0]
			for i := 0; b.Loop(); i++ {
				w.single(list[i%len(list)])
				if _, err := w.tiers[level-blocks.LowestLevel].Compile(&w.unit); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("find", func(b *testing.B) {
		var from origin
		var reader codestore.Reader
		for i := 0; b.Loop(); i++ {
			from.make(list[i%len(list)])
			if c, _ := e.kept.store.Find(&reader, from, levelFast); c == nil {
				b.Fatal("not found")
			}
		}
	})
	b.Run("find nothing", func(b *testing.B) {
		var reader codestore.Reader
		from := origin("nothing of the kind")
		for b.Loop() {
			if c, _ := e.kept.store.Find(&reader, from, levelFast); c != nil {
				b.Fatal("found")
			}
		}
	})
}
