package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/bench/results"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"golang.org/x/perf/benchfmt"
)

// tiny is a scenario of milliseconds.
var tiny = []string{"bench", "--quick", "--dir", "state", "--only", "JITCompile/code=guests/size=small"}

func TestBenchQuickEndToEnd(t *testing.T) {
	dir := t.TempDir()
	run := func(code int, more ...string) outcome {
		t.Helper()
		got := runCommand(t, dir, append(tiny[:len(tiny):len(tiny)], more...)...)
		if got.code != code {
			t.Fatalf("%v ends with %d, want %d:\n%s%s", more, got.code, code, got.stdout, got.stderr)
		}
		return got
	}
	table := run(0, "--save-baseline", "before", "jit_compile")
	for _, want := range []string{"JITCompile/code=guests/size=small", "cpu-ns/insn", "±"} {
		if !strings.Contains(table.stdout, want) {
			t.Errorf("the table lacks %q:\n%s", want, table.stdout)
		}
	}

	asJSON := run(0, "--json", "--rounds", "2")
	got, err := results.Parse([]byte(asJSON.stdout))
	if err != nil || len(got.Series[0].Values) != 2 || !got.Quick {
		t.Errorf("--json prints %v: %v", got, err)
	}
	asText := run(0, "--format", "go", "--rounds", "2")
	lines := 0
	for in := benchfmt.NewReader(strings.NewReader(asText.stdout), "text"); in.Scan(); {
		if _, ok := in.Result().(*benchfmt.Result); ok {
			lines++
		}
	}
	if lines != 2 {
		t.Errorf("--format go prints %d samples of 2:\n%s", lines, asText.stdout)
	}

	path := filepath.Join(dir, "state", "baselines", "before.json")
	spoil := func(name string, change func(*results.Results)) {
		t.Helper()
		base, err := results.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		change(base)
		if err := hostfile.Replace(filepath.Join(dir, "state", "baselines", name+".json"), base.Write); err != nil {
			t.Fatal(err)
		}
	}
	factor := func(f float64) func(*results.Results) {
		return func(r *results.Results) {
			for _, s := range r.Series {
				for i := range s.Values {
					if s.Unit == "B/insn" {
						s.Values[i] *= f
					}
				}
			}
		}
	}
	spoil("small", factor(0.9)) // the baseline made less code
	spoil("large", factor(1.1))
	worse := run(exitWorse, "--baseline", "small", "--rounds", "4", "--threshold", "5%")
	if !strings.Contains(worse.stdout, "are 1:") || !strings.Contains(worse.stdout, "B/insn") {
		t.Errorf("a worse figure is told as:\n%s", worse.stdout)
	}
	compare := func(code int, more ...string) {
		t.Helper()
		if got := runCommand(t, dir, append([]string{"bench", "compare", "--dir", "state"}, more...)...); got.code != code {
			t.Errorf("compare %v ends with %d, want %d:\n%s%s", more, got.code, code, got.stdout, got.stderr)
		}
	}
	compare(exitWorse, "small", "before")
	compare(0, "large", "before")
	compare(0, "before", "before")
	compare(0, "small", "before", "--threshold", "0.2")
	if err := os.WriteFile(filepath.Join(dir, "new.txt"), []byte(asText.stdout), 0o644); err != nil {
		t.Fatal(err)
	}
	compare(exitWorse, "small", "new.txt")

	spoil("foreign", func(r *results.Results) { r.Machine.CPU = "Z80" })
	if got := run(2, "--baseline", "foreign"); !strings.Contains(got.stderr, "Z80") || !strings.Contains(got.stderr, "--other-machine") {
		t.Errorf("another machine's baseline gives %s", got.stderr)
	}
	compare(0, "foreign", "before", "--other-machine")
}

