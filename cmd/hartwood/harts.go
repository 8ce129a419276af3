package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

const (
	// answerPatience is how long harts are waited for; most answer within a tenth of a millisecond.
	answerPatience = 200 * time.Millisecond
	// sampleTime is between the two looks that rates are made from.
	sampleTime = 500 * time.Millisecond
	// singleHarts is up to how many harts have a line each; more are put into groups.
	singleHarts = 16
	// maxGroups bounds the lines for groups.
	maxGroups = 20
	// manyFruitless is the number of traps without progress above which they are worth a word.
	manyFruitless = 10_000
)

// hartGroup is harts that do the same.
type hartGroup struct {
	ids          []int
	view         runtime.HartView // of the first
	insns, traps float64          // a second, of all together
}

// show prints what each hart does. It looks twice, for the rates, and stops nobody.
func (s *session) show() {
	m := s.machine.Load()
	if m == nil {
		s.tell("hartwood: the guest is being loaded\n")
		return
	}
	before, start := m.Harts(answerPatience), time.Now()
	select {
	case <-time.After(sampleTime):
	case <-s.done:
		return
	}
	after := m.Harts(answerPatience)
	s.tell(describe(before, after, time.Since(start), m.Paused()))
}

// describe words two looks at the harts, of which the second was over later.
func describe(before, after []runtime.HartView, over time.Duration, paused bool) string {
	groups := grouped(before, after, over)
	var insns, traps float64
	for _, g := range groups {
		insns, traps = insns+g.insns, traps+g.traps
	}
	var b strings.Builder
	fmt.Fprintf(&b, "hartwood: %d harts, %s instructions/s, %s traps/s", len(after), measure.Number(uint64(insns)), measure.Number(uint64(traps)))
	if len(after) == 1 {
		b.Reset()
		fmt.Fprintf(&b, "hartwood: 1 hart, %s instructions/s, %s traps/s", measure.Number(uint64(insns)), measure.Number(uint64(traps)))
	}
	if paused {
		b.WriteString("; paused")
	}
	b.WriteString("\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  hart\tmode\tpc\tinstr/s\ttraps/s\tdoes")
	for i, g := range groups {
		if i == maxGroups {
			rest := 0
			for _, g := range groups[i:] {
				rest += len(g.ids)
			}
			fmt.Fprintf(table, "  and %d harts in %d other groups\n", rest, len(groups)-i)
			break
		}
		g.write(table)
	}
	_ = table.Flush()
	return b.String()
}

// grouped returns a group a hart if there are few, else one for each thing that harts do, the largest first.
func grouped(before, after []runtime.HartView, over time.Duration) []*hartGroup {
	type kind struct{ activity, mode, where string }
	byKind := map[kind]*hartGroup{}
	var groups []*hartGroup
	for i, v := range after {
		if len(after) > singleHarts && v.Runnable {
			v.Activity = "runs, or waits for a worker"
		}
		k := kind{v.Activity, v.Mode, v.Function}
		if v.Function == "" {
			k.where = fmt.Sprintf("%#x", v.PC)
		}
		if len(after) <= singleHarts {
			k.where = fmt.Sprint(i)
		}
		g := byKind[k]
		if g == nil {
			g = &hartGroup{view: v}
			byKind[k] = g
			groups = append(groups, g)
		}
		g.ids = append(g.ids, v.ID)
		g.view.Fruitless = max(g.view.Fruitless, v.Fruitless)
		g.insns += perSecond(before[i].Instructions, v.Instructions, over)
		g.traps += perSecond(before[i].Traps, v.Traps, over)
	}
	slices.SortStableFunc(groups, func(a, b *hartGroup) int { return cmp.Compare(len(b.ids), len(a.ids)) })
	return groups
}

// perSecond is 0 for a counter that has begun anew.
func perSecond(before, after uint64, over time.Duration) float64 {
	if after < before || over <= 0 {
		return 0
	}
	return float64(after-before) / over.Seconds()
}

func (g *hartGroup) write(table *tabwriter.Writer) {
	v := &g.view
	pc, mode := "?", "?"
	if v.Answered {
		pc, mode = fmt.Sprintf("%016x", v.PC), v.Mode
	}
	does := v.Activity
	if len(g.ids) > 1 {
		who := runtime.HartRanges(g.ids)
		if len(who) > 24 {
			who = who[:strings.LastIndex(who[:22], ",")+1] + " …"
		}
		fmt.Fprintf(table, "  %d: %s", len(g.ids), who)
	} else {
		fmt.Fprintf(table, "  %d", g.ids[0])
	}
	if v.Function != "" {
		does += ", " + v.Function
	}
	if v.Offset != 0 {
		does += fmt.Sprintf("+%#x", v.Offset)
	}
	if v.Detail != "" {
		does += "; " + v.Detail
	}
	if g.traps > 0 && v.LastTrap != "" {
		does += "; last trap: " + v.LastTrap
	}
	if v.Fruitless >= manyFruitless {
		does += fmt.Sprintf("; %s traps in a row without progress", measure.Number(v.Fruitless))
	}
	fmt.Fprintf(table, "\t%s\t%s\t%s\t%s\t%s\n", mode, pc, measure.Number(uint64(g.insns)), measure.Number(uint64(g.traps)), does)
}

// warn passes on what keeps the guest from going on.
func (s *session) warn(sentence string) {
	s.ask(func() { s.tell("hartwood: " + plain.Text(sentence) + "\n") })
}
