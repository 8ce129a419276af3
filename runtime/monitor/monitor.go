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
	// detailPause is the time between two detailed ones.
	detailPause = time.Second
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
	own     time.Duration      // protected by mu: processor time that watching has taken since Start
	worked  [2]time.Duration   // protected by mu: of the process, when collection began and at the last reading
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
	before := processTime()
	m.mu.Lock()
	m.own, m.worked = 0, [2]time.Duration{before, before}
	m.mu.Unlock()
	m.Count(func() {
		stats := m.m.DetailedStats()
		from := read(&stats)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.on, m.began, m.seconds, m.samples, m.pause = true, time.Now(), 0, nil, firstPause
		m.latest, m.from, m.to = stats, from, from
		m.details, m.peak = map[string]value{}, map[string]float64{}
	})
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
	m.Count(func() {
		stats := last()
		m.take(&stats, time.Since(m.began))
	})
	return nil
}

// collect reads the machine until stop is closed, with details or without. Either is done when what it costs is little
// beside what has happened since the last time.
func (m *Monitor) collect(stop <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	type last struct {
		at           time.Time
		worked, cost time.Duration
	}
	now := last{at: time.Now(), worked: processTime()}
	plain, detailed := now, now
	for {
		m.mu.Lock()
		pause := m.pause
		m.mu.Unlock()
		timer := time.NewTimer(pause)
		select {
		case <-stop:
			timer.Stop()
			return
		case <-timer.C:
		}
		now := last{at: time.Now(), worked: processTime()}
		since := func(l last, pause time.Duration) bool {
			return due(now.at.Sub(l.at), now.worked-l.worked, pause, l.cost)
		}
		switch {
		case since(detailed, detailPause):
			now.cost = m.readOnce(m.m.DetailedStats)
			detailed, plain.at, plain.worked = now, now.at, now.worked
		case since(plain, pause):
			now.cost = m.readOnce(m.m.Stats)
			plain = now
		}
	}
}

// readOnce takes a reading, and returns what it has cost.
func (m *Monitor) readOnce(stats func() runtime.Stats) time.Duration {
	return m.Count(func() {
		s := stats()
		m.take(&s, time.Since(m.began))
	})
}

// take adds a reading that was made so long after the beginning.
func (m *Monitor) take(s *runtime.Stats, at time.Duration) {
	now, worked := read(s), processTime()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.worked[1] = worked
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
