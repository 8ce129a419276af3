package suite

import (
	"errors"
	"fmt"
	goruntime "runtime"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

const (
	spaceRAM  = 0x8000_0000
	firstPage = 0x20_0000_0000 // virtual

	pteV     = 1
	pteRWXAD = 0xce
	modeSv39 = 8 << 60
)

// space is a hart's MMU in S-mode, behind an Sv39 page table whose pages all lead to the same frame.
type space struct {
	pattern
	mem  *physmem.Memory
	l1   *shardedtlb.FirstLevel
	mmu  *shardedtlb.MMU
	free uint64 // physical address of the next page table

	at, x uint64 // of next: page and random state
	n     uint64 // accesses
	left  uint64 // accesses before the next fence
}

func newSpace(p pattern, change func(*shardedtlb.Config)) (*space, error) {
	mem, err := physmem.New(spaceRAM, 64<<20, physmem.Options{})
	if err != nil {
		return nil, err
	}
	cfg := shardedtlb.DefaultConfig()
	change(&cfg)
	shared, err := shardedtlb.NewShared(cfg, mem)
	if err != nil {
		return nil, errors.Join(err, mem.Close())
	}
	s := &space{pattern: p, mem: mem, l1: new(shardedtlb.FirstLevel), free: spaceRAM, x: 1, left: p.fence}
	s.mmu = shardedtlb.NewMMU(s.l1, mem, shared)
	s.mmu.PMP().WriteAddr(0, ^uint64(0)>>10)
	s.mmu.PMP().WriteCfg(0, 0x1f)
	s.mmu.PMPChanged()
	root := s.table()
	for i := range p.pages {
		s.set(root, firstPage+i<<s.shift())
	}
	s.mmu.Switch(shardedtlb.Regime(modeSv39|root>>physmem.PageShift), shardedtlb.S, shardedtlb.S, false, false)
	return s, nil
}

func (s *space) close() error { return s.mem.Close() }

func (s *space) shift() int { return physmem.PageShift + 9*s.level }

// table returns the physical address of a new page table.
func (s *space) table() uint64 {
	s.free += physmem.PageSize
	return s.free - physmem.PageSize
}

// set maps va to the first frame of RAM.
func (s *space) set(table, va uint64) {
	for level := 2; ; level-- {
		pte, ok := s.mem.Word64(table + va>>(physmem.PageShift+9*level)&0x1ff*8)
		if !ok {
			panic("BUG: page tables outgrow RAM")
		}
		if level == s.level {
			pte.Store(spaceRAM>>2 | pteRWXAD | pteV)
			return
		}
		if pte.Load() == 0 {
			pte.Store(s.table()>>2 | pteV)
		}
		table = pte.Load() >> 10 << physmem.PageShift
	}
}

// next returns the page of the next access.
func (s *space) next() uint64 {
	s.n++
	switch last := s.pages - 1; {
	case !s.jumps:
		if s.at += max(s.step, 1); s.at >= s.pages {
			s.at -= s.pages
		}
	case s.half && s.n&1 == 0:
		return s.n / 2 & last
	case s.row > 1 && s.n%s.row != 0:
		s.at = (s.at + 1) & last
	default:
		s.x ^= s.x << 13
		s.x ^= s.x >> 7
		s.x ^= s.x << 17
		s.at = s.x & last
	}
	return s.at
}

// sweep translates n loads.
func (s *space) sweep(n uint64) error {
	var sum, within uint64
	if s.level > 0 {
		within = 511 << physmem.PageShift // loads go to the first 512 small pages of a superpage
	}
	for range n {
		at := s.next()
		va := firstPage + at<<s.shift() + at<<physmem.PageShift&within
		e := &s.l1.Load[va>>physmem.PageShift%shardedtlb.FirstLevelEntries]
		if (va+7)&^(physmem.PageSize-1)|s.l1.DataID == e.Tag {
			sum += uint64(e.Addend)
		} else if addend, ok := s.mmu.Far(va, 8, false); ok {
			sum += uint64(addend)
		} else {
			at, fault := s.mmu.Access(va, 8, shardedtlb.Load)
			if fault != shardedtlb.NoFault {
				return fmt.Errorf("fault %d at %#x", fault, va)
			}
			sum += at.PA
		}
		if s.fence != 0 {
			if s.left--; s.left == 0 {
				s.left = s.fence
				s.mmu.FenceAll()
			}
		}
	}
	goruntime.KeepAlive(sum)
	return nil
}

func (s *space) stats() shardedtlb.Stats {
	s.mmu.PublishStats()
	return s.mmu.Stats()
}

// since is what has been counted since before.
func (s *space) since(before shardedtlb.Stats) shardedtlb.Stats {
	now := s.stats()
	return shardedtlb.Stats{
		LoadMisses: now.LoadMisses - before.LoadMisses,
		L2Hits:     now.L2Hits - before.L2Hits, L2Misses: now.L2Misses - before.L2Misses,
		PrefetchIssued: now.PrefetchIssued - before.PrefetchIssued, PrefetchUsed: now.PrefetchUsed - before.PrefetchUsed,
		WalkSamples: now.WalkSamples - before.WalkSamples, WalkNanos: now.WalkNanos - before.WalkNanos,
	}
}
