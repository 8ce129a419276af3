package monitor

import (
	"cmp"
	"maps"
	goruntime "runtime"
	"slices"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
)

// Report is what a machine has done while it was watched, and what to change.
type Report struct {
	// Seconds is how long that was.
	Seconds float64 `json:"seconds"`
	// Advice are the figures that are beyond their limits and what is advised there, what has cost most first.
	Advice []Finding `json:"advice"`
	// Figures are all, in the order of the table.
	Figures []Figure `json:"figures"`
	// Samples cover the whole time.
	Samples []Sample `json:"samples"`
}

// Finding is a figure beyond its limit.
type Finding struct {
	Figure  string   `json:"figure"` // its name
	Title   string   `json:"title"`
	Text    string   `json:"text"`
	Limit   string   `json:"limit"`
	Verdict Verdict  `json:"verdict"`
	Cost    float64  `json:"cost_share"`
	Advice  []Advice `json:"advice"`
}

// state is what figures are made from.
type state struct {
	span
	work    work
	seconds float64
	peak    map[string]float64
	config  runtime.Config
	cpus    int           // the host's
	own     time.Duration // processor time of watching
	worked  time.Duration // of the process, watching and all
}

// Report judges what was collected so far.
func (m *Monitor) Report() (*Report, error) {
	m.mu.Lock()
	if !m.on {
		m.mu.Unlock()
		return nil, ErrStopped
	}
	s := &state{span: span{m.from, m.to}, seconds: m.seconds, peak: maps.Clone(m.peak), config: m.m.Config(), cpus: goruntime.NumCPU()}
	s.own, s.worked = m.own, m.worked[1]-m.worked[0]
	samples := slices.Clone(m.samples)
	m.mu.Unlock()
	s.work = s.span.work()
	return newReport(s, samples), nil
}

func newReport(s *state, samples []Sample) *Report {
	r := &Report{Seconds: s.seconds, Samples: samples}
	for i := range figures {
		if f := figures[i].figure(s); f.Verdict != NotThere {
			r.Figures = append(r.Figures, f)
			if f.Verdict.Bad() {
				r.Advice = append(r.Advice, Finding{f.Name, f.Title, f.Text, f.Limit, f.Verdict, f.Cost, f.Advice})
			}
		}
	}
	slices.SortStableFunc(r.Advice, func(a, b Finding) int { return cmp.Compare(b.Cost, a.Cost) })
	return r
}

// figure makes the row's figure.
func (w *row) figure(s *state) Figure {
	f := Figure{Name: w.name, Title: w.title, Unit: w.unit.name, Limit: w.limit.words(w.unit)}
	if w.part != "" && !s.has(w.part) {
		f.Verdict = NotThere
		return f
	}
	v, enough := w.value(s)
	f.Value, f.Text = v, w.unit.text(v)
	if f.Verdict = w.limit.judge(v, w.unit.least); !enough {
		f.Verdict, f.Why = TooFew, w.few
	}
	if f.Verdict.Bad() {
		f.Advice = w.advice(s)
		if w.cost != nil {
			f.Cost = w.cost(s)
		}
	}
	return f
}

func isMemory(path string) bool { return strings.HasPrefix(path, "host_memory.") }

// Took is how long the report is of.
func (r *Report) Took() time.Duration { return time.Duration(r.Seconds * 1e9).Round(time.Millisecond) }
