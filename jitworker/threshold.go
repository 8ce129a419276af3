package jitworker

import (
	"sync"
	"sync/atomic"
	"time"
)

// expectedBenefit stands for benefit that is not yet measured: native code ten times as
// fast as the interpreter.
const expectedBenefit = 0.9

// adaptive is the threshold of executions from which a unit is hot. The package's
// documentation has the formula.
type adaptive struct {
	cfg     ThresholdConfig
	current atomic.Uint32 // written under mu, read by harts

	mu       sync.Mutex
	pressure window // protected by mu
	benefit  window // protected by mu
}

func (a *adaptive) init(cfg ThresholdConfig) {
	a.cfg = cfg
	a.pressure.init(cfg.Window, 0)
	a.benefit.init(cfg.Window, expectedBenefit)
	a.update()
}

// pressureOf is the sample of a compilation that took so long, with this share of the
// queue's places taken at its end.
func (a *adaptive) pressureOf(took time.Duration, backlog float64) float64 {
	cost := 0.0
	if a.cfg.Budget > 0 {
		cost = fraction(float64(took) / float64(a.cfg.Budget))
	}
	backlog = fraction(backlog)
	return cost + backlog - cost*backlog
}

// compiled records the samples of compilations.
func (a *adaptive) compiled(samples []float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, x := range samples {
		a.pressure.add(x)
	}
	a.update()
}

// measured records the speed of both worlds, in nanoseconds an instruction, and how far
// compiling pays. It is called by harts and does not wait: a sample that comes while another is being
// recorded is lost, and so is one that is no measurement.
func (a *adaptive) measured(interpreted, native, payoff float64) {
	if !(interpreted > 0 && native > 0) || !a.mu.TryLock() {
		return
	}
	defer a.mu.Unlock()
	a.benefit.add(fraction(1-native/interpreted) * fraction(payoff))
	a.update()
}

// update computes the threshold. The caller holds mu, or is init.
func (a *adaptive) update() {
	wc, wb := a.cfg.CompileWeight, a.cfg.BenefitWeight
	score := fraction((wc*(1-a.pressure.mean()) + wb*a.benefit.mean()) / (wc + wb))
	span := float64(a.cfg.Max - a.cfg.Min)
	a.current.Store(a.cfg.Max - uint32(score*span+0.5))
}

// means are the averages that the threshold follows from.
func (a *adaptive) means() (pressure, benefit float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pressure.mean(), a.benefit.mean()
}

// fraction brings x into 0 to 1; what is not a number becomes 0.
func fraction(x float64) float64 {
	if !(x > 0) {
		return 0
	}
	return min(x, 1)
}

// window averages the last samples. It begins full of an expectation, so that the first
// few samples do not throw the average about.
type window struct {
	samples []float64
	next    int
	sum     float64
}

func (w *window) init(n int, expected float64) {
	w.samples = make([]float64, n)
	for i := range w.samples {
		w.samples[i] = expected
	}
	w.sum = w.total()
}

func (w *window) add(x float64) {
	w.sum += x - w.samples[w.next]
	w.samples[w.next] = x
	w.next++
	if w.next == len(w.samples) {
		w.next = 0
		w.sum = w.total() // sheds the rounding errors of a round
	}
}

func (w *window) total() float64 {
	total := 0.0
	for _, x := range w.samples {
		total += x
	}
	return total
}

func (w *window) mean() float64 { return fraction(w.sum / float64(len(w.samples))) }
