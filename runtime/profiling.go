package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	goruntime "runtime"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/boot/kallsyms"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/runtime/profile"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// profiler has the harts of a machine sampled, each by a message, so that the hart itself answers between two instructions.
// Harts that wait are not asked.
type profiler struct {
	tally    *profile.Tally
	harts    []*vcpu.Hart
	asked    []atomic.Bool // by hart, a message is under way: written by the sampling goroutine and the owner of the hart, read by the former
	messages []func(*vcpu.Hart)
	period   time.Duration
	began    time.Time
	stop     context.CancelFunc
	stopped  chan struct{} // closed when nobody is asked any more
}

// openProfile reads what a profile needs, and sees whether it can be written, before the guest runs for hours.
func (m *Machine) openProfile(ctx context.Context) error {
	c := &m.cfg.Profile
	for _, f := range []struct{ option, path string }{{"cpuprofile", c.CPU}, {"folded", c.Folded}, {"flamegraph", c.Flames}, {"memprofile", c.Memory}} {
		if f.path == "" {
			continue
		}
		if err := hostfile.Writable(f.path); err != nil {
			return fmt.Errorf("--%s: %w", f.option, err)
		}
	}
	if !c.wanted() {
		return nil
	}
	var paths []string
	for _, f := range c.Symbols {
		paths = append(paths, string(f))
	}
	files, err := profile.Open(ctx, paths)
	if err != nil {
		return fmt.Errorf("--user-symbols: %w", err)
	}
	m.profiler = newProfiler(m.core.Harts, files, c.Rate)
	return nil
}

func newProfiler(harts []*vcpu.Hart, files *profile.Files, rate int) *profiler {
	p := &profiler{
		tally: profile.NewTally(len(harts), files), harts: harts, period: time.Second / time.Duration(rate),
		asked: make([]atomic.Bool, len(harts)), messages: make([]func(*vcpu.Hart), len(harts)),
		stop: func() {}, stopped: make(chan struct{}),
	}
	for i := range harts {
		p.messages[i] = func(h *vcpu.Hart) {
			p.tally.Sample(h)
			p.asked[i].Store(false)
		}
	}
	return p
}

// start begins to have harts sampled.
func (p *profiler) start() {
	if p == nil {
		return
	}
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	p.began = time.Now()
	go p.run(ctx)
}

// run asks in periods that vary, so that they do not get into step with a guest's timer.
func (p *profiler) run(ctx context.Context) {
	defer close(p.stopped)
	timer := time.NewTimer(p.period)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			p.ask()
			timer.Reset(p.period/2 + rand.N(p.period+1))
		}
	}
}

// ask sends a message to each hart that is busy and has answered the one before.
func (p *profiler) ask() {
	for i, h := range p.harts {
		if h.Busy() && !p.asked[i].Swap(true) {
			h.Post(p.messages[i])
		}
	}
}

// writeHeap writes what is on Go's heap, as of now.
func writeHeap(_ context.Context, w io.Writer) error {
	goruntime.GC() // the profile is as of the latest collection
	return pprof.Lookup("heap").WriteTo(w, 0)
}

// profileGrace is how long a run that is cancelled may go on naming and adding up what its profile has.
const profileGrace = 100 * time.Millisecond

// graceful returns a context that ends some time after ctx.
func graceful(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	late, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, end) })
	return late, func() { stop(); end() }
}

// writeProfile writes what was asked for: what the profiler has found, which has been started, and what memory holds. No hart
// runs. Some time after the end of ctx it writes what it has.
func (m *Machine) writeProfile(ctx context.Context) error {
	ctx, done := graceful(ctx, profileGrace)
	defer done()
	c := &m.cfg.Profile
	found := &profile.Profile{}
	if p := m.profiler; p != nil {
		p.stop()
		<-p.stopped
		m.findKernelNames(ctx)
		found = p.tally.Profile(ctx, m.names.find)
		found.Rate, found.Began, found.Took = c.Rate, p.began, time.Since(p.began)
	}
	var errs []error
	for _, f := range []struct {
		option, path string
		write        func(context.Context, io.Writer) error
	}{
		{"cpuprofile", c.CPU, found.Write}, {"folded", c.Folded, found.WriteFolded}, {"flamegraph", c.Flames, found.WriteFlames},
		{"memprofile", c.Memory, writeHeap},
	} {
		if f.path == "" {
			continue
		}
		if err := hostfile.Replace(f.path, func(w io.Writer) error { return f.write(ctx, w) }); err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", f.option, err))
		}
	}
	return errors.Join(errs...)
}

// kernelReach is how far from the start of RAM the tables of a Linux kernel are looked for, in bytes.
const kernelReach = 128 << 20

// findKernelNames gives a kernel that has come without symbols those that it keeps for itself. No hart runs.
func (m *Machine) findKernelNames(ctx context.Context) {
	if m.cfg.Kernel == "" && m.cfg.firmware() == "" || m.plan.Symbols != nil || len(m.names.given) > 0 {
		return
	}
	memory, err := m.core.Mem.Slice(m.core.Mem.Base(), min(kernelReach, m.core.Mem.Size()))
	if err != nil {
		panic("BUG: the start of RAM is not RAM: " + err.Error())
	}
	m.names.kernel.Store(&symbolTable{functions: kallsyms.Find(ctx, memory)})
}
