package main

import (
	"fmt"
	"time"

	"github.com/hartwood-vm/hartwood/bench/suite"
	"github.com/schollz/progressbar/v3"
)

// barSteps is the length of a whole bar.
const barSteps = 1000

// bar shows how far benchmarks are: a bar with the time left on a terminal, else a line a round.
type bar struct {
	*app
	shown *progressbar.ProgressBar // nil: no terminal
	round int
}

func (a *app) newBar() *bar {
	b := &bar{app: a}
	if isTerminal(a.stderr) {
		b.shown = progressbar.NewOptions(barSteps, progressbar.OptionSetWriter(a.stderr), progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetElapsedTime(false), progressbar.OptionShowDescriptionAtLineEnd(), progressbar.OptionSetWidth(30),
			progressbar.OptionClearOnFinish())
	}
	return b
}

// tell shows how far it is.
func (b *bar) tell(p suite.Progress) {
	left := p.Left.Round(time.Second)
	if b.shown == nil {
		if p.Round != b.round {
			b.round = p.Round
			b.say("round %d of %d, some %v left", p.Round, p.Rounds, left)
		}
		return
	}
	b.shown.Describe(fmt.Sprintf("%v left, round %d of %d: %s", left, p.Round, p.Rounds, p.Scenario))
	if whole := p.Done + p.Left; whole > 0 {
		_ = b.shown.Set(min(int(barSteps*p.Done/whole), barSteps-1)) // a terminal that is gone costs the bar, not the figures
	}
}

// close takes the bar away.
func (b *bar) close() {
	if b.shown != nil {
		_ = b.shown.Clear() // as above
	}
}
