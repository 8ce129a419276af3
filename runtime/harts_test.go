package runtime

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// viewOf looks at the harts until hart i is as wanted.
func viewOf(t *testing.T, m *Machine, i int, what string, wanted func(HartView) bool) (v HartView) {
	t.Helper()
	until(t, what, func() bool {
		v = m.Harts(time.Minute)[i]
		return wanted(v)
	})
	return v
}

// What harts do is shown with names, modes and what they wait for, without stopping one.
func TestHarts(t *testing.T) {
	p := asm.New(RAMBase)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "sleep")
	p.Label("spin").Jump(asm.Zero, "spin")
	p.Label("sleep").LI(asm.T0, 1<<7|1<<3).CSR(isa.CSRRW, 0, isa.CSR_MIE, asm.T0) // MTIE, MSIE
	p.Label("wait").Op(isa.WFI).Jump(asm.Zero, "wait")
	cfg := bare(p, 2)
	cfg.Symbols = filepath.Join(t.TempDir(), "System.map")
	table := fmt.Sprintf("%016x t spin\n%016x T \x1b[2Jsleep\n%016x d data\n                 U elsewhere\n", p.Addr("spin"), p.Addr("sleep"), p.Addr("wait"))
	if err := os.WriteFile(cfg.Symbols, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, cfg)
	r := start(t, m)
	v := viewOf(t, m, 0, "hart 0 to spin", func(v HartView) bool { return v.Instructions > 1000 })
	if !v.Answered || !v.Runnable || v.Mode != "M" || v.PC != p.Addr("spin") || v.Function != "spin" || v.Offset != 0 || v.Detail != "" || v.LastTrap != "" {
		t.Errorf("%+v", v)
	}
	v = viewOf(t, m, 1, "hart 1 to sleep", func(v HartView) bool { return v.Activity == "sleeps in WFI" })
	if v.Function != `\x1b[2Jsleep` || v.Offset != p.Addr("wait")+4-p.Addr("sleep") || v.Detail != "until an interrupt: machine software, machine timer" {
		t.Errorf("%+v", v)
	}
	if s := m.Stats(); s.Harts[1].Wakeups > 1 {
		t.Errorf("hart 1 was woken %d times", s.Harts[1].Wakeups)
	}
	m.core.Harts[1].SetTimerCompare(m.core.Clock.Now() + 3600*vcpu.TimeFrequency)
	v = viewOf(t, m, 1, "hart 1 to sleep again", func(v HartView) bool { return v.Activity == "sleeps in WFI" })
	if !strings.Contains(v.Detail, "; the timer's in ") {
		t.Errorf("%+v", v)
	}
	m.Stop(0)
	r.wait()
	if n := len(m.Harts(time.Minute)); n != 2 {
		t.Errorf("%d harts of a machine that has ended", n)
	}
}

// A hart that waits for the host does not hold the picture up, however often it is asked for.
func TestHartThatDoesNotAnswer(t *testing.T) {
	m := newMachine(t, bare(asm.New(RAMBase).Op(isa.WFI), 2))
	held, release := make(chan struct{}), make(chan struct{})
	go m.core.Harts[0].Post(func(*vcpu.Hart) { close(held); <-release })
	<-held
	for range 3 {
		views := m.Harts(10 * time.Millisecond)
		if views[0].Answered || !views[1].Answered || views[0].Activity != "does not answer" {
			t.Errorf("%+v", views)
		}
	}
	waiting := m.looks.harts[0].asked && m.looks.harts[0].answer.Load() == nil
	close(release)
	if v := viewOf(t, m, 0, "an answer", func(v HartView) bool { return v.Answered }); !waiting || !strings.HasPrefix(v.Activity, "stopped") {
		t.Errorf("%+v", v)
	}
}

// warnings collects what a machine says.
type warnings struct {
	mu   sync.Mutex
	list []string // protected by mu
}

func (w *warnings) warn(s string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, s)
}

func (w *warnings) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.list...)
}

