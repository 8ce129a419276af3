package runtime

import (
	"os"
	"runtime/metrics"
	"strconv"
	"strings"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// hitStats are hit rates of address translation, 1 where nothing has been asked for. Loads and Stores are known of
// DetailedStats only, and estimated.
type hitStats struct {
	Loads, Stores                                             uint64
	FetchShare, LoadShare, StoreShare, Level2Share, PageShare float64
}

// newHits are the rates that s tells without looking at blocks.
func newHits(s *Stats) hitStats {
	t := &s.tlb
	return hitStats{
		FetchShare:  hitShare(s.Instructions, t.FetchMisses),
		LoadShare:   1,
		StoreShare:  1,
		Level2Share: hitShare(t.L2Hits+t.L2Misses, t.L2Misses),
		PageShare:   hitShare(s.Instructions, t.Walks),
	}
}

func hitShare(n, misses uint64) float64 {
	if n == 0 {
		return 1
	}
	return 1 - min(float64(misses)/float64(n), 1)
}

// mixed adds what blocks tell: m is of some of the instructions, and is taken for all of them.
func (h *hitStats) mixed(s *Stats, m blocks.Mix) {
	if m.Instructions == 0 {
		return
	}
	each := float64(s.Instructions) / float64(m.Instructions)
	h.Loads = max(uint64(float64(m.Loads)*each), s.tlb.LoadMisses)
	h.Stores = max(uint64(float64(m.Stores)*each), s.tlb.StoreMisses)
	h.LoadShare = hitShare(h.Loads, s.tlb.LoadMisses)
	h.StoreShare = hitShare(h.Stores, s.tlb.StoreMisses)
}

// memoryStats are bytes of the host's memory by what they are for. Blocks and the second level are part of Go's heap, and
// the managed heap is part of RAM.
type memoryStats struct {
	RAM, Code, Harts, Blocks, SecondLevel, GoHeap uint64
	Process, ProcessPeak                          uint64
	Host                                          uint64
}

// DetailedStats returns Stats and what it takes milliseconds to find out: how many loads and stores there were, and where
// memory went. It looks at every page of RAM and at every block.
func (m *Machine) DetailedStats() Stats {
	m.life.Lock() // so that nobody gives RAM back meanwhile
	defer m.life.Unlock()
	s := m.Stats()
	if m.closed {
		return s
	}
	mix := m.core.Blocks.Mix()
	s.hits.mixed(&s, mix)
	if s.jit != nil {
		s.jit.missed(mix.Missed)
	}
	s.memory = m.memoryStats(&s)
	return s
}

func (m *Machine) memoryStats(s *Stats) *memoryStats {
	u := &memoryStats{
		RAM:         m.core.Mem.Resident(),
		Harts:       uint64(len(m.core.Harts)) * hart.StateBytes,
		Blocks:      m.core.Blocks.Bytes(),
		SecondLevel: m.cfg.TLB.Bytes(len(m.core.Harts)),
		GoHeap:      goHeap(),
	}
	if s.jit != nil {
		u.Code = s.jit.Cache.Bytes + s.jit.Cache.Waiting
	}
	u.Process, u.ProcessPeak = processMemory()
	u.Host = hostMemory()
	return u
}

// goHeap is what Go's runtime has of the host's memory.
func goHeap() uint64 {
	list := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(list)
	return list[0].Value.Uint64() - list[1].Value.Uint64()
}

// processMemory is what the process has of the host's memory, and has had at most (proc_pid_status(5)); 0: not known.
func processMemory() (now, most uint64) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	return kibibytes(string(text), "VmRSS:"), kibibytes(string(text), "VmHWM:")
}

// hostMemory is what the host has (proc_meminfo(5)); 0: not known.
func hostMemory() uint64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	return kibibytes(string(text), "MemTotal:")
}

// kibibytes reads the line of text that begins with name, such as "VmRSS:   123 kB".
func kibibytes(text, name string) uint64 {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return n << 10
		}
	}
	return 0
}

func (h *hitStats) measures() []measure.Measure {
	return []measure.Measure{
		measure.Counter(&h.Loads, "loads", "loads, estimated from samples; 0 where they have not been looked for, or there is no native code, and load_share is 1"),
		measure.Counter(&h.Stores, "stores", "stores, likewise"),
		measure.Gauge(&h.FetchShare, "fetch_share", "instructions that the first level had the page of").In(measure.Share),
		measure.Gauge(&h.LoadShare, "load_share", "loads that the first level had the page of").In(measure.Share),
		measure.Gauge(&h.StoreShare, "store_share", "stores that the first level had the page of").In(measure.Share),
		measure.Gauge(&h.Level2Share, "level2_share", "look-ups of the second level that it has answered").In(measure.Share),
		measure.Gauge(&h.PageShare, "no_walk_share", "instructions without a walk of page tables").In(measure.Share),
	}
}

func (u *memoryStats) measures() []measure.Measure {
	return []measure.Measure{
		measure.Gauge(&u.RAM, "ram_bytes", "RAM that the guest has touched, the managed heap with it").In(measure.Bytes),
		measure.Gauge(&u.Code, "code_bytes", "native code, with what is on its way out").In(measure.Bytes),
		measure.Gauge(&u.Harts, "harts_bytes", "states of harts, with their first levels, as far as they are touched").In(measure.Bytes),
		measure.Gauge(&u.Blocks, "blocks_bytes", "decoded blocks, part of Go's").In(measure.Bytes),
		measure.Gauge(&u.SecondLevel, "second_level_bytes", "second levels of translation, part of Go's").In(measure.Bytes),
		measure.Gauge(&u.GoHeap, "go_bytes", "what Go's runtime holds").In(measure.Bytes),
		measure.Gauge(&u.Process, "process_bytes", "the process, all in all").In(measure.Bytes),
		measure.Gauge(&u.ProcessPeak, "process_peak_bytes", "the most that the process has had").In(measure.Bytes),
		measure.Gauge(&u.Host, "host_bytes", "what the host has").In(measure.Bytes),
	}
}
