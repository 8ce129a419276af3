package codecache

import (
	"bytes"
	"errors"
	"runtime"
	"sync"
	"testing"
)

// harness is a cache whose quiescence rounds end when the test says so, or at once,
// and whose owner retires what is evicted.
type harness struct {
	*Cache
	t *testing.T

	mu      sync.Mutex
	hold    bool
	open    []func() // dones of rounds under way
	most    int      // largest len(open) seen
	evicted []*Code
	keys    uint64 // the last that place has given out
}

// int3 is the trap of these tests.
const int3 = 0xcc

func fill(mem []byte) { copy(mem, block(int3, len(mem))) }

func small() Config {
	cfg := DefaultConfig()
	cfg.Bytes = MinBytes
	cfg.Entries = 64
	cfg.WarmUp = 0
	return cfg
}

func start(t *testing.T, cfg Config) *harness {
	t.Helper()
	h := &harness{t: t}
	c, err := New(cfg, fill, h.quiesce, h.evictAll)
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	h.Cache = c
	c.reclaim.least = 0 // each retirement is worth a round
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *harness) quiesce(done func()) {
	h.mu.Lock()
	if h.hold {
		h.open = append(h.open, done)
		h.most = max(h.most, len(h.open))
		h.mu.Unlock()
		return
	}
	h.mu.Unlock()
	done()
}

func (h *harness) evictAll(codes []*Code) {
	h.mu.Lock()
	h.evicted = append(h.evicted, codes...)
	h.mu.Unlock()
	for _, x := range codes {
		h.Retire(x)
	}
}

func (h *harness) holdRounds() {
	h.mu.Lock()
	h.hold = true
	h.mu.Unlock()
}

// awaitRound waits until a round is under way and returns its done.
func (h *harness) awaitRound() func() {
	for {
		h.mu.Lock()
		if len(h.open) > 0 {
			done := h.open[0]
			h.open = h.open[1:]
			h.mu.Unlock()
			return done
		}
		h.mu.Unlock()
		runtime.Gosched()
	}
}

// until waits for something that a goroutine of the cache does soon.
func until(cond func() bool) {
	for !cond() {
		runtime.Gosched()
	}
}

// place makes code an entry of its own.
func (h *harness) place(a *Arena, code []byte) *Code {
	h.t.Helper()
	h.keys++
	return h.placeIn(a, code, h.keys)
}

// try places code as an entry of its own, if it can be placed.
func (h *harness) try(a *Arena, code []byte) error {
	h.keys++
	return a.Place(new(Code), code, nil, h.keys)
}

func (h *harness) placeIn(a *Arena, code []byte, key uint64) *Code {
	h.t.Helper()
	x := new(Code)
	err := a.Place(x, code, nil, key)
	if err != nil {
		h.t.Fatalf("place %d bytes: %v", len(code), err)
	}
	return x
}

// exec is the code's memory in the executable mapping.
func (x *Code) exec() []byte { return x.cache.mem.rx[x.off : x.off+x.size] }

func block(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}
