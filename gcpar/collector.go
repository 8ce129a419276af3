package gcpar

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
	"github.com/panjf2000/ants/v2"
)

// Host is the machine that a Collector works for.
type Host interface {
	// Handshake has step executed for every mutator at its next safe point, by whoever
	// owns the mutator then, and calls done after the last one. It returns at once.
	Handshake(step func(*Mutator), done func())
	// Stop keeps all mutators from running until Start. It may block.
	Stop()
	Start()
	// Spare returns the number of CPUs that no mutator wants; it may be negative.
	Spare() int
	// BeginThreads starts a round in which threads are scanned and reports whether there
	// are any: roots that move between mutators, and may be with none for a while.
	BeginThreads() bool
	// ScanSaved calls visit with the words of threads that are with no mutator and have
	// not been scanned in this round. False: some could not be read now.
	ScanSaved(visit mutator.Visit) (all bool)
	// Room is called when mutators whose Alloc has returned false are to try again.
	Room()
}

// Errors of the calls that a guest causes.
var (
	ErrNoHeap     = errors.New("there is no heap")
	ErrHeapExists = errors.New("there is a heap already")
	ErrRunning    = errors.New("a cycle runs")
	ErrSpace      = errors.New("impossible heap")
	ErrRoots      = errors.New("impossible root range")
)

// Collector collects one heap at a time. Its methods are safe for concurrent use.
type Collector struct {
	cfg      Config
	host     Host
	pool     *ants.Pool
	tables   *tables
	heap     atomic.Pointer[heap] // nil: none; written with mu held, read by mutators and workers
	shards   []queue              // of queues: the barrier's
	markers  []*marker
	queues   []*queue
	counters counters
	// violation is an example of what Config.Verify has found; nil: nothing. Written by the cycle, read by Stats.
	violation atomic.Pointer[string]
	mutators  atomic.Int64 // made so far: added to by NewMutator, which reads it for the mutator's number

	mu       sync.Mutex
	idle     *sync.Cond       // on mu: running has become false, or zeroing 0
	running  bool             // protected by mu: a cycle is under way
	zeroing  int              // protected by mu: tasks that zero blocks
	quiet    func()           // protected by mu: to be called, with mu held, when zeroing is 0; nil: nothing
	closed   bool             // protected by mu
	roots    map[uint64]Roots // protected by mu
	nextRoot uint64           // protected by mu

	started, ended atomic.Uint64 // cycles: advanced by Collect and by the cycle, read by mutators and Stats
	// live are the bytes in use after the latest cycle: written by the cycle and by Setup, read by Stats.
	live atomic.Uint64
	// survived is live without what was allocated during the cycle, which it has kept unseen: written by the cycle and
	// by Setup, read by mutators that find no memory.
	survived atomic.Uint64
	// aborted says that the heap is going away and the cycle is to end; written by Abort and
	// Abandon, read by whatever takes long.
	aborted atomic.Bool
	// starving says that a mutator has had to wait since the last cycle: set by the mutator, cleared by the cycle's end
	// and by Setup, read by workers that give way.
	starving  atomic.Bool
	trigger   atomic.Int64 // bytes used at which a cycle begins: written by the cycle and by Setup, read by mutators
	early     float64      // occupancy at which cycles begin; the cycle's alone
	markQuota atomic.Int64 // nanoseconds: written by the cycle, read by markers

	// available are the chunks in queues, and the pieces that have not been taken whole: added to by mutators and the
	// cycle, subtracted from by markers; read by markers and the cycle.
	available atomic.Int64
	busy      atomic.Int64 // markers that trace: written by each for itself, read by all of them
	leading   atomic.Bool  // the first marker has not finished: set by the cycle, cleared by that marker, read by all
	// wanting are those of the collector's goroutines that wait for a CPU or a mutator: written by each for itself,
	// read by Wanting.
	wanting atomic.Int64
	tasks   sync.WaitGroup
	pieces  struct {
		mu sync.Mutex
		// list is protected by mu: memory to be traced, cut up when it is taken, so that
		// each root range and each large object is in it once.
		list []piece
	}
}

// New returns a collector without a heap.
func New(cfg Config, host Host) (_ *Collector, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.complete()
	c := &Collector{cfg: cfg, host: host, roots: map[uint64]Roots{}, early: cfg.Trigger}
	c.idle = sync.NewCond(&c.mu)
	c.markQuota.Store(int64(cfg.MarkQuota))
	if c.tables, err = newTables(); err != nil {
		return nil, err
	}
	// Markers, the cycle itself, and memory being zeroed.
	broken := func(p any) { panic(p) }
	c.pool, err = ants.NewPool(-1, ants.WithNonblocking(true), ants.WithPanicHandler(broken))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the collector's workers: %w", err), c.tables.close())
	}
	c.shards = make([]queue, cfg.Shards)
	for i := range c.shards {
		c.queues = append(c.queues, &c.shards[i])
	}
	for i := range cfg.Workers {
		k := &marker{c: c, id: i, own: new(queue)}
		c.markers = append(c.markers, k)
		c.queues = append(c.queues, k.own)
	}
	return c, nil
}

