package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// The manual names every option of every command, with its meaning, and every command.
func TestManualNamesEveryOption(t *testing.T) {
	got := runCommand(t, t.TempDir(), "man")
	if got.code != 0 || got.stderr != "" {
		t.Fatalf("exit code %d, standard error %q", got.code, got.stderr)
	}
	root, options := new(app).rootCommand(), 0
	for _, cmd := range root.Commands() {
		if !cmd.IsAvailableCommand() {
			continue
		}
		if !strings.Contains(got.stdout, "\n.B "+roff(cmd.Name())+"\n"+roff(cmd.Short)+"\n") {
			t.Errorf("the manual does not explain %s", cmd.Name())
		}
		if cmd.Name() != "run" && cmd.Name() != "blocks" && cmd.Name() != "boot" {
			continue
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			options++
			_, usage := pflag.UnquoteUsage(f)
			_, after, found := strings.Cut(got.stdout, roff("--"+f.Name))
			if !found || !strings.Contains(after, roff(usage)) {
				t.Errorf("the manual does not explain --%s", f.Name)
			}
		})
	}
	if options < 80 {
		t.Errorf("only %d options are looked at", options)
	}
	if strings.Contains(got.stdout, "\n'") {
		t.Error("a line of text begins like a command of roff")
	}
}

// What the text of a command looks like becomes of the same look in the manual.
func TestManualProse(t *testing.T) {
	p := new(page)
	p.prose("One line.\n\nWHAT TO SAY\n  PROGRAM        a file\n                 or two\n  A sentence.\n    key: value\n  .end\n")
	want := "One line.\n.PP\n.SS WHAT TO SAY\n.TP\n.B PROGRAM\na file\nor two\n.PP\nA sentence.\n.RS\n.nf\nkey: value\n.fi\n.RE\n\\&.end\n"
	if p.String() != want {
		t.Errorf("got\n%s\nwant\n%s", p.String(), want)
	}
	if got := roff(`a\b--c's µ`); got != `a\eb\-\-c\(aqs \[u00B5]` {
		t.Errorf("roff: %s", got)
	}
}

// groff has nothing to say against the page.
func TestManualFormats(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("there is no groff")
	}
	cmd := exec.CommandContext(t.Context(), groff, "-man", "-Tutf8", "-ww")
	cmd.Stdin = strings.NewReader(string(manPage(new(app).rootCommand())))
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 || len(out) < 10_000 {
		t.Errorf("%v: %s", err, complaints.String())
	}
}
