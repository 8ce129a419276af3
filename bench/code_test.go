package bench

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
)

const (
	codeRAM   = 0x8000_0000
	codeBytes = 4 << 20 // memory for code to compile
)

// corpus is guest code that is compiled and never run: stretches that are each a whole number of pages.
type corpus struct {
	mem       *physmem.Memory
	stretches []span
}

// span is a stretch of code in physical memory.
type span struct{ from, to uint64 }

// run is guest code that is compiled in one go: blocks one behind the other.
type run []*blocks.Block

func (r run) insns() (n int) {
	for _, b := range r {
		n += b.Insns()
	}
	return n
}

// corpora are where code to compile comes from.
var corpora = []struct {
	name string
	read func(b *testing.B) [][]byte
}{
	{"guests", guestText},
	{"kernel", kernelText},
}

// newCorpus puts stretches of code into a memory of their own, as many as it has room for.
func newCorpus(b *testing.B, stretches [][]byte) *corpus {
	b.Helper()
	mem, err := physmem.New(codeRAM, codeBytes, physmem.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { mem.Close() })
	c := &corpus{mem: mem}
	at := uint64(codeRAM)
	for _, code := range stretches {
		n := uint64(len(code))
		if at+n > codeRAM+codeBytes {
			break
		}
		if err := mem.WriteAt(code, at); err != nil {
			b.Fatal(err)
		}
		c.stretches = append(c.stretches, span{at, at + n})
		at += (n + physmem.PageSize - 1) &^ (physmem.PageSize - 1)
	}
	return c
}

// blocks builds the blocks of every stretch, anew and in a cache of their own. Those with nothing to compile are left
// out: an instruction that the interpreter executes or that is none.
func (c *corpus) blocks() (cache *blocks.Cache, all []run) {
	cache = blocks.NewCache(c.mem, func(done func()) { go done() })
	for _, s := range c.stretches {
		var found run
		for at := s.from; at+4 <= s.to; {
			block := cache.Get(blocks.Key{PA: at}, func() (uint64, bool) { return at + 2, true })
			if block.Insns() > 0 {
				found = append(found, block)
			}
			at += uint64(len(block.Text()))
		}
		all = append(all, found)
	}
	return cache, all
}

// singles makes each block below limit instructions a run of its own.
func singles(stretches []run, limit int) (out []run) {
	for _, blocks := range stretches {
		for i, block := range blocks {
			if block.Insns() < limit {
				out = append(out, blocks[i:i+1])
			}
		}
	}
	return out
}

// runs cuts each stretch into runs of n instructions or up to a block more.
func runs(stretches []run, n int) (out []run) {
	for _, blocks := range stretches {
		from := 0
		for to := range blocks {
			if r := blocks[from : to+1]; r.insns() >= n {
				out = append(out, r)
				from = to + 1
			}
		}
	}
	return out
}

// guestText returns the code of the programs of bench/guests.
func guestText(b *testing.B) (text [][]byte) {
	for _, name := range []string{"intloop", "mixed", "fpdense", "cold", "pages", "ring"} {
		data, err := guests.ELF(name, nil)
		if err != nil {
			b.Fatal(err)
		}
		f, err := elf.NewFile(bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range f.Sections {
			if s.Flags&elf.SHF_EXECINSTR == 0 {
				continue
			}
			code, err := s.Data()
			if err != nil {
				b.Fatal(err)
			}
			text = append(text, code)
		}
	}
	return text
}

// kernelText returns stretches from all over the code of Debian's kernel, which begins behind the image's first pages.
func kernelText(b *testing.B) (text [][]byte) {
	dir := os.Getenv("HARTWOOD_LINUX")
	if dir == "" {
		b.Skip("HARTWOOD_LINUX names no folder with a kernel; 'make linux-files' brings one")
	}
	image, err := os.Open(filepath.Join(dir, "Image"))
	if err != nil {
		b.Fatal(err)
	}
	defer image.Close()
	const size, step = 16 << 10, 256 << 10
	for at := int64(step); at < 8<<20; at += step {
		code := make([]byte, size)
		if _, err := image.ReadAt(code, at); err != nil && !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
		text = append(text, code)
	}
	return text
}

// onEachCorpus runs a benchmark with the code of each corpus.
func onEachCorpus(b *testing.B, f func(b *testing.B, c *corpus)) {
	for _, k := range corpora {
		b.Run("code="+k.name, func(b *testing.B) { f(b, newCorpus(b, k.read(b))) })
	}
}