// Setup makes a heap.
func (c *Collector) Setup(s Space) error {
	switch {
	case s.Size == 0 || s.Size%Align != 0 || s.Size > MaxSize || s.Host%mutator.Granule != 0 || s.Base%Align != 0 || s.Base+s.Size < s.Base:
		return fmt.Errorf("%w: %d bytes at %#x", ErrSpace, s.Size, s.Base)
	case s.TagMask > MaxTag:
		return fmt.Errorf("%w: tag mask %#x (want bits of the lowest four)", ErrSpace, s.TagMask)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.heap.Load() != nil || c.closed:
		return ErrHeapExists
	case c.zeroing > 0: // of a heap that is gone
		return ErrRunning
	}
	c.tables.reset()
	c.early = c.cfg.Trigger
	c.trigger.Store(int64(c.early * float64(s.Size)))
	c.live.Store(0)
	c.survived.Store(0)
	c.starving.Store(false)
	h := newHeap(s, c.tables)
	h.stop = &c.aborted
	c.heap.Store(h)
	return nil
}

// Abort has all that is under way end soon, in the midst of a stack or of an object, and
// nothing begin until Abandon or Close, one of which must follow. Mutators may go on
// meanwhile, and wait for memory in vain.
func (c *Collector) Abort() { c.aborted.Store(true) }

// Abandon forgets the heap, its types and its roots. A cycle under way ends early, as does
// the zeroing of memory, and Abandon waits for them: the caller must not own a mutator.
// Mutators must forget the heap before the next Setup (Mutator.Forget, or a Handshake).
func (c *Collector) Abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.aborted.Store(true)
	for c.running || c.zeroing > 0 {
		c.idle.Wait()
	}
	c.aborted.Store(false)
	c.heap.Store(nil)
	clear(c.roots)
}

// Release forgets the heap as Abandon does, but does not wait: it fails with ErrRunning
// during a cycle, and WhenQuiet tells when memory is not being zeroed any more.
func (c *Collector) Release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.heap.Load() == nil:
		return ErrNoHeap
	case c.running:
		return ErrRunning
	}
	c.heap.Store(nil)
	clear(c.roots)
	return nil
}

// Close abandons the heap and ends the workers. No mutator may run any more.
func (c *Collector) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.Abandon()
	c.tasks.Wait()
	c.pool.Release()
	return c.tables.close()
}

// AddType makes a type known.
func (c *Collector) AddType(t Type) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heap.Load() == nil {
		return ErrNoHeap
	}
	return c.tables.add(t)
}

// Collect starts a cycle and returns its number.
func (c *Collector) Collect() (cycle uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.heap.Load() == nil:
		return 0, ErrNoHeap
	case c.running || c.closed || c.aborted.Load():
		return 0, ErrRunning
	}
	h := c.heap.Load()
	c.tasks.Add(1)
	if err := c.pool.Submit(func() {
		defer c.tasks.Done()
		c.cycle(h)
	}); err != nil {
		c.tasks.Done()
		return 0, fmt.Errorf("start a cycle: %w", err)
	}
	c.running = true
	return c.started.Add(1), nil
}

// request starts a cycle unless one runs.
func (c *Collector) request() { _, _ = c.Collect() }

// Cycles returns the number of cycles that have ended.
func (c *Collector) Cycles() uint64 { return c.ended.Load() }

// Running reports whether a cycle is under way.
func (c *Collector) Running() bool { return c.started.Load() != c.ended.Load() }

// Exists reports whether there is a heap.
func (c *Collector) Exists() bool { return c.heap.Load() != nil }

// Wanting reports whether the collector waits for a CPU, or for a mutator to come to a
// safe point: then who runs mutators offers it theirs now and then.
func (c *Collector) Wanting() bool { return c.wanting.Load() > 0 }

// occupied adds n to the bytes in use and starts a cycle if they have become many.
func (c *Collector) occupied(h *heap, n int64) {
	if h.used.Add(n) >= c.trigger.Load() && c.started.Load() == c.ended.Load() {
		c.request()
	}
}

// shard is the queue for what m's barrier has logged.
func (c *Collector) shard(m *Mutator) *queue { return &c.shards[m.id%len(c.shards)] }

// quota is how long a marker works before it gives way.
func (c *Collector) quota() time.Duration { return time.Duration(c.markQuota.Load()) }

// sweepQuota is how long the sweeper works before it gives way: as much longer or shorter than its setting as a marker does.
func (c *Collector) sweepQuota() time.Duration {
	return inProportion(c.cfg.SweepQuota, c.quota(), c.cfg.MarkQuota)
}

// allowed is the number of markers that may work at once: as many as there are idle
// CPUs, and a quarter of all in any case.
func (c *Collector) allowed() int {
	return max(c.host.Spare(), (goruntime.GOMAXPROCS(0)+3)/4)
}

// worked reports whether quota has passed since began, and notes by how much more.
func (c *Collector) worked(began time.Time, quota time.Duration) bool {
	over := time.Since(began) - quota
	if over < 0 {
		return false
	}
	c.counters.overrun.Observe(over)
	return true
}

// giveWay lets mutators run: for as long as rest if they want all CPUs.
func (c *Collector) giveWay(rest time.Duration) {
	c.counters.turns.Add(1)
	c.wanting.Add(1)
	defer c.wanting.Add(-1)
	began := time.Now()
	goruntime.Gosched()
	for c.host.Spare() <= 0 && !c.aborted.Load() && !c.starving.Load() && time.Since(began) < rest {
		goruntime.Gosched()
	}
}

// at tells tests where the collector is.
func (c *Collector) at(point string) {
	if c.cfg.test != nil {
		c.cfg.test(point)
	}
}
