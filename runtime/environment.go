package runtime

import (
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu"
)

// environment is the machine as its harts see it (vcpu.Environment).
type environment Machine

func (e *environment) Time() uint64                       { return e.clock.now() }
func (e *environment) Runnable(h *vcpu.Hart, urgent bool) { e.sched.runnable(h, urgent) }
func (e *environment) Urgent() bool                       { return e.sched.hurry.Load() }
func (e *environment) Contended() bool                    { return e.sched.contended() }
func (e *environment) Missing(ext string)                 { e.missing.note(ext) }
func (e *environment) Stuck(h *vcpu.Hart)                 { e.stuck.note(h) }

// clock is the machine's time: ticks of vcpu.TimeFrequency since the start, from
// the host's monotonic clock. Pausing does not stop it.
type clock struct {
	origin time.Time
	offset atomic.Int64 // ticks; written by stores to mtime
	manual func() int64 // ticks in place of the host's clock, for tests; or nil
}

const tick = time.Second / vcpu.TimeFrequency

func (c *clock) start() { c.origin = time.Now() }

// age is the host's time since the start.
func (c *clock) age() time.Duration { return time.Since(c.origin) }

func (c *clock) now() uint64 { return uint64(c.ticks() + c.offset.Load()) }

func (c *clock) set(v uint64) { c.offset.Store(int64(v) - c.ticks()) }

func (c *clock) ticks() int64 {
	if c.manual != nil {
		return c.manual()
	}
	return int64(time.Since(c.origin) / tick)
}

// missing collects the extensions that the guest asked for in vain.
type missing struct {
	mu    sync.Mutex
	count map[string]uint64 // protected by mu
}

// maxMissing bounds the names kept; there are fewer extensions than that.
const maxMissing = 256

func (s *missing) note(ext string) {
	if ext == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count == nil {
		s.count = make(map[string]uint64)
	}
	if _, known := s.count[ext]; known || len(s.count) < maxMissing {
		s.count[ext]++
	}
}

// Missing is an extension that the guest used and the machine does not have.
type Missing struct {
	Extension    string
	Instructions uint64
}

func (s *missing) list() []Missing {
	s.mu.Lock()
	defer s.mu.Unlock()
	var l []Missing
	for ext, n := range s.count {
		l = append(l, Missing{ext, n})
	}
	sort.Slice(l, func(i, j int) bool { return l[i].Extension < l[j].Extension })
	return l
}
