package suite

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
	read func(o Options) ([][]byte, error)
}{
	{"guests", guestText},
	{"kernel", kernelText},
}

// newCorpus puts stretches of code into a memory of their own, as many as it has room for.
func newCorpus(stretches [][]byte) (*corpus, error) {
	mem, err := physmem.New(codeRAM, codeBytes, physmem.Options{})
	if err != nil {
		return nil, err
	}
	c := &corpus{mem: mem}
	at := uint64(codeRAM)
	for _, code := range stretches {
		n := uint64(len(code))
		if at+n > codeRAM+codeBytes {
			break
		}
		if err := mem.WriteAt(code, at); err != nil {
			return nil, errors.Join(err, mem.Close())
		}
		c.stretches = append(c.stretches, span{at, at + n})
		at += (n + physmem.PageSize - 1) &^ (physmem.PageSize - 1)
	}
	return c, nil
}

func (c *corpus) close() error { return c.mem.Close() }

// blocks builds the blocks of every stretch, anew and in a cache of their own. Those with nothing to compile are left
// out: an instruction that the interpreter executes or that is none.
func (c *corpus) blocks() (all []run) { return c.blocksOf(c.newCache()) }

func (c *corpus) newCache() *blocks.Cache {
	return blocks.NewCache(c.mem, func(done func()) { go done() })
}

// blocksOf builds the blocks in a cache.
func (c *corpus) blocksOf(cache *blocks.Cache) (all []run) {
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
	return all
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
func guestText(Options) (text [][]byte, err error) {
	for _, name := range []string{"intloop", "mixed", "fpdense", "cold", "pages", "ring"} {
		data, err := guests.ELF(name, nil)
		if err != nil {
			return nil, err
		}
		f, err := elf.NewFile(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		for _, s := range f.Sections {
			if s.Flags&elf.SHF_EXECINSTR == 0 {
				continue
			}
			code, err := s.Data()
			if err != nil {
				return nil, err
			}
			text = append(text, code)
		}
	}
	return text, nil
}

// kernelText returns stretches from all over the code of Debian's kernel, which begins behind the image's first pages.
func kernelText(o Options) (text [][]byte, err error) {
	image, err := linuxFile(o, "Image")
	if err != nil {
		return nil, err
	}
	f, err := os.Open(image)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const size, step = 16 << 10, 256 << 10
	for at := int64(step); at < 8<<20; at += step {
		code := make([]byte, size)
		if _, err := f.ReadAt(code, at); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		text = append(text, code)
	}
	return text, nil
}

// linuxFile returns the path of one of the files that 'make linux-files' brings.
func linuxFile(o Options, name string) (string, error) {
	if o.Linux == "" {
		return "", fmt.Errorf("%w: a folder with a Linux kernel (--linux, HARTWOOD_LINUX); 'make linux-files' brings one", ErrMissing)
	}
	path := filepath.Join(o.Linux, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w: %v", ErrMissing, err)
	}
	return path, nil
}

// withCorpus is a scenario that compiles the code of a corpus.
func withCorpus(name string, read func(o Options) ([][]byte, error), open func(o Options, c *corpus) (Probe, error)) Scenario {
	return Scenario{Name: name, Open: func(o Options) (Probe, error) {
		text, err := read(o)
		if err != nil {
			return Probe{}, err
		}
		c, err := newCorpus(text)
		if err != nil {
			return Probe{}, err
		}
		p, err := open(o, c)
		if err != nil {
			return Probe{}, errors.Join(err, c.close())
		}
		p.Close = c.close
		return p, nil
	}}
}
