package monitor

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table in docs/MONITORING.md anew")

// table is the figures as documentation has them, with the settings that are advised in any situation.
func table() string {
	var b strings.Builder
	b.WriteString("| figure | in JSON | limit | settings that advice may name |\n|---|---|---|---|\n")
	all := situations()
	for _, w := range figures {
		var options []string
		for _, s := range all {
			if w.advice == nil {
				break
			}
			for _, a := range w.advice(s) {
				for _, x := range a.Changes {
					if option := "`--" + x.Option + "`"; !slices.Contains(options, option) {
						options = append(options, option)
					}
				}
			}
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", w.title, w.name, w.limit.words(w.unit), strings.Join(options, " "))
	}
	return b.String()
}

func TestMonitoringHasEveryFigure(t *testing.T) {
	const path, begin, end = "../../docs/MONITORING.md", "<!-- figures -->\n", "<!-- end of table -->"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), begin)
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		t.Fatalf("%s has no table between %q and %q", path, begin, end)
	}
	want := before + begin + table() + end + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("the table in %s is out of date; -update writes:\n%s", path, table())
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
