package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
)

// What is shown of few harts, a line each, and of many, a line a group.
func TestDescribeHarts(t *testing.T) {
	look := func(harts int, insns uint64) (views []runtime.HartView) {
		for i := range harts {
			v := runtime.HartView{ID: i, Answered: true, Mode: "S", PC: 0x80200000 + uint64(i), Activity: "sleeps in WFI", Detail: "until an interrupt: timer"}
			switch {
			case i%10 == 3:
				v = runtime.HartView{ID: i, Activity: "does not answer", Detail: "waits for the host"}
			case i%2 == 1:
				v.Activity, v.Detail, v.Runnable, v.Function, v.Offset, v.Instructions = "runs", "", true, "spin", uint64(i), insns
				if i%4 == 1 {
					v.Activity = "ready"
				}
				v.Traps, v.LastTrap, v.Fruitless = insns/10, "illegal instruction (0x0) at 0x80000000", insns/10
			}
			views = append(views, v)
		}
		return views
	}
	few := describe(look(4, 1_000_000), look(4, 3_000_000), 2*time.Second, true)
	for _, want := range []string{
		"hartwood: 4 harts, 1.00 M instructions/s, 100 k traps/s; paused\n",
		"0 S 0000000080200000 0 0 sleeps in WFI; until an interrupt: timer\n",
		"1 S 0000000080200001 1.00 M 100 k ready, spin+0x1; last trap: illegal instruction (0x0) at 0x80000000; 300 k traps in a row without progress\n",
		"3 ? ? 0 0 does not answer; waits for the host\n",
	} {
		if !strings.Contains(squeezed(few), want) {
			t.Errorf("no %q in\n%s", want, few)
		}
	}
	if lines := strings.Count(few, "\n"); lines != 6 {
		t.Errorf("%d lines:\n%s", lines, few)
	}

	const many = 100
	first, second := look(many, 0), look(many, 2_000_000)
	text := describe(first, second, 2*time.Second, false)
	for _, want := range []string{
		"hartwood: 100 harts, 40.0 M instructions/s, 4.00 M traps/s\n",
		"40: 1, 5, 7, 9, 11, 15, … S 0000000080200001 40.0 M 4.00 M runs, or waits for a worker, spin+0x1; last trap",
		"10: 3, 13, 23, 33, 43, 53, … ? ? 0 0 does not answer; waits for the host\n",
		"and 32 harts in 32 other groups\n",
	} {
		if !strings.Contains(squeezed(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if lines := strings.Count(text, "\n"); lines != maxGroups+3 {
		t.Errorf("%d lines:\n%s", lines, text)
	}
	for i := range second {
		second[i] = second[0]
		second[i].ID = i
	}
	if text := describe(first, second, time.Second, false); strings.Count(text, "\n") != 3 || !strings.Contains(text, "100: 0-99 ") {
		t.Errorf("harts that do the same:\n%s", text)
	}
}

// squeezed has one space where there are several.
func squeezed(s string) string {
	var out []string
	for line := range strings.Lines(s) {
		out = append(out, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(out, "\n") + "\n"
}

func TestRatesOfACounterThatBeganAnew(t *testing.T) {
	for _, test := range []struct {
		before, after uint64
		over          time.Duration
		want          float64
	}{{0, 10, time.Second, 10}, {10, 5, time.Second, 0}, {0, 10, 0, 0}} {
		if got := perSecond(test.before, test.after, test.over); got != test.want {
			t.Errorf("%+v: %f", test, got)
		}
	}
}

// stuckGuest faults in its trap handler, without end.
var stuckGuest = printing("up", 0x30501073, 0x00000000) // csrw mtvec, zero; an illegal instruction

// A hart that traps without progress is told of by itself, once; a signal or a key shows what it does.
func TestStuckGuest(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"stuck.bin": stuckGuest})
	const line = "hartwood: hart 0 has trapped 1000000 times in a row without ever returning from a trap; the last one: instruction access fault at 0x0, to the handler in M-mode"
	c := startOnTerminal(t, hartwood(t, dir, "run", "stuck.bin"), nil)
	waitUntil(t, "the line", func() bool { return strings.Contains(c.seen(), "up\r\n"+line+"\r\n") })
	for n := 1; n <= 2; n++ {
		if n == 1 {
			typeKeys(t, c.person, "\x01s")
		} else {
			syscall.Kill(c.Process.Pid, syscall.SIGUSR1)
		}
		waitUntil(t, fmt.Sprintf("picture %d", n), func() bool {
			return strings.Count(c.seen(), "last trap: instruction access fault at 0x0") == n
		})
	}
	typeKeys(t, c.person, "\x01x")
	c.expect(t, 0)
	if n := strings.Count(c.seen(), "in a row without ever"); n != 1 {
		t.Errorf("told %d times:\n%s", n, c.seen())
	}
}

// Ctrl-A p stops the harts and lets them go on.
func TestPauseKey(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"spin.bin": spin})
	c := startOnTerminal(t, hartwood(t, dir, "run", "spin.bin"), nil)
	typeKeys(t, c.person, "\x01p\x01s")
	waitUntil(t, "the picture of a paused machine", func() bool {
		return strings.Contains(c.seen(), "hartwood: 1 hart, 0 instructions/s, 0 traps/s; paused\r\n")
	})
	typeKeys(t, c.person, "\x01p\x01s")
	waitUntil(t, "the picture of a running one", func() bool {
		_, after, _ := strings.Cut(c.seen(), "hartwood: goes on\r\n")
		return strings.Contains(after, "instructions/s") && !strings.Contains(after, "hart, 0 instructions/s")
	})
	typeKeys(t, c.person, "\x01p\x01x")
	c.expect(t, 0)
}
