package monitor

import (
	"fmt"
	"strings"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// Verdict is what a figure is worth.
type Verdict string

// The verdicts.
const (
	Told     Verdict = "told"      // there is no limit to judge it by
	TooFew   Verdict = "too few"   // too little has happened to judge it
	Good     Verdict = "good"      // within its limit
	Missed   Verdict = "missed"    // beyond its limit
	AtFault  Verdict = "fault"     // far beyond
	NotThere Verdict = "not there" // the machine has no such part
)

// Bad reports whether the figure is beyond its limit.
func (v Verdict) Bad() bool { return v == Missed || v == AtFault }

// Change is a setting and the value that it is to have.
type Change struct {
	Option string `json:"option"`
	Value  string `json:"value"`
}

// Advice is what to change, all of it together. Without changes it is something that no setting does.
type Advice struct {
	Changes []Change `json:"changes,omitempty"`
	Why     string   `json:"why"`
}

// Flags are the changes as a command line has them.
func (a Advice) Flags() string {
	flags := make([]string, len(a.Changes))
	for i, c := range a.Changes {
		flags[i] = "--" + c.Option + "=" + c.Value
	}
	return strings.Join(flags, " ")
}

// Figure is one figure of a report.
type Figure struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Value   float64  `json:"value"`
	Unit    string   `json:"unit,omitempty"`
	Text    string   `json:"text"`
	Limit   string   `json:"limit,omitempty"`
	Verdict Verdict  `json:"verdict"`
	Why     string   `json:"why,omitempty"` // of a verdict that judges nothing
	Cost    float64  `json:"cost_share,omitempty"`
	Advice  []Advice `json:"advice,omitempty"`
}

// limit is what a figure is judged by: beyond missed it is missed, beyond fault at fault. Of a share it is the least, of
// anything else the most that is good.
type limit struct{ missed, fault float64 }

func (l *limit) judge(v float64, least bool) Verdict {
	beyond := func(limit float64) bool { return !least && v >= limit || least && v <= limit }
	switch {
	case l == nil:
		return Told
	case l.fault != 0 && beyond(l.fault):
		return AtFault
	case beyond(l.missed):
		return Missed
	}
	return Good
}

func (l *limit) words(u unit) string {
	if l == nil {
		return ""
	}
	than, fault := "below ", "from "
	if u.least {
		than, fault = "above ", "up to "
	}
	text := than + u.text(l.missed)
	if l.fault != 0 {
		text += ", " + fault + u.text(l.fault) + " a fault"
	}
	return text
}

// unit says how a figure's value is written.
type unit struct {
	name  string
	text  func(float64) string
	least bool // more is better
}

var (
	shares  = unit{"share", measure.Percent, true}
	times   = unit{"ns", func(ns float64) string { return measure.Digits(nanoseconds(ns)).String() }, false}
	numbers = unit{"", func(n float64) string {
		if n > 0 && n < 100 {
			return fmt.Sprintf("%.3g", n)
		}
		return measure.Number(uint64(max(n, 0)))
	}, false}
	sizes = unit{"bytes", func(n float64) string { return measure.Number(uint64(max(n, 0))) + "B" }, false}
	parts = unit{"share", measure.Percent, false} // less is better
)
