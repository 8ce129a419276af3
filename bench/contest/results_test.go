package contest

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	got, err := parse("noise\r\nRESULT fib 0.250000 00000000000000ff\r\n[    1.0] reboot\nRESULT json 1.5 ab\nRESULTS-DONE\r\n")
	want := []Sample{{"fib", 0.25, "00000000000000ff"}, {"json", 1.5, "ab"}}
	if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("parse gives %v, %v", got, err)
	}
	for _, bad := range []string{
		"", "RESULTS-DONE\n", "RESULT fib 0.2 ff\n", "RESULT fib x ff\nRESULTS-DONE\n", "RESULT fib 0.2\nRESULTS-DONE\n",
		"RESULT fib 0.2 ff\nRESULT-FAIL json ended with status 11\nRESULTS-DONE\n", "RESULT fib 0 ff\nRESULTS-DONE\n",
	} {
		if got, err := parse(bad); !errors.Is(err, errOutput) {
			t.Errorf("parse(%q) gives %v, %v", bad, got, err)
		}
	}
}

// filled returns results of three contestants over two rounds.
func filled(t *testing.T) *results {
	t.Helper()
	var r results
	for _, round := range []struct {
		contestant string
		fib, json  float64
	}{{Native, 1, 2}, {Hartwood, 2, 6}, {QEMU, 8, 12}, {Native, 1, 4}, {Hartwood, 2, 12}, {QEMU, 8, 24}} {
		if err := r.add(round.contestant, []Sample{{"fib", round.fib, "a"}, {"json", round.json, "b"}}); err != nil {
			t.Fatal(err)
		}
	}
	return &r
}

func TestFigures(t *testing.T) {
	r := filled(t)
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	near("the median", r.median(Native, "json"), 3)
	near("fib to native", r.ratio(Hartwood, Native, "fib"), 2)
	near("the mean to native", r.mean(Hartwood, Native), math.Sqrt(6))
	near("the mean of QEMU to it", r.mean(QEMU, Hartwood), math.Sqrt(8))
}

func TestReports(t *testing.T) {
	var table, text bytes.Buffer
	if err := filled(t).writeTable(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"qemu/hartwood", "geometric mean", "2.45", "2.83"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	if err := filled(t).writeJSON(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), `"qemu_to"`) {
		t.Errorf("the JSON lacks QEMU:\n%s", text.String())
	}
}

func TestWrongResultsFail(t *testing.T) {
	r := filled(t)
	if err := r.add(Hartwood, []Sample{{"fib", 1, "a"}, {"json", 1, "c"}}); !errors.Is(err, errChecksum) {
		t.Errorf("a wrong checksum gives %v", err)
	}
	if err := r.add(Hartwood, []Sample{{"fib", 1, "a"}}); !errors.Is(err, errOutput) {
		t.Errorf("a kernel left out gives %v", err)
	}
}

func TestTroubleBeginsAtTheLastKernel(t *testing.T) {
	text := strings.Repeat("boot\n", 50) + "RESULT fib 1 a\nfatal error: x\n" + strings.Repeat("frame\n", 100)
	got := trouble(text)
	if !strings.HasPrefix(got, "RESULT fib 1 a\nfatal error: x\nframe") || strings.Count(got, "\n") > 40 {
		t.Errorf("trouble gives %q", got)
	}
	if got := trouble("no kernel\nat all"); got != "no kernel\nat all" {
		t.Errorf("trouble without a kernel gives %q", got)
	}
}
