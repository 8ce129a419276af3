package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/hartwood-vm/hartwood/runtime/boot"
	"github.com/hartwood-vm/hartwood/runtime/core"
	"github.com/hartwood-vm/hartwood/runtime/device/hostcall"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// ErrClosed reports the use of a machine that has run already.
var ErrClosed = errors.New("the machine has been closed")

// Machine is a virtual machine. Its methods are safe for concurrent use.
type Machine struct {
	cfg   Config
	core  *core.Core
	board []row // constant
	bus   *bus
	heap  *managedHeap // nil: none
	calls *hostcall.Calls
	htif  *hostPort // nil: the program has no such words
	perf  *perfMap  // nil: none
	dump  *jitDump  // nil: none
	names *names    // of guest code, for people
	// profiler is nil if nobody has asked for a profile; started by Run.
	profiler *profiler

	missing missing
	readers readers
	stuck   stuck
	looks   looks
	plan    *boot.Plan
	// loadNotes and tree are the plan's when the machine was made; constant from then on.
	loadNotes []string
	tree      []byte

	// end takes the guest's first reason for the machine to end or start anew, halt
	// the host's for it to end; later ones are dropped.
	end     chan ending
	halt    chan ending
	started atomic.Bool // it runs, has run or is closed: set by Run and Close, read by Run and StoreTohost
	// over says that the guest has asked for the end or a reset: set by finish, cleared when
	// the machine starts anew, read by whatever carries out what harts do outside of RAM.
	over atomic.Bool

	// stopping ends, by stop, with the host's first reason: a restart reads no files any more.
	stopping context.Context
	stop     context.CancelFunc

	// life orders Pause, Resume, a restart and Close: nobody resumes a closed machine.
	life   sync.Mutex
	closed bool // protected by life
	paused bool // protected by life
	// full is how many requests of drives wait for room on the host: changed by the drives'
	// workers, read by settleFull, which keeps fullHeld, whether the harts are held for that.
	full     atomic.Int32
	fullHeld bool       // protected by life
	warning  sync.Mutex // held while Config.Warn is called

	// details says that the result is to have detailed statistics: set by WantDetails, read by Run.
	details atomic.Bool

	// began is when Run began, wall how long it took, 0 before: nanoseconds since the
	// clock's origin, and nanoseconds. Written by Run, read by Stats.
	began, wall atomic.Int64
}

// ending is why a machine ends.
type ending struct {
	reason Reason
	code   int
	err    error
}

// New is NewContext for a machine whose making nobody wants to cut short.
func New(cfg Config) (*Machine, error) { return NewContext(context.Background(), cfg) }

