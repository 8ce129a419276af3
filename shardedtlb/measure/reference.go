package measure

import (
	"fmt"
	"strings"
)

var kindNames = [...]string{Counts: "counter", Level: "gauge", Durations: "distribution", Text: "text"}

// String names the kind.
func (k Kind) String() string { return kindNames[k] }

// Reference writes all measurements of a group as a table in Markdown, by their paths in JSON. Of groups that are alike it
// takes the first.
func Reference(g *Group) string {
	var b strings.Builder
	b.WriteString("| measurement | kind | unit | meaning |\n|---|---|---|---|\n")
	g.refer(&b, "", nil)
	return b.String()
}

func (g *Group) refer(b *strings.Builder, path string, about []string) {
	for _, m := range g.Measures {
		unit := string(m.Unit)
		if m.Unit == Share {
			unit = "0 to 1"
		}
		fmt.Fprintf(b, "| `%s%s` | %v | %s | %s |\n", path, m.Name, m.Kind, unit, strings.Join(append(about, m.Help), ": "))
	}
	last := ""
	for i := range g.Groups {
		sub := &g.Groups[i]
		if sub.Name == last {
			continue
		}
		if last = sub.Name; len(sub.Labels) == 0 {
			sub.refer(b, path+sub.Name+".", nil)
		} else {
			sub.refer(b, path+sub.Name+"[].", []string{sub.Help})
		}
	}
}
