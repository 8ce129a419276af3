package monitor

import (
	"context"
	"errors"
	goruntime "runtime"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// running is a machine whose guest runs until the test ends.
func running(t testing.TB, harts int) *runtime.Machine {
	t.Helper()
	p := asm.New(runtime.RAMBase).LI(asm.A1, runtime.RAMBase+1<<20)
	p.Label("loop").I(isa.LD, asm.A0, asm.A1, 0).I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "loop")
	c := runtime.Default()
	c.ProgramData, c.Harts = p.Bytes(), harts
	machine, err := runtime.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = machine.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	for machine.Stats().Instructions == 0 {
		time.Sleep(time.Millisecond)
	}
	return machine
}

// find finds a figure.
func (r *Report) find(t *testing.T, name string) Figure {
	t.Helper()
	for _, f := range r.Figures {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("the report has no figure %s", name)
	return Figure{}
}

// Collection begins and ends on a running machine, as often as one likes, and a report is of the time between.
func TestStartAndStop(t *testing.T) {
	machine := running(t, 2)
	m := New(machine)
	if _, err := m.Report(); !errors.Is(err, ErrStopped) {
		t.Errorf("a report of nothing: %v", err)
	}
	if err := m.Stop(); !errors.Is(err, ErrStopped) {
		t.Errorf("stopped before it has started: %v", err)
	}
	before := goruntime.NumGoroutine()
	for range 2 {
		began := machine.Stats().Instructions
		if err := m.Start(); err != nil {
			t.Fatal(err)
		}
		if err := m.Start(); !errors.Is(err, ErrRunning) {
			t.Errorf("started twice: %v", err)
		}
		for sampled := 0; sampled < 2; { // it reads by itself
			r, err := m.Report()
			if err != nil {
				t.Fatal(err)
			}
			sampled = len(r.Samples)
			time.Sleep(time.Millisecond)
		}
		if err := m.Stop(); err != nil {
			t.Fatal(err)
		}
		r, err := m.Report()
		if err != nil {
			t.Fatal(err)
		}
		since := float64(machine.Stats().Instructions - began)
		native, interpreted := r.find(t, "native-rate").Value, r.find(t, "interpreted-rate").Value
		if n := (native + interpreted) * r.Seconds; n <= 0 || n > since+1 {
			t.Errorf("the report is of %.0f instructions, and there were %.0f", n, since)
		}
	}
	for goruntime.NumGoroutine() > before { // nothing is left that would read the machine
		time.Sleep(time.Millisecond)
	}
}

// However long it takes, there is a bounded number of samples, and they cover all of the time.
func TestWindowIsBounded(t *testing.T) {
	m := &Monitor{to: reading{}, details: map[string]value{}, peak: map[string]float64{}, pause: firstPause}
	const long = 30 * time.Hour
	at := time.Duration(0)
	for n := uint64(1); at < long; n++ {
		at += m.pause
		m.take(&runtime.Stats{Instructions: n}, at)
		if len(m.samples) > maxSamples {
			t.Fatalf("%d samples", len(m.samples))
		}
	}
	if len(m.samples) < maxSamples/4 {
		t.Errorf("only %d samples are left", len(m.samples))
	}
	if first, last := m.samples[0].At, m.samples[len(m.samples)-1].At; first > long/100 || last < long {
		t.Errorf("the samples are of %v to %v", first, last)
	}
}

// A reading without details has those of the last one that had them.
func TestDetailsStay(t *testing.T) {
	m := &Monitor{began: time.Now(), details: map[string]value{}, peak: map[string]float64{}}
	m.to = reading{"host_memory.ram_bytes": {number: 7}, "tlb_hits.loads": {number: 8}}
	m.remember()
	m.to = reading{"host_memory.ram_bytes": {number: 5}, "tlb_hits.loads": {number: 9}}
	m.remember()
	m.to = reading{"tlb_hits.loads": {}}
	m.remember()
	if m.peak["host_memory.ram_bytes"] != 7 || m.to["host_memory.ram_bytes"].number != 5 || m.to["tlb_hits.loads"].number != 9 {
		t.Errorf("peaks %v, measurements %v", m.peak, m.to)
	}
}