// NewContext builds the machine that cfg describes and loads its guest. Whoever does not
// Run it must Close it.
//
// Program, Kernel, Bios, Initrd, DTB and Symbols are regular files: pipes and devices are refused,
// so New does not wait for their other end. It takes as long as reading the files does,
// and ends with ctx's cause when ctx does. ctx has no effect on the machine later.
func NewContext(ctx context.Context, cfg Config) (_ *Machine, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := &Machine{cfg: cfg, board: board(&cfg), end: make(chan ending, 1), halt: make(chan ending, 1)}
	m.stopping, m.stop = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	if err = m.makeCore(); err != nil {
		return nil, err
	}
	if err = m.load(ctx); err != nil {
		return nil, err
	}
	m.loadNotes, m.tree = m.plan.Notes, m.plan.Tree
	symbols, err := readSymbols(ctx, cfg.Symbols)
	if err != nil {
		return nil, err
	}
	m.names = newNames(m.plan, symbols)
	m.stuck.names = m.names
	if cfg.Warn != nil {
		m.stuck.warn = func(line string) { m.warn("%s", line) }
	}
	m.readyHarts()
	if err = m.startCalls(); err != nil {
		return nil, err
	}
	if err = m.startHeap(); err != nil {
		return nil, err
	}
	if m.bus, err = newBus(ctx, m); err != nil {
		return nil, err
	}
	if err = m.openProfile(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

// makeCore makes the part of the machine that executes instructions.
func (m *Machine) makeCore() error {
	native, err := m.native()
	if err != nil {
		return err
	}
	cfg := core.Config{
		Harts: m.cfg.Harts, RAMBase: RAMBase, RAMSize: uint64(m.cfg.Memory), HugePages: m.cfg.UsesHugePages(), ROM: m.cfg.rom(),
		Translation: m.cfg.CPU.MMU.translation(), NMIVector: m.cfg.CPU.NMIVector, AIA: m.cfg.AIA != AIANone, TLB: m.cfg.TLB,
		Workers: m.cfg.PoolSize, Native: native, Budget: m.cfg.test.budget, Timed: m.cfg.Profile.wanted(), Ticks: m.cfg.test.ticks,
		Observer: core.Observer{Missing: m.missing.note, Stuck: m.stuck.note, Failed: m.fail, Wanting: m.collectorWants},
	}
	if m.cfg.CPU.StrictAlign {
		cfg.Mode = code.Strict
	}
	switch m.core, err = core.New(cfg); {
	case errors.Is(err, core.ErrMemory):
		return fmt.Errorf("%w; choose a smaller --memory", err)
	case errors.Is(err, core.ErrNative):
		return fmt.Errorf("%w; choose a smaller --code-cache-bytes or --jit off", err)
	}
	return err
}

// readyHarts brings the harts to where the plan starts them.
func (m *Machine) readyHarts() {
	e := core.Entry{PC: m.plan.Entry, A1: m.plan.A1, A2: m.plan.A2}
	if m.plan.Mode == boot.Supervisor {
		e.Calls = newFirmware(m)
	}
	for i := range m.core.Harts {
		e.A0 = uint64(i)
		m.core.Ready(i, e)
	}
}

// DeviceTree returns the flattened device tree that the guest finds, but for the random
// seed, which is another one after a restart; nil if memory has no room for one.
func (m *Machine) DeviceTree() []byte { return slices.Clone(m.tree) }

// Run runs the guest until it ends, until ctx is cancelled or until something of
// the machine fails. It closes the machine. A guest that ends by itself is no
// error, whatever its exit code; a cancelled context is (its cause).
func (m *Machine) Run(ctx context.Context) (Result, error) {
	if m.started.Swap(true) {
		return Result{}, ErrClosed
	}
	m.began.Store(int64(m.core.Clock.Age()))
	m.profiler.start()
	// A context that ends after the guest has done so cuts the wait for Stdout and for
	// drives short.
	defer context.AfterFunc(ctx, m.bus.endSoon)()
	var why ending
	var err error
	for {
		why, err = m.once(ctx)
		m.heap.abort() // a hart may be in the midst of a large stack
		m.core.Hold()
		if why.reason != Rebooted || m.cfg.NoReboot {
			break
		}
		if err = m.restart(ctx); err != nil {
			why = ending{reason: Failed, code: 1}
			select {
			case why = <-m.halt:
				err = why.err
			default:
				if ctx.Err() != nil {
					why = ending{reason: Cancelled}
				}
			}
			break
		}
	}
	m.wall.Store(int64(m.core.Clock.Age()) - m.began.Load())
	if why.reason == Rebooted {
		why.code = m.cfg.ResetCode
	}
	result := Result{ExitCode: why.code, Reason: why.reason, Stats: m.lastStats(), Notes: m.Notes()}
	return result, errors.Join(err, m.writeProfile(ctx), m.Close())
}

// lastStats are the counters at the end, in detail if anybody is to see them.
func (m *Machine) lastStats() Stats {
	if m.cfg.Stats || m.details.Load() {
		return m.DetailedStats()
	}
	return m.Stats()
}

// WantDetails has the result of Run have DetailedStats.
func (m *Machine) WantDetails() { m.details.Store(true) }

// Config returns what the machine was made of.
func (m *Machine) Config() Config { return m.cfg }

// once runs the harts until there is a reason to end; they run on.
func (m *Machine) once(ctx context.Context) (why ending, err error) {
	m.launch()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		select {
		case why = <-m.halt:
			return why.err
		case why = <-m.end:
			return why.err
		case <-ctx.Done():
			why = ending{reason: Cancelled}
			return context.Cause(ctx)
		}
	})
	err = g.Wait()
	return why, err
}