// Harts that are stuck in the same place are told of together and once; a guest that makes millions of calls is not.
func TestWarnsOfStuckHarts(t *testing.T) {
	if testing.Short() {
		t.Skip("traps millions of times")
	}
	p := asm.New(RAMBase)
	p.LA(asm.T0, "handler").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T0)
	p.LI(asm.S0, 2*vcpu.StuckTraps)
	p.Label("loop").Op(isa.ECALL).I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "loop")
	p.Word(0) // illegal, and the handler returns behind it: not stuck yet
	p.CSR(isa.CSRRW, 0, isa.CSR_MTVEC, 0)
	p.Op(isa.ECALL)
	p.Align(4).Label("handler").CSR(isa.CSRRS, asm.T0, isa.CSR_MEPC, 0).I(isa.ADDI, asm.T0, asm.T0, 4)
	p.CSR(isa.CSRRW, 0, isa.CSR_MEPC, asm.T0).Op(isa.MRET)
	var said warnings
	cfg := bare(p, 2)
	cfg.Warn = said.warn
	m := newMachine(t, cfg)
	r := start(t, m)
	until(t, "both harts to be told of", func() bool {
		return strings.Contains(strings.Join(said.all(), "\n"), "harts 0-1") || len(said.all()) > 1
	})
	seen := m.Stats().Traps
	until(t, "as many traps again", func() bool { return m.Stats().Traps > seen+6*vcpu.StuckTraps })
	m.Stop(0)
	r.wait()
	const rest = "trapped 1000000 times in a row without ever returning from a trap; the last one: instruction access fault at 0x0, to the handler in M-mode"
	harts := 0
	for _, line := range said.all() {
		switch {
		case line == "harts 0-1 have each "+rest:
			harts += 2
		case strings.HasPrefix(line, "hart ") && strings.HasSuffix(line, " has "+rest):
			harts++
		default:
			t.Errorf("said %q", line)
		}
	}
	if harts != 2 {
		t.Errorf("told of %d harts: %q", harts, said.all())
	}
}

// Incidents that come again and again are told of ever more seldom, and a report of many has few lines.
func TestReportsAreBounded(t *testing.T) {
	var said warnings
	s := &stuck{warn: said.warn, names: newNames(newMachine(t, bare(asm.New(RAMBase).Op(isa.WFI), 1)).plan, nil)}
	for n := range 10 {
		s.report()
		if want := min(stuckPause<<n, maxStuckPause); s.pause != want || time.Until(s.next) > want {
			t.Errorf("after report %d: pause %v, want %v", n, s.pause, want)
		}
	}
	harts := map[int]vcpu.TrapView{}
	for i := range 100 {
		harts[i] = vcpu.TrapView{Cause: 5, PC: uint64(i / 10), Value: uint64(i), Returned: true, Mode: 1}
	}
	lines := s.lines(harts)
	if len(lines) != maxStuckLines+1 || lines[0] != "harts 0-9 have each trapped 1000000 times in a row and each time returned without executing an instruction more; the last one: load access fault at 0x0, to the handler in S-mode" ||
		lines[maxStuckLines] != "and harts in 6 other places" {
		t.Errorf("%q", lines)
	}
	s.close()
	m := newMachine(t, bare(asm.New(RAMBase).Op(isa.WFI), 1))
	s.note(m.core.Harts[0])
	if s.timer != nil {
		t.Error("a closed machine is to tell something")
	}
}

func TestHartRanges(t *testing.T) {
	for want, ids := range map[string][]int{"": nil, "3": {3}, "0-1": {0, 1}, "0-2, 4, 7-8": {0, 1, 2, 4, 7, 8}} {
		if got := HartRanges(ids); got != want {
			t.Errorf("%v is written %q, want %q", ids, got, want)
		}
	}
}

// Causes are worded with what tells something about them.
func TestTrapWords(t *testing.T) {
	n := newNames(newMachine(t, bare(asm.New(RAMBase).Op(isa.WFI), 1)).plan, nil)
	for want, trap := range map[string]vcpu.TrapView{
		"illegal instruction (0x2) at 0x10":              {Cause: 2, Value: 2, PC: 16},
		"load page fault (address 0x4000) at 0x10":       {Cause: 13, Value: 0x4000, PC: 16},
		"instruction page fault at 0x10":                 {Cause: 12, Value: 16, PC: 16},
		"environment call from U-mode at 0x10":           {Cause: 8, PC: 16},
		"breakpoint at 0x10":                             {Cause: 3, Value: 16, PC: 16},
		"timer interrupt at 0x10":                        {Cause: 1<<63 | 5, PC: 16},
		"machine external interrupt at 0x10":             {Cause: 1<<63 | 11, PC: 16},
		"cause 0x18 at 0x10":                             {Cause: 24, Value: 1, PC: 16},
		"cause 0x8000000000000020 at 0xffffffff80000000": {Cause: 1<<63 | 32, PC: 0xffffffff80000000},
	} {
		if got := n.trapWords(trap); got != want {
			t.Errorf("%+v is worded %q, want %q", trap, got, want)
		}
	}
}

func TestSymbolFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "symbols")
	for text, says := range map[string]string{
		"80000000 T a\n80000010 t b\n00000000 b c\n": "",
		"":                         "",
		"not a table\n":            "line 1",
		"80000000 T a\nxyz T b\n":  "line 2",
		"80000000 Text a\n":        "line 1",
		strings.Repeat("x", 1<<20): "too long",
		"\x7fELF":                  "--symbols",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := readSymbols(t.Context(), path)
		if says == "" && (err != nil || len(list) != strings.Count(strings.ToLower(text), " t ")) {
			t.Errorf("%.40q: %d symbols, %v", text, len(list), err)
		}
		if says != "" && (err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path)) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	// More than the bound, without blocks on disk.
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxSymbolFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := readSymbols(t.Context(), path); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a large table: %v", err)
	}
}
