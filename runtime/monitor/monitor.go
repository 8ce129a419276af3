package monitor

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
)

// Errors of Start and Stop.
var (
	ErrRunning = errors.New("the monitor collects already; stop it first")
	ErrStopped = errors.New("the monitor does not collect; start it first")
)

const (
	// maxSamples bounds the window. When it is full every second sample goes.
	maxSamples = 512
	// firstPause is the time between two samples at first.
	firstPause = 250 * time.Millisecond
	// duty is how much longer than reading the machine the time between two readings is at least.
	duty = 400
)

// Monitor collects a machine's measurements. Its methods are safe for concurrent use.
type Monitor struct {
	m *runtime.Machine

	life sync.Mutex    // held by Start and Stop
	stop chan struct{} // protected by life: ends collection; nil: there is none
	done chan struct{} // protected by life: collection has ended

	mu      sync.Mutex
	on      bool               // protected by mu: there is something to report
	began   time.Time          // of collection; written by Start while nothing is collected
	seconds float64            // protected by mu: from began to the last reading
	from    reading            // protected by mu: the first
	to      reading            // protected by mu: the last
	details map[string]value   // protected by mu: of the last reading that was detailed, what others do not have
	peak    map[string]float64 // protected by mu: the most of what a part has had
	samples []Sample           // protected by mu
	pause   time.Duration      // protected by mu: between two samples
	latest  runtime.Stats      // protected by mu: the last that were detailed
}

// Sample is what the machine has done from one moment to the next. Rates are per second.
type Sample struct {
	At          time.Duration `json:"at_ns"`       // since collection began
	Native      float64       `json:"native"`      // instructions per second
	Interpreted float64       `json:"interpreted"` // likewise
	Misses      float64       `json:"tlb_misses"`  // of the first level, per second
	Walks       float64       `json:"tlb_walks"`   // per second
	Queue       float64       `json:"queue"`       // requests that wait to be compiled
	Compiled    float64       `json:"compiled_bytes"`
	CodeBytes   float64       `json:"code_bytes"` // of the code cache
	Heap        float64       `json:"heap_bytes"` // in use
	Pauses      float64       `json:"pauses"`     // of the collector, per second
}

// New returns a monitor of m that does not collect yet.
func New(m *runtime.Machine) *Monitor { return &Monitor{m: m} }

// Start begins to collect. What was collected before is forgotten.
func (m *Monitor) Start() error {
	m.life.Lock()
	defer m.life.Unlock()
	if m.stop != nil {
		return ErrRunning
	}
	m.m.WantDetails()
	stats := m.m.DetailedStats()
	m.mu.Lock()
	m.on, m.began, m.seconds, m.samples, m.pause = true, time.Now(), 0, nil, firstPause
	m.latest = stats
	m.from, m.details, m.peak = read(&stats), map[string]value{}, map[string]float64{}
	m.to = m.from
	m.mu.Unlock()
	m.stop, m.done = make(chan struct{}), make(chan struct{})
	go m.collect(m.stop, m.done)
	return nil
}

// Stop ends collection, with a last reading. What was collected remains.
func (m *Monitor) Stop() error { return m.end(m.m.DetailedStats) }

// Ended ends collection at the end of a run, of which these are the statistics.
func (m *Monitor) Ended(last runtime.Stats) error {
	return m.end(func() runtime.Stats { return last })
}

func (m *Monitor) end(last func() runtime.Stats) error {
	m.life.Lock()
	defer m.life.Unlock()
	if m.stop == nil {
		return ErrStopped
	}
	close(m.stop)
	<-m.done
	m.stop = nil
	stats := last()
	m.take(&stats, time.Since(m.began))
	return nil
}

// collect reads the machine until stop is closed. Details are read when what they cost is little beside the time since the
// last ones.
func (m *Monitor) collect(stop <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	var cheap, costly time.Duration // what the latest readings have taken
	detailed := time.Now()
	for {
		m.mu.Lock()
		pause := max(m.pause, duty*cheap)
		m.mu.Unlock()
		timer := time.NewTimer(pause)
		select {
		case <-stop:
			timer.Stop()
			return
		case <-timer.C:
		}
		began := time.Now()
		if began.Sub(detailed) >= max(time.Second, duty*costly) {
			stats := m.m.DetailedStats()
			m.take(&stats, time.Since(m.began))
			detailed = time.Now()
			costly = detailed.Sub(began)
			continue
		}
		stats := m.m.Stats()
		m.take(&stats, time.Since(m.began))
		cheap = time.Since(began)
	}
}

// take adds a reading that was made so long after the beginning.
func (m *Monitor) take(s *runtime.Stats, at time.Duration) {
	now := read(s)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.to != nil {
		m.samples = append(m.samples, newSample(span{m.to, now}, at, at.Seconds()-m.seconds, now))
	}
	if len(m.samples) > maxSamples {
		m.thin()
	}
	m.to, m.seconds = now, at.Seconds()
	if isDetailed(now) {
		m.latest = *s
	}
	m.remember()
}

// thin drops every second sample. Its rates go with it: those that stay are of shorter times than lie between them.
func (m *Monitor) thin() {
	kept := m.samples[:0]
	for i := 1; i < len(m.samples); i += 2 {
		kept = append(kept, m.samples[i])
	}
	m.samples = kept
	m.pause *= 2
}

// detailed are the measurements that only a detailed reading has.
var detailed = []string{"tlb_hits.loads", "tlb_hits.stores", "jit.missed_instructions"}

// remember keeps peaks, and what the last reading lacks.
func (m *Monitor) remember() {
	whole := isDetailed(m.to)
	for path, v := range m.to {
		if whole && (slices.Contains(detailed, path) || isMemory(path)) {
			m.details[path] = v
		}
		if isMemory(path) {
			m.peak[path] = max(m.peak[path], v.number)
		}
	}
	if !whole {
		for path, v := range m.details {
			m.to[path] = v
		}
	}
}

// isDetailed reports whether a reading is of runtime.Machine.DetailedStats.
func isDetailed(r reading) bool {
	_, yes := r["host_memory.ram_bytes"]
	return yes
}

// Latest returns the latest detailed statistics that were collected.
func (m *Monitor) Latest() runtime.Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.latest
}

func newSample(s span, at time.Duration, seconds float64, now reading) Sample {
	each := func(path string) float64 { return s.number(path) / max(seconds, 1e-9) }
	x := Sample{
		At: at, Native: each("jit.native_instructions"),
		Misses: each("tlb.fetch_misses") + each("tlb.load_misses") + each("tlb.store_misses"), Walks: each("tlb.walks"),
		Queue: now["jit.compiler.queue_length"].number, Compiled: each("jit.compiler.code_bytes"),
		CodeBytes: now["jit.cache.used_bytes"].number, Heap: now["managed_heap.used_bytes"].number,
		Pauses: float64(s.times("managed_heap.pause").Count) / max(seconds, 1e-9),
	}
	x.Interpreted = max(0, each("instructions")-x.Native)
	return x
}
