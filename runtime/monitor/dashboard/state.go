package dashboard

import (
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// state is what the page shows.
type state struct {
	Guest   string            `json:"guest"`
	Seconds float64           `json:"seconds"`
	Paused  bool              `json:"paused"`
	Harts   []hart            `json:"harts"`
	Figures []monitor.Figure  `json:"figures"`
	Advice  []monitor.Finding `json:"advice"`
	Samples []monitor.Sample  `json:"samples"` // the latest
	Console string            `json:"console"`
}

// hart is one hart; the page makes rates of the counts.
type hart struct {
	State        runtime.HartState `json:"state"`
	Instructions uint64            `json:"instructions"`
	Native       uint64            `json:"native"`
}

// samplesShown is how many samples the page draws.
const samplesShown = 120

// read makes the state of now.
func (s *Server) read() *state {
	m := s.cfg.Machine
	now := &state{Guest: plain.Text(s.cfg.Guest), Paused: m.Paused()}
	stats, states := m.Stats(), m.HartStates()
	for i, h := range stats.Harts {
		now.Harts = append(now.Harts, hart{states[i], h.Instructions, h.Native})
	}
	now.Seconds = stats.Wall.Seconds()
	if r, err := s.cfg.Monitor.Report(); err == nil {
		now.Figures, now.Advice = r.Figures, r.Advice
		now.Samples = r.Samples[max(0, len(r.Samples)-samplesShown):]
	}
	if s.cfg.Console != nil {
		now.Console = s.cfg.Console.Text()
	}
	return now
}