func TestBenchBadInput(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"cut.json": []byte(`{"version": 1, "ser`), "empty.txt": nil, "file": []byte("x")})
	if err := os.MkdirAll(filepath.Join(dir, "state", "baselines"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "state", "baselines", "broken.json"), []byte(`{`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "bad"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad", "history.db"), []byte("this is no database at all, and much too long for one"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		say  string
		code int
		args []string
	}{
		{"there are jit_compile, jit_vs_interp", 2, []string{"jit_compil"}},
		{"did you mean broken", 2, []string{"--baseline", "brokn"}},
		{"--save-baseline broken replaces it", 2, []string{"--baseline", "broken"}},
		{"no whole results", 2, []string{"--baseline", "./cut.json"}},
		{"no such file", 2, []string{"--baseline", "none.json"}},
		{"is no name for a baseline", 2, []string{"--save-baseline", "../../etc/x"}},
		{"--threshold: \"much\" is no share", 2, []string{"--threshold", "much"}},
		{"--format", 2, []string{"--format", "xml"}},
		{"contradict", 2, []string{"--format", "go", "--json"}},
		{"--only", 2, []string{"--only", "("}},
		{"bench list", 2, []string{"--only", "nothing has this name"}},
		{"--rounds", 2, []string{"--rounds", "100000"}},
		{"--dir names another folder", 2, []string{"--dir", "file"}},
		{"--dir names another folder", 1, []string{"--no-history", "--dir", "file", "--rounds", "1", "--save-baseline", "x"}},
		{"history is damaged", 2, []string{"--dir", "bad"}},
	} {
		args := append([]string{"bench", "--quick", "--dir", "state"}, test.args...)
		if test.code == 1 {
			args = append(tiny[:len(tiny):len(tiny)], test.args...)
		}
		got := runCommand(t, dir, args...)
		if got.code != test.code || !strings.Contains(got.stderr, test.say) {
			t.Errorf("%v ends with %d and says %q, want %d and %q", test.args, got.code, got.stderr, test.code, test.say)
		}
	}
	for _, args := range [][]string{{"cut.json", "./empty.txt"}, {"empty.txt", "cut.json"}, {"one"}} {
		if got := runCommand(t, dir, append([]string{"bench", "compare"}, args...)...); got.code != 2 {
			t.Errorf("compare %v ends with %d: %s", args, got.code, got.stderr)
		}
	}
}

func TestBenchList(t *testing.T) {
	got := runCommand(t, t.TempDir(), "bench", "list")
	for _, want := range []string{"mmu_translate", "Scaling/engine=native/harts=4095", "cpu-ns/insn"} {
		if got.code != 0 || !strings.Contains(got.stdout, want) {
			t.Errorf("the list lacks %q:\n%s%s", want, got.stdout, got.stderr)
		}
	}
}

