package jitworker

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func newAdaptive(change func(*ThresholdConfig)) *adaptive {
	cfg := DefaultConfig().Threshold
	if change != nil {
		change(&cfg)
	}
	a := new(adaptive)
	a.init(cfg)
	return a
}

// history is a steady state: what every sample says.
type history struct {
	took        time.Duration
	backlog     float64
	interpreted float64
	native      float64
}

func (h history) play(a *adaptive, samples int) uint32 {
	for range samples {
		a.compiled([]float64{a.pressureOf(h.took, h.backlog)})
		a.measured(h.interpreted, h.native, 1)
	}
	return a.current.Load()
}

const ms = time.Millisecond

func TestThresholdFormula(t *testing.T) {
	for _, c := range []struct {
		h    history
		want uint32
	}{
		{history{0, 0, 1, 1e-9}, 50},               // free and endlessly good
		{history{0, 0, 10, 1}, 82},                 // 500 - 450*(0.3 + 0.7*0.9)
		{history{5 * ms, 0, 10, 1}, 149},           // half of the compile weight is gone
		{history{5 * ms, 0.5, 10, 1}, 183},         // three quarters
		{history{10 * ms, 0, 10, 0.5}, 201},        // all of it
		{history{0, 1, 10, 0.5}, 201},              // by the backlog as well
		{history{10 * time.Hour, 9, 10, 0.5}, 201}, // and no more than all
		{history{0, 0, 1, 1}, 365},                 // no benefit
		{history{0, 0, 1, 5}, 365},                 // native code slower: no less than none
		{history{10 * ms, 1, 1, 1}, 500},           // nothing speaks for compiling
		{history{-1, math.NaN(), math.Inf(1), 1}, 50},
	} {
		a := newAdaptive(nil)
		if got := c.h.play(a, a.cfg.Window); got != c.want {
			t.Errorf("%+v: threshold %d, want %d", c.h, got, c.want)
		}
	}
}

func TestThresholdBegins(t *testing.T) {
	if got := newAdaptive(nil).current.Load(); got != 82 {
		t.Errorf("threshold begins at %d, want that of a tenfold speed-up, 82", got)
	}
	constant := newAdaptive(func(c *ThresholdConfig) { c.Min, c.Max = 1, 1 })
	if got := (history{10 * ms, 1, 1, 1}).play(constant, 2000); got != 1 {
		t.Errorf("a threshold from 1 to 1 became %d", got)
	}
	noBudget := newAdaptive(func(c *ThresholdConfig) { c.Budget = 0 })
	if got := (history{time.Hour, 0, 10, 1}).play(noBudget, 2000); got != 82 {
		t.Errorf("without a budget slow compilations moved the threshold to %d", got)
	}
}

// TestThresholdConverges plays one steady state after another: each is reached within
// one window, in one direction, and then kept.
func TestThresholdConverges(t *testing.T) {
	a := newAdaptive(nil)
	calm, storm, useless := history{20_000, 0, 10, 0.5}, history{40 * ms, 1, 10, 0.5}, history{20 * ms, 1, 1, 2}
	for _, step := range []struct {
		h    history
		want uint32
	}{{calm, 66}, {storm, 201}, {useless, 500}, {storm, 201}, {calm, 66}} {
		before := a.current.Load()
		up := step.want > before
		for range a.cfg.Window {
			now := step.h.play(a, 1)
			if now != before && (now > before) != up {
				t.Fatalf("%+v: threshold goes from %d to %d on the way to %d", step.h, before, now, step.want)
			}
			before = now
		}
		for range 3 * a.cfg.Window {
			if got := step.h.play(a, 1); got != step.want {
				t.Fatalf("%+v: threshold %d, want to stay at %d", step.h, got, step.want)
			}
		}
	}
}

// TestThresholdIsMonotone changes one sample of a random history and expects the
// threshold not to move the wrong way.
func TestThresholdIsMonotone(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	small := func(c *ThresholdConfig) { c.Window = 20 }
	random := func() history {
		return history{time.Duration(rng.Int64N(int64(15 * ms))), rng.Float64() * 1.2, 1 + 10*rng.Float64(), 0.1 + 5*rng.Float64()}
	}
	for range 2000 {
		plain, costly, crowded, better := newAdaptive(small), newAdaptive(small), newAdaptive(small), newAdaptive(small)
		for range 50 {
			h := random()
			c, q, b := h, h, h
			c.took += time.Duration(rng.Int64N(int64(5 * ms)))
			q.backlog += rng.Float64()
			b.native *= rng.Float64()
			h.play(plain, 1)
			c.play(costly, 1)
			q.play(crowded, 1)
			b.play(better, 1)
		}
		base := plain.current.Load()
		if base < 50 || base > 500 {
			t.Fatalf("threshold %d is out of its bounds", base)
		}
		if costly.current.Load() < base || crowded.current.Load() < base || better.current.Load() > base {
			t.Fatalf("threshold %d; costlier %d, more crowded %d, better code %d",
				base, costly.current.Load(), crowded.current.Load(), better.current.Load())
		}
	}
}

func TestNoMeasurement(t *testing.T) {
	a := newAdaptive(func(c *ThresholdConfig) { c.Window = 1 })
	for _, bad := range [][2]float64{{0, 1}, {1, 0}, {-1, 1}, {1, -1}, {math.NaN(), 1}, {1, math.NaN()}} {
		a.measured(bad[0], bad[1], 1)
	}
	a.mu.Lock()
	a.measured(1, 1, 1) // a hart that meets another one does not wait
	a.mu.Unlock()
	if _, benefit := a.means(); benefit != expectedBenefit {
		t.Errorf("benefit %v, want none measured", benefit)
	}
}

// TestWindowForgets compares the running mean with a plain one over many rounds.
func TestWindowForgets(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var w window
	w.init(7, 0.5)
	last := []float64{0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}
	for range 10_000 {
		x := rng.Float64()
		w.add(x)
		last = append(last[1:], x)
		mean := 0.0
		for _, y := range last {
			mean += y / float64(len(last))
		}
		if math.Abs(w.mean()-mean) > 1e-9 {
			t.Fatalf("mean %v, want %v", w.mean(), mean)
		}
	}
}

func TestBudget(t *testing.T) {
	cfg := DefaultConfig().Threshold
	var b budget
	b.init(cfg)
	for _, took := range []time.Duration{0, ms, 10 * ms} {
		b.compiled(took)
	}
	if n := b.over.Load(); n != 0 {
		t.Errorf("%d of three compilations within the budget count as over it", n)
	}
	b.compiled(11 * ms)
	b.compiled(time.Hour)
	if n := b.over.Load(); n != 2 {
		t.Errorf("%d over the budget, want 2", n)
	}

	cfg.Budget = 0
	var off budget
	off.init(cfg)
	off.compiled(time.Hour)
	if off.over.Load() != 0 {
		t.Error("a budget that is off has an effect")
	}
}

// Benefit counts as far as compiling pays.
func TestThresholdCountsPayoff(t *testing.T) {
	for payoff, want := range map[float64]uint32{1: 82, 0.5: 223, 0: 365, -1: 365, 7: 82} {
		a := newAdaptive(nil)
		for range a.cfg.Window {
			a.measured(10, 1, payoff)
		}
		if got := a.current.Load(); got != want {
			t.Errorf("payoff %g: threshold %d, want %d", payoff, got, want)
		}
	}
}
