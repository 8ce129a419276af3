package codecache

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

const (
	hammerWorkers = 4
	hammerHarts   = 3
)

// machine plays the owner: workers that place, publish, patch, link and retire,
// and harts that stay in code which they found while it was published, until they
// pass a quiescent point. A hart must see its code unchanged all the while.
type machine struct {
	c *Cache
	t *testing.T

	mu        sync.RWMutex
	published []*Code
	at        map[*Code]int

	// passed counts quiescent points: written by its hart, read by rounds.
	passed [hammerHarts]atomic.Uint64
	over   atomic.Bool
	// claims holds who lives in each granule; two at once is an error.
	claims []atomic.Uint32
	ids    atomic.Uint32
}

// quiesce ends a round when every hart has passed a point after it began.
func (m *machine) quiesce(done func()) {
	var before [hammerHarts]uint64
	for i := range before {
		before[i] = m.passed[i].Load()
	}
	go func() {
		for i := range before {
			for m.passed[i].Load() == before[i] && !m.over.Load() {
				runtime.Gosched()
			}
		}
		done()
	}()
}

// seal is the code's contents: its number in every word but the patched one.
func seal(id uint32, n int) []byte {
	b := make([]byte, n/4*4+4)
	for i := 0; i < len(b); i += 4 {
		binary.LittleEndian.PutUint32(b[i:], id)
	}
	return b
}

func (m *machine) publish(x *Code) {
	for g := range m.granules(x) {
		if old := g.Swap(x.Owner().(uint32)); old != 0 {
			m.t.Errorf("codes %d and %d overlap", old, x.Owner())
		}
	}
	m.mu.Lock()
	m.at[x] = len(m.published)
	m.published = append(m.published, x)
	m.mu.Unlock()
}

func (m *machine) granules(x *Code) func(yield func(*atomic.Uint32) bool) {
	return func(yield func(*atomic.Uint32) bool) {
		for i := x.off / granule; i < (x.off+x.span())/granule; i++ {
			if !yield(&m.claims[i]) {
				return
			}
		}
	}
}

// unpublish is evict, and the workers' own invalidation.
func (m *machine) unpublish(x *Code) {
	m.mu.Lock()
	i, ok := m.at[x]
	if ok {
		end := len(m.published) - 1
		m.published[i] = m.published[end]
		m.at[m.published[i]] = i
		m.published = m.published[:end]
		delete(m.at, x)
	}
	m.mu.Unlock()
	if ok {
		for g := range m.granules(x) {
			g.Store(0)
		}
	}
	m.c.Retire(x)
}

func (m *machine) unpublishAll(codes []*Code) {
	for _, x := range codes {
		if x.entry != codes[0].entry {
			m.t.Error("codes of two keys are evicted as one")
		}
		m.unpublish(x)
	}
}

func (m *machine) pick(rng *rand.Rand) *Code {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(m.published) == 0 {
		return nil
	}
	return m.published[rng.IntN(len(m.published))]
}

func (m *machine) worker(seed uint64, rounds int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	a := m.c.Arena()
	for range rounds {
		n := 8 + rng.IntN(1500)
		if rng.IntN(100) == 0 {
			n = chunkSize/2 + rng.IntN(chunkSize)
		}
		id := m.ids.Add(1)
		x := new(Code)
		err := a.Place(x, seal(id, n), id, uint64(id/8))
		if errors.Is(err, ErrFull) {
			runtime.Gosched()
		} else if err != nil {
			m.t.Error(err)
		} else {
			m.publish(x)
		}
		if y := m.pick(rng); y != nil {
			y.Patch32(4, int32(y.Owner().(uint32))<<1) // may be gone by now
			y.Touch(uint64(rng.IntN(100)))
			if rng.IntN(8) == 0 {
				m.unpublish(y)
			}
		}
	}
}

func (m *machine) hart(n int) {
	rng := rand.New(rand.NewPCG(uint64(n), 2))
	for !m.over.Load() {
		if x := m.pick(rng); x != nil {
			m.stay(x, 1+rng.IntN(8))
		}
		m.passed[n].Add(1)
		runtime.Gosched()
	}
}

// stay looks at x several times, as a hart that executes it would.
func (m *machine) stay(x *Code, times int) {
	id := x.Owner().(uint32)
	code := x.exec()
	for range times {
		for off := 0; off < len(code); off += 4 + len(code)/64/4*4 {
			w := binary.LittleEndian.Uint32(code[off:])
			if w != id && (off != 4 || w != id<<1) {
				m.t.Errorf("code %d has %#x at %d", id, w, off)
				return
			}
		}
		if m.c.Find(x.Entry()+uintptr(len(code))-1) != x {
			m.t.Errorf("code %d not found while a hart is in it", id)
		}
		runtime.Gosched()
	}
}

func TestHammer(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Bytes = 10 * chunkSize
	cfg.Entries = 40
	rounds := 1500
	if testing.Short() {
		rounds = 500
	}
	m := &machine{t: t, at: map[*Code]int{}, claims: make([]atomic.Uint32, cfg.Bytes/granule)}
	c, err := New(cfg, fill, m.quiesce, m.unpublishAll)
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	m.c = c
	var workers, harts sync.WaitGroup
	for i := range hammerWorkers {
		workers.Go(func() { m.worker(uint64(i), rounds) })
	}
	for i := range hammerHarts {
		harts.Go(func() { m.hart(i) })
	}
	for range 50 {
		c.cleanUp()
		if s := c.Stats(); s.Entries > cfg.Entries || s.Bytes+s.Waiting > 2*s.Capacity {
			t.Errorf("%+v", s)
		}
		runtime.Gosched()
	}
	workers.Wait()
	for x := m.pick(rand.New(rand.NewPCG(1, 1))); x != nil; x = m.pick(rand.New(rand.NewPCG(1, 1))) {
		m.unpublish(x)
	}
	until(func() bool { return c.Stats().Waiting == 0 })
	m.over.Store(true)
	harts.Wait()
	m.checkEmpty()
	t.Logf("%+v", c.Stats())
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// checkEmpty is called with everything retired and given back.
func (m *machine) checkEmpty() {
	s := m.c.Stats()
	if s.Entries != 0 || s.Codes != 0 || s.Bytes != 0 || s.Placed != s.Reused || m.c.load.chosenEntries.Load() != 0 || m.c.load.chosenBytes.Load() != 0 {
		m.t.Errorf("not empty: %+v", s)
	}
	if s.Evicted == 0 || s.Placed < 100 {
		m.t.Errorf("little happened: %+v", s)
	}
	for i := range m.c.chunks {
		ch := &m.c.chunks[i]
		if ch.kind == kindCarved && ch.room.Load() != chunkSize || ch.kind == kindSpan {
			m.t.Errorf("chunk %d is of kind %d with room for %d", i, ch.kind, ch.room.Load())
		}
	}
}