func TestBenchReport(t *testing.T) {
	dir := t.TempDir()
	if got := runCommand(t, dir, "bench", "report", "--dir", "state"); got.code != 2 || !strings.Contains(got.stderr, "history is empty") {
		t.Errorf("an empty history gives %d, %s", got.code, got.stderr)
	}
	for range 2 {
		if got := runCommand(t, dir, append(tiny[:len(tiny):len(tiny)], "--rounds", "4")...); got.code != 0 {
			t.Fatal(got.stderr)
		}
	}
	if got := runCommand(t, dir, "bench", "report", "--dir", "state", "-o", "page.html"); got.code != 0 {
		t.Fatal(got.stderr)
	}
	page, err := os.ReadFile(filepath.Join(dir, "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"JITCompile/code=guests/size=small", "2 runs", "cpu-ns/insn, runs", "<svg"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got := runCommand(t, dir, "bench", "report", "--dir", "state", "-o", "none/page.html"); got.code != 1 {
		t.Errorf("a folder that is not there gives %d, %s", got.code, got.stderr)
	}
}

func TestBenchAB(t *testing.T) {
	program, err := guests.ELF("mixed", guests.Params{"rounds": 2})
	if err != nil {
		t.Fatal(err)
	}
	dir := writeFiles(t, map[string][]byte{
		"a.yaml": []byte("harts: 1\njit: on\n"), "b.yaml": []byte("harts: 1\njit: \"off\"\n"), "bad.yaml": []byte("harts: many\n"),
		"guest.elf": program,
	})
	got := runCommand(t, dir, "bench", "ab", "--rounds", "4", "a.yaml", "b.yaml", "--", "guest.elf")
	if got.code != exitWorse && got.code != 0 || !strings.Contains(got.stdout, "B: b.yaml") || !strings.Contains(got.stdout, "cpu-ns/insn") {
		t.Errorf("ab ends with %d:\n%s%s", got.code, got.stdout, got.stderr)
	}
	for _, test := range []struct {
		say  string
		code int
		args []string
	}{
		{"bad.yaml:1", 2, []string{"a.yaml", "bad.yaml"}},
		{"none.yaml", 2, []string{"a.yaml", "none.yaml"}},
		{".yaml", 2, []string{"a.yaml", "guest.elf"}},
		{"--rounds", 2, []string{"a.yaml", "b.yaml", "--rounds", "5000"}},
	} {
		got := runCommand(t, dir, append([]string{"bench", "ab"}, test.args...)...)
		if got.code != test.code || !strings.Contains(got.stderr, test.say) {
			t.Errorf("ab %v ends with %d and says %q", test.args, got.code, got.stderr)
		}
	}
}

// An experiment shows a measurement for each value of a setting, and draws it.
func TestBenchSweep(t *testing.T) {
	program, err := guests.ELF("mixed", guests.Params{"rounds": 2})
	if err != nil {
		t.Fatal(err)
	}
	dir := writeFiles(t, map[string][]byte{"guest.elf": program, "c.yaml": []byte("jit-threshold-max: 1000000000\n")})
	got := runCommand(t, dir, "bench", "sweep", "jit-threshold-min", "1", "1000000000", "--rounds", "1", "--config", "c.yaml",
		"--measure", "jit.compiler.threshold", "--plot", "plot.svg", "--", "guest.elf")
	if got.code != 0 {
		t.Fatalf("it ends with %d:\n%s%s", got.code, got.stdout, got.stderr)
	}
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	if len(lines) != 3 || !strings.HasSuffix(lines[0], "jit.compiler.threshold") || !strings.HasPrefix(lines[1], "1 ") || !strings.HasSuffix(lines[2], "1.000G") {
		t.Errorf("the table is\n%s", got.stdout)
	}
	plot, err := os.ReadFile(filepath.Join(dir, "plot.svg"))
	if err != nil || !strings.Contains(string(plot), "jit.compiler.threshold by --jit-threshold-min") || !strings.Contains(string(plot), ">1000000000<") {
		t.Errorf("the plot: %v\n%s", err, plot)
	}
	for _, test := range []struct {
		say  string
		code int
		args []string
	}{
		{"jit-threshold-min", 2, []string{"jit-treshold-min", "1", "--", "guest.elf"}},
		{"--harts", 2, []string{"harts", "many", "--", "guest.elf"}},
		{"--jit-threshold-min", 2, []string{"jit-threshold-min", "501", "--", "guest.elf"}},
		{"a setting and 1 to", 2, []string{"harts", "--", "guest.elf"}},
		{".svg", 2, []string{"harts", "1", "--plot", "x.png", "--", "guest.elf"}},
		{"tlb.no", 1, []string{"harts", "1", "--measure", "tlb.no", "--", "guest.elf"}},
	} {
		got := runCommand(t, dir, append([]string{"bench", "sweep"}, test.args...)...)
		if got.code != test.code || !strings.Contains(got.stderr, test.say) {
			t.Errorf("sweep %v ends with %d and says %q", test.args, got.code, got.stderr)
		}
	}
}
