package sheet

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/monitor"
)

// external is what makes a page ask for something else.
var external = regexp.MustCompile(`(?i)<(script|link|img|iframe|object|embed|image|use)\b|@import|url\(\s*['"]?(https?:|//|data:)|\b(src|href|srcset)\s*=`)

func TestReportIsOneFile(t *testing.T) {
	r := &monitor.Report{Seconds: 1.5, Figures: []monitor.Figure{
		{Name: "a", Title: "Hits", Text: "10 %", Limit: "above 90 %", Verdict: monitor.AtFault},
		{Name: "b", Title: "Walks", Text: "1", Verdict: monitor.TooFew, Why: "there were none"},
	}, Advice: []monitor.Finding{{Figure: "a", Title: "Hits", Text: "10 %", Cost: 0.25, Verdict: monitor.AtFault, Advice: []monitor.Advice{
		{Changes: []monitor.Change{{Option: "tlb-sets", Value: "64"}, {Option: "prefetch", Value: "true"}}, Why: "there is no room"}, {Why: "or else"},
	}}}}
	for i := range 5 {
		r.Samples = append(r.Samples, monitor.Sample{At: time.Duration(i) * time.Second, Native: float64(i) * 1e6})
	}
	var out bytes.Buffer
	if err := Write(&out, r, About{Guest: "<script>alert(1)</script>\x1b[2J", Program: "hartwood <b>"}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if found := external.FindString(text); found != "" {
		t.Errorf("the report has %q", found)
	}
	for _, want := range []string{
		"--tlb-sets=64 --prefetch=true", "there is no room", "or else", "25.00 %", "above 90 %", "there were none", "1.5s", `<svg width="580" height="220"`, "instructions per second",
		"&lt;script&gt;",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(text, "<b>\n") || strings.Contains(text, "\x1b") {
		t.Error("what the guest is called is not escaped")
	}
	if strings.Contains(text, "managed heap") {
		t.Error("there is a plot in which nothing is to be seen")
	}
	out.Reset()
	if err := Write(&out, &monitor.Report{}, About{}); err != nil || !strings.Contains(out.String(), "No figure is beyond its limit") {
		t.Errorf("%v: %s", err, out.String())
	}
}