// restart brings the held machine back to its power-on state: devices reset, guest
// loaded anew, RAM otherwise as it was.
func (m *Machine) restart(ctx context.Context) error {
	m.life.Lock()
	defer m.life.Unlock()
	if m.closed {
		return nil // Close has left a reason to end
	}
	m.bus.reset()
	if m.htif != nil {
		m.htif.reset()
	}
	if err := m.calls.Reset(); err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	if m.heap != nil {
		m.heap.restart()
	}
	ctx, done := context.WithCancelCause(ctx)
	defer done(nil)
	defer context.AfterFunc(m.stopping, func() { done(ErrClosed) })()
	if err := m.load(ctx); err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	m.readyHarts()
	// What was asked for while the machine went down concerns the past.
	select {
	case <-m.end:
	default:
	}
	m.over.Store(false)
	held := 0
	for _, why := range []bool{m.paused, m.fullHeld} {
		if why {
			held++
		}
	}
	m.core.Restart(held)
	return nil
}

// launch starts the harts that the plan starts.
func (m *Machine) launch() {
	for i := range m.core.Harts {
		if m.plan.AllHarts || i == m.plan.BootHart {
			m.core.Launch(i)
		}
	}
}

// Pause returns when every hart has stopped at an instruction boundary; none runs
// until Resume.
func (m *Machine) Pause() error {
	m.life.Lock()
	defer m.life.Unlock()
	if m.closed {
		return ErrClosed
	}
	if !m.paused {
		m.paused = true
		m.core.Hold()
	}
	return nil
}

// Resume undoes Pause.
func (m *Machine) Resume() error {
	m.life.Lock()
	defer m.life.Unlock()
	if m.closed {
		return ErrClosed
	}
	if m.paused {
		m.paused = false
		m.core.Release()
	}
	return nil
}

// Paused reports whether the machine is paused.
func (m *Machine) Paused() bool {
	m.life.Lock()
	defer m.life.Unlock()
	return m.paused
}

// NMI makes a non-maskable interrupt pending for a hart, which takes it as soon as the guest's
// M-mode software allows NMIs. One that is pending already is the same.
func (m *Machine) NMI(hart int) error {
	m.life.Lock()
	defer m.life.Unlock()
	switch {
	case m.closed:
		return ErrClosed
	case hart < 0 || hart >= len(m.core.Harts):
		return fmt.Errorf("NMI: there is no hart %d; choose 0 to %d", hart, len(m.core.Harts)-1)
	case !m.core.Harts[hart].NMI():
		return errors.New("NMI: harts have no handler for it; give its address (nmi-vector)")
	}
	return nil
}

// Stop ends the run as if the guest had exited with code.
func (m *Machine) Stop(code int) { m.interrupt(ending{reason: Stopped, code: code}) }

// finish records why the guest ends the machine, once.
// From here on no instruction has an effect outside of RAM, and harts end at their next block.
func (m *Machine) finish(e ending) {
	if m.over.Swap(true) {
		return
	}
	m.bus.freeze()
	m.core.HoldSoon()
	note(m.end, e)
}

// fail ends the machine with an error of its own.
func (m *Machine) fail(err error) { m.interrupt(ending{reason: Failed, code: 1, err: err}) }

// interrupt ends the run whatever the guest does, even if it waits for Stdout.
func (m *Machine) interrupt(e ending) {
	note(m.halt, e)
	m.stop()
	if m.bus != nil {
		m.bus.endSoon()
	}
}

// note leaves e in c unless there is something already.
func note(c chan<- ending, e ending) {
	select {
	case c <- e:
	default:
	}
}

// Close gives back what the machine holds and ends Run as Stop does, if it is
// under way. Run has done so when it returns.
func (m *Machine) Close() error {
	m.started.Store(true) // it cannot be run any more
	m.Stop(0)
	m.heap.abort() // so that a Pause that waits for a hart in a large stack does not hold life for long
	m.life.Lock()
	defer m.life.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	var errs []error
	if m.core != nil {
		m.core.Hold()
	}
	if m.htif != nil {
		m.htif.close()
	}
	m.stuck.close()
	if m.bus != nil {
		errs = append(errs, m.bus.close())
	}
	if m.cfg.Link != nil { // which no device has, if New has failed
		errs = append(errs, m.cfg.Link.Close())
	}
	if m.calls != nil {
		errs = append(errs, m.calls.Close())
	}
	errs = append(errs, m.closeHeap())
	if m.core != nil {
		errs = append(errs, m.core.Close())
	}
	if m.dump != nil {
		errs = append(errs, m.dump.close())
	}
	if m.perf != nil {
		errs = append(errs, m.perf.close())
	}
	return errors.Join(errs...)
}
