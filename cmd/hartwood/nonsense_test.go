package main

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// nonsense are values that some option takes for what they are and every other one refuses.
var nonsense = []string{
	"", " ", "0", "1", "-1", "-0", "1.5", "1e309", "NaN", "Inf", "-Inf", "0x", "0x10", "2147483648", "9223372036854775807",
	"9223372036854775808", "99999999999999999999999", "1T", "99999999T", "-1ns", "1ns", "999999h", "true", "maybe", "none",
	"\x1b[31m", "\xff\xfe", "a\nb", "漢字", "%s%n", "=", ",", ",,", "../../../..", "/dev/null", "--harts", strings.Repeat("x", 100_000),
}

// TestEveryOptionWithNonsense gives every option every value. The guest runs to its end, or one line names the option
// or the value's file.
func TestEveryOptionWithNonsense(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a thousand machines")
	}
	dir := writeFiles(t, map[string][]byte{"exit7.bin": exit7})
	guest := filepath.Join(dir, "exit7.bin")
	var options []string
	new(app).runCommand().Flags().VisitAll(func(f *pflag.Flag) {
		switch f.Name {
		case "help", "help-all", "dump-dtb", "perf-map", "cpuprofile", "folded", "flamegraph", "memprofile": // nothing runs, or a file is written
		default:
			options = append(options, f.Name)
		}
	})
	for _, option := range options {
		t.Run(option, func(t *testing.T) {
			t.Parallel()
			for _, value := range nonsense {
				ctx, cancel := context.WithTimeout(t.Context(), hang)
				var stdout, stderr bytes.Buffer
				// The smallest machine: what counts is the option.
				code := execute(ctx, []string{"run", "--memory=2M", "--jit=off", "--" + option + "=" + value, guest}, strings.NewReader(""), &stdout, &stderr)
				if ctx.Err() != nil {
					t.Errorf("%.60q hangs", value)
				}
				cancel()
				switch {
				case code == 7 && (stderr.Len() == 0 || slices.Contains([]string{"stats", "json", "http"}, option)): // which tell something
				case code != exitUsage:
					t.Errorf("%.60q: exit code %d: %.300s", value, code, stderr.String())
				default:
					oneClearLine(t, stderr.String())
					if !strings.Contains(stderr.String(), option) {
						t.Errorf("%.60q: the option is not named: %.300s", value, stderr.String())
					}
					if stderr.Len() > 2*maxLine {
						t.Errorf("%.60q: a line of %d bytes: %.300s", value, stderr.Len(), stderr.String())
					}
				}
			}
		})
	}
}
