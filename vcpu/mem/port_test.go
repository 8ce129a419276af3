package mem

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

const (
	ram    = 0x8000_0000
	size   = 1 << 20
	root   = ram               // page tables: three levels below a page each
	frameA = ram + 16*pageSize // frames that are not neighbours
	frameB = ram + 32*pageSize
	va     = 0x40_0000
	leaf   = 0b1111 // V, R, W, X
	sv39   = 8 << 60
)

// newPort returns a hart's port, in S-mode, and the addresses of the PTEs of the pages at va and behind it, which lead to
// frameA and frameB.
func newPort(t *testing.T) (p *Port, ptes [2]uint64) {
	t.Helper()
	m, err := physmem.New(ram, size, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	arena, err := hart.NewArena(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := arena.Close(); err != nil {
			t.Error(err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	shared, err := shardedtlb.NewShared(shardedtlb.DefaultConfig(), m)
	if err != nil {
		t.Fatal(err)
	}
	s := arena.State(0)
	p = &Port{S: s, MMU: shardedtlb.NewMMU(&s.TLB, m, shared), Mem: m}
	p.MMU.PMP().WriteAddr(0, ^uint64(0)>>10)
	p.MMU.PMP().WriteCfg(0, 0x1f)
	p.MMU.PMPChanged()
	p.MMU.SetEnv(true, false)
	p.poke(root, (root+pageSize)>>2|1)
	p.poke(root+pageSize+va>>21<<3, (root+2*pageSize)>>2|1)
	for i, frame := range []uint64{frameA, frameB} {
		ptes[i] = root + 2*pageSize + (va>>12+uint64(i))&0x1ff<<3
		p.poke(ptes[i], frame>>2|leaf)
	}
	p.MMU.Switch(sv39|root>>12, shardedtlb.S, shardedtlb.S, false, false)
	return p, ptes
}

func (p *Port) poke(pa, v uint64) {
	w, ok := p.Mem.Word64(pa)
	if !ok {
		panic("no RAM")
	}
	w.Store(v)
}

func (p *Port) word(pa uint64) uint64 {
	w, _ := p.Mem.Word64(pa)
	return w.Load()
}

// watcher is the code map of one page, which notes what happens to it.
type watcher struct {
	p      *Port
	events []string
}

func (w *watcher) note(what string) {
	state := "old"
	if w.p.word(frameA+pageSize-8) != 0 {
		state = "new"
	}
	w.events = append(w.events, what+" "+state)
}

func (w *watcher) Release() { w.note("release") }

// Whatever writes to a page that holds code holds the page before the bytes change, releases it behind that, and then tells
// of the write; so does what writes the end of it and the page behind.
func TestWritesHoldCodePages(t *testing.T) {
	const last = va + pageSize - 8
	update := func(p *Port, size uint64, f func(host uint64)) {
		if fault := p.Update(last, size, f); fault.Kind != OK {
			t.Fatal(fault)
		}
	}
	for name, write := range map[string]func(p *Port){
		"store":                   func(p *Port) { p.Store(last, 8, 5) },
		"store of a byte":         func(p *Port) { p.Store(last, 1, 5) },
		"store into two pages":    func(p *Port) { p.Store(last+4, 8, 5<<56|5) },
		"atomic word":             func(p *Port) { update(p, 4, func(host uint64) { Word32(host).Add(5) }) },
		"atomic doubleword":       func(p *Port) { update(p, 8, func(host uint64) { Word64(host).Add(5) }) },
		"sc":                      func(p *Port) { p.LoadReserved(last, 8); p.StoreConditional(last, 8, 5) },
		"sc of a word":            func(p *Port) { p.LoadReserved(last, 4); p.StoreConditional(last, 4, 5) },
		"copy":                    func(p *Port) { p.Write(p.MMU.View(shardedtlb.Store), last, []byte{5}) },
		"copy into two pages":     func(p *Port) { p.Write(p.MMU.View(shardedtlb.Store), last, bytes.Repeat([]byte{5}, 100)) },
		"copy in M-mode's view":   func(p *Port) { p.Write(shardedtlb.View{Priv: shardedtlb.M}, frameA+pageSize-8, []byte{5}) },
		"store of what was there": func(p *Port) { p.Store(last, 8, 5); p.Store(last, 8, 5) },
	} {
		p, _ := newPort(t)
		w := &watcher{p: p}
		p.Mem.OnCodeStore(func(pa, n uint64) physmem.Held {
			if pa/pageSize != frameA/pageSize || (pa+n-1)/pageSize != pa/pageSize {
				t.Errorf("%s: %d bytes at %#x are held", name, n, pa)
			}
			w.note("hold")
			return w
		})
		p.Mem.OnCodeWrite(func(uint64, uint64) { w.note("told") })
		p.Mem.MarkCode(frameA)
		write(p)
		want := []string{"hold old", "release new", "told new"}
		if name == "store of what was there" {
			want = append(want, "hold new", "release new", "told new")
		}
		if !slices.Equal(w.events, want) {
			t.Errorf("%s: %v, want %v", name, w.events, want)
		}
	}
}

// A write that does not come about holds nothing and tells nobody.
func TestWritesThatFail(t *testing.T) {
	p, ptes := newPort(t)
	p.Mem.OnCodeStore(func(pa, n uint64) physmem.Held { t.Errorf("%#x is held", pa); return nil })
	p.Mem.MarkCode(frameA)
	p.poke(ptes[1], 0)
	if f := p.Store(va+pageSize-4, 8, ^uint64(0)); f != (Fault{NotMapped, va + pageSize}) {
		t.Errorf("a store into a page that is not there: %+v", f)
	}
	if f := p.Store(0x1000, 4, 1); f != (Fault{NotMapped, 0x1000}) {
		t.Errorf("a store to nothing: %+v", f)
	}
	p.LoadReserved(va+8, 8)
	if done, f := p.StoreConditional(va, 8, 1); done || f.Kind != OK {
		t.Errorf("an SC to another word: %v %+v", done, f)
	}
	if done, _ := p.StoreConditional(va+8, 8, 1); done {
		t.Error("a second SC stores")
	}
	if f := p.Update(va+4, 8, func(uint64) { t.Error("a misaligned update happens") }); f != (Fault{Misaligned, va + 4}) || p.CheckUpdate(va+4, 8) != f {
		t.Errorf("a misaligned atomic access: %+v", f)
	}
	if p.word(frameA)|p.word(frameA+8)|p.word(frameA+pageSize-8) != 0 {
		t.Error("bytes have changed")
	}
}

// The reservation is the word's at its address: another value there, or another store of the same hart's, is seen.
func TestReservation(t *testing.T) {
	p, _ := newPort(t)
	p.poke(frameA, 7)
	if v, f := p.LoadReserved(va, 8); v != 7 || f.Kind != OK {
		t.Fatalf("%d, %+v", v, f)
	}
	p.poke(frameA, 8)
	if done, _ := p.StoreConditional(va, 8, 9); done || p.word(frameA) != 8 {
		t.Errorf("stored over another value: %v, %d", done, p.word(frameA))
	}
	p.LoadReserved(va, 8)
	if done, _ := p.StoreConditional(va, 8, 9); !done || p.word(frameA) != 9 || p.S.ResHost != 0 {
		t.Errorf("not stored: %v, %d", done, p.word(frameA))
	}
}

// Copies go over pages whose frames are no neighbours, in whatever view, and end where a page is not there.
func TestCopies(t *testing.T) {
	p, ptes := newPort(t)
	in := make([]byte, pageSize)
	for i := range in {
		in[i] = byte(i*7 + i>>8)
	}
	own := p.MMU.View(shardedtlb.Load)
	if !p.Write(own, va+100, in) {
		t.Fatal("not written")
	}
	if v, _ := p.Load(va+pageSize-3, 4); uint32(v) != uint32(in[pageSize-103])|uint32(in[pageSize-102])<<8|uint32(in[pageSize-101])<<16|uint32(in[pageSize-100])<<24 {
		t.Errorf("a load across the pages gives %#x", v)
	}
	out := make([]byte, len(in))
	for name, read := range map[string]func(b []byte) bool{
		"read": func(b []byte) bool { return p.Read(own, va+100, b) },
		"peek": func(b []byte) bool { return p.Peek(own, va+100, b, shardedtlb.Load) },
		"read physical": func(b []byte) bool {
			return p.Read(shardedtlb.View{Priv: shardedtlb.M}, frameA+100, b[:pageSize-100]) && p.Read(shardedtlb.View{Priv: shardedtlb.M}, frameB, b[pageSize-100:])
		},
	} {
		if clear(out); !read(out) || !bytes.Equal(out, in) {
			t.Errorf("%s: not what was written", name)
		}
	}
	p.poke(ptes[1], 0)
	p.MMU.FenceAll()
	if p.Read(own, va+100, out) || p.Write(own, va+100, in) || p.Peek(own, va+100, out, shardedtlb.Load) {
		t.Error("a copy from or to a page that is not there")
	}
	if p.Read(shardedtlb.View{Priv: shardedtlb.M}, ram-8, out[:8]) || p.Write(shardedtlb.View{Priv: shardedtlb.M}, ram+size-8, in[:16]) {
		t.Error("a copy from or to where no RAM is")
	}
}

// Peeking sets no A bit, a read does; Words gives each page by itself, none where nothing is, and sets none either.
func TestPeekAndWordsLeaveNoTrace(t *testing.T) {
	p, ptes := newPort(t)
	p.poke(frameA+pageSize-8, 1)
	p.poke(frameB, 2)
	own := p.MMU.View(shardedtlb.Load)
	before := p.MMU.Counted()
	if !p.Peek(own, va, make([]byte, 2*pageSize), shardedtlb.Load) || !p.Peek(own, va, make([]byte, 4), shardedtlb.Fetch) {
		t.Fatal("not peeked")
	}
	visited := func(words func(visit Visit) bool) (got string) {
		words(func(w []uint64, entry uint64, f shardedtlb.Fault) bool {
			got += fmt.Sprint(w, entry, f, " ")
			return true
		})
		return got
	}
	mine := visited(func(visit Visit) bool { return p.Words(own, va+pageSize-16, va+pageSize+16, visit) })
	others := visited(func(visit Visit) bool {
		return Words(p.Mem, own.Regime, va+pageSize-16, va+pageSize+16, visit)
	})
	if want := "[0 1] 0 0 [2 0] 0 0 "; mine != want || others != want {
		t.Errorf("words: %q and %q, want %q", mine, others, want)
	}
	if p.word(ptes[0]) != frameA>>2|leaf || p.MMU.Counted() != before || p.S.TLB.Load[va>>12%shardedtlb.FirstLevelEntries].Tag != 0 {
		t.Errorf("PTE %#x, counts %+v", p.word(ptes[0]), p.MMU.Counted())
	}
	p.poke(ptes[1], 0x123<<2)
	got := visited(func(visit Visit) bool { return p.Words(own, va+pageSize-8, va+2*pageSize, visit) })
	if want := fmt.Sprintf("[1] 0 0 [] %d %d ", 0x123<<2, shardedtlb.PageFault); got != want {
		t.Errorf("words up to a page that is elsewhere: %q, want %q", got, want)
	}
	if pages := 0; p.Words(own, va, va+2*pageSize, func([]uint64, uint64, shardedtlb.Fault) bool { pages++; return false }) || pages != 1 {
		t.Errorf("%d pages are visited by who wants one", pages)
	}
	if !p.Read(own, va, make([]byte, 8)) || p.word(ptes[0]) == frameA>>2|leaf {
		t.Error("a read sets no A bit: the test above proves nothing")
	}
}

// An encoding is fetched by halves where pages are apart, and faults where its second half does.
func TestEncoding(t *testing.T) {
	p, ptes := newPort(t)
	p.poke(frameA+pageSize-8, 0x1234_0001<<32|0x0013_0013)
	p.poke(frameB, 0xabcd)
	for _, c := range []struct {
		pc   uint64
		want uint32
	}{{va + pageSize - 8, 0x00130013}, {va + pageSize - 4, 0x0001}, {va + pageSize - 2, 0x1234}} {
		if raw, f := p.Encoding(c.pc); raw != c.want || f.Kind != OK {
			t.Errorf("at %#x: %#x, %+v", c.pc, raw, f)
		}
	}
	p.poke(frameA+pageSize-8, 0x5677<<48)
	if raw, f := p.Encoding(va + pageSize - 2); raw != 0xabcd5677 || f.Kind != OK {
		t.Errorf("across pages: %#x, %+v", raw, f)
	}
	p.poke(ptes[1], 0)
	p.MMU.FenceAll()
	if _, f := p.Encoding(va + pageSize - 2); f != (Fault{NotMapped, va + pageSize}) {
		t.Errorf("into a page that is not there: %+v", f)
	}
	p.Mem.Forbid(frameA, pageSize)
	if _, f := p.Encoding(va); f != (Fault{Denied, va}) {
		t.Errorf("from memory that is data: %+v", f)
	}
}
