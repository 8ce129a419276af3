package bench

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// culprit is a setting that makes a guest slow.
type culprit struct {
	name   string
	guest  func() ([]byte, error)
	bad    []monitor.Change // and what else the run is to have
	figure string           // that is beyond its limit
	option string           // that the first advice names
}

// changes are settings as name=value.
func changes(texts ...string) (list []monitor.Change) {
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		list = append(list, monitor.Change{Option: name, Value: value})
	}
	return list
}

// guest is one of the programs of the benchmarks.
func guest(name string, p guests.Params) func() ([]byte, error) {
	return func() ([]byte, error) { return guests.ELF(name, p) }
}

// Params of the guests: short runs in which the figure is a matter of counting.
var culprits = []culprit{
	// 4,096 pages of 2 MiB, of which the first level knows few.
	{"tiny TLB", guest("pages", guests.Params{"pages": 4096, "level": 1, "random": 1, "loads": 1e6}),
		changes("tlb-shards=1", "tlb-sets=16"), "tlb-level2", "tlb-sets"},
	{"no prefetch on a stream", guest("pages", guests.Params{"pages": 1 << 16, "loads": 1e6}),
		changes("prefetch=false"), "tlb-level2", "prefetch"},
	{"threshold too high", guest("mixed", guests.Params{"rounds": 200}),
		changes("jit-threshold-max=1000000000", "jit-threshold-min=1000000000"), "execution", "jit-threshold-min"},
	{"code cache too small", wideLoop, changes("code-cache-bytes=256K"), "code-cache", "code-cache-bytes"},
	{"quotas too long", guest("mutate", guests.Params{"live_mib": 8, "steps": 800000}),
		changes("gc-mark-quota=10s", "gc-sweep-quota=10s", "harts=4", "managed-heap=32M", "gc-trigger=0.5", "gc-target=0.5"), "gc-turn", "gc-mark-quota"},
	{"trigger too late", guest("bintrees", guests.Params{"depth": 14}),
		changes("gc-trigger=1", "gc-target=1", "managed-heap=32M"), "gc-waits", "gc-trigger"},
}

// wideLoop is a guest that runs through much code again and again, in each part of it for a while.
func wideLoop() ([]byte, error) {
	const parts, insns, times, rounds, syscon, off = 800, 48, 25, 60, 0x10_0000, 0x5555
	p := asm.New(runtime.RAMBase)
	p.LI(asm.S0, rounds)
	p.Label("round")
	for i := range parts {
		label := fmt.Sprint("part", i)
		p.LI(asm.S1, times).Label(label)
		for j := range int32(insns) {
			p.I(isa.ADDI, asm.A0, asm.A1, j).R(isa.MUL, asm.A1, asm.A0, asm.A1)
		}
		p.I(isa.ADDI, asm.S1, asm.S1, -1).Branch(isa.BNE, asm.S1, asm.Zero, label)
	}
	p.I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BEQ, asm.S0, asm.Zero, "end").Jump(asm.Zero, "round")
	p.Label("end").LI(asm.T0, syscon).LI(asm.T1, off).S(isa.SW, asm.T1, asm.T0, 0)
	p.Label("ended").Jump(asm.Zero, "ended")
	return p.Bytes(), nil
}

// configure makes changes to a configuration as the command line does.
func configure(t *testing.T, c *runtime.Config, changes []monitor.Change) {
	t.Helper()
	find := func(name string) setting.Setting {
		for _, g := range c.Settings() {
			for _, s := range g.Settings {
				if s.About().Name == name {
					return s
				}
			}
		}
		t.Fatalf("there is no setting %s", name)
		return nil
	}
	for _, x := range changes {
		if err := find(x.Option).Set(x.Value); err != nil {
			t.Fatalf("--%s=%s: %v", x.Option, x.Value, err)
		}
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
}

// watched runs a guest with settings and returns the report.
func (x *culprit) watched(t *testing.T, changes ...monitor.Change) *monitor.Report {
	t.Helper()
	program, err := x.guest()
	if err != nil {
		t.Fatal(err)
	}
	c := runtime.Default()
	c.ProgramData = program
	configure(t, &c, append(x.bad[:len(x.bad):len(x.bad)], changes...))
	machine, err := runtime.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m := monitor.New(machine)
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	result, err := machine.Run(context.Background())
	if err != nil || result.ExitCode != 0 {
		t.Fatalf("exit code %d, %v", result.ExitCode, err)
	}
	if err := m.Ended(result.Stats); err != nil {
		t.Fatal(err)
	}
	r, err := m.Report()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// figure finds a figure of a report.
func figure(t *testing.T, r *monitor.Report, name string) monitor.Figure {
	t.Helper()
	for _, f := range r.Figures {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("the report has no figure %s", name)
	return monitor.Figure{}
}

// The first advice names what is wrong with a run, and following it mends the figure.
func TestFirstAdviceNamesTheCulprit(t *testing.T) {
	if testing.Short() {
		t.Skip("twelve runs of a second")
	}
	for _, x := range culprits {
		t.Run(x.name, func(t *testing.T) {
			r := x.watched(t)
			var text strings.Builder
			if err := r.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			t.Log(text.String())
			if len(r.Advice) == 0 {
				t.Fatal("there is no advice")
			}
			first := r.Advice[0]
			if first.Figure != x.figure || first.Advice[0].Changes[0].Option != x.option {
				t.Fatalf("first comes %s: %+v; want %s: --%s", first.Figure, first.Advice, x.figure, x.option)
			}
			before, after := figure(t, r, x.figure), figure(t, x.watched(t, first.Advice[0].Changes...), x.figure)
			t.Logf("%s: %s becomes %s (%s) by %s", x.figure, before.Text, after.Text, after.Verdict, first.Advice[0].Flags())
			if after.Verdict.Bad() {
				t.Errorf("%s is %s and was %s", x.figure, after.Text, before.Text)
			}
		})
	}
}
