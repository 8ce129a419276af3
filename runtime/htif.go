package runtime

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/hostcall"
	"github.com/hartwood-vm/hartwood/runtime/device/htif"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// halfPatience is how long the lower half of tohost waits for the upper one once every
// hart has passed a safe point.
const halfPatience = 100 * time.Millisecond

// hostPort serves a bare-metal program's tohost and fromhost words.
type hostPort struct {
	m    *Machine
	port *htif.Port

	// work are the system calls under way. Their goroutine writes to the guest's memory,
	// and so to tohost if the guest says so, with mu free.
	work sync.WaitGroup

	mu      sync.Mutex
	busy    bool        // protected by mu: a command has not been answered yet
	waiting *htif.Event // protected by mu: it asks for input that is not there; nil: none does
	news    uint64      // protected by mu: how often input has arrived
	timing  bool        // protected by mu: a half is waited for
	closed  bool        // protected by mu
}

// connectHTIF watches the words, once.
func (m *Machine) connectHTIF() error {
	if m.plan.HTIF == nil || m.started.Load() {
		return nil
	}
	if err := m.watchHTIF(m.plan.HTIF.ToHost, m.plan.HTIF.FromHost); err != nil {
		return fmt.Errorf("the program's tohost and fromhost: %w", err)
	}
	return nil
}

// watchHTIF serves the words at two physical addresses, of which fromhost may be 0.
func (m *Machine) watchHTIF(tohost, fromhost uint64) error {
	port, err := htif.NewPort(m.core.Mem, tohost, fromhost)
	if err != nil {
		return err
	}
	m.htif = &hostPort{m: m, port: port}
	return m.core.Mem.Watch(tohost, 8, m.htif.stored)
}

// stored is called when the guest has written to tohost.
func (p *hostPort) stored(pa, n uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.m.over.Load() {
		return
	}
	e, half, err := p.port.Stored(pa, n)
	if half != 0 {
		p.await(half)
		return
	}
	p.serve(e, err)
}

// await looks later whether the half has become whole. One timer at a time does: a guest
// can store halves without end. The caller holds mu.
func (p *hostPort) await(half uint64) {
	if p.timing {
		return
	}
	p.timing = true
	go p.m.core.Handshake(p.m.core.Harts, func(*vcpu.Hart) {}, func() { time.AfterFunc(halfPatience, func() { p.late(half) }) })
}

func (p *hostPort) late(half uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timing = false; p.closed || p.m.over.Load() {
		return
	}
	e, more, err := p.port.Late(half)
	if more != 0 {
		p.await(more)
	}
	p.serve(e, err)
}

// serve does what a command asks for. The caller holds mu.
func (p *hostPort) serve(e htif.Event, err error) {
	switch {
	case err != nil:
		p.m.fail(fmt.Errorf("guest's tohost: %w", err))
	case e.Kind == htif.Exit:
		p.m.finish(ending{reason: Exited, code: int(e.Code)})
	case e.Kind == htif.Putchar:
		p.m.bus.console.writeByte(e.Char)
	case e.Kind != htif.Getchar && e.Kind != htif.Syscall:
	case p.busy:
		p.m.fail(errors.New("guest's tohost: a command before the last one has been answered"))
	default:
		p.busy = true
		p.try(e)
	}
}

// try answers a command, or has it wait for input. The caller holds mu.
func (p *hostPort) try(e htif.Event) {
	p.waiting = nil
	if e.Kind == htif.Syscall {
		p.work.Go(func() { p.call(e) })
		return
	}
	var b [1]byte
	if n, _ := p.m.bus.console.readNow(b[:]); n == 0 {
		p.waiting = &e // at the input's end for ever
		return
	}
	p.answer(0x100|uint64(b[0]), e)
}

// answer says that e is done. The caller holds mu.
func (p *hostPort) answer(result uint64, e htif.Event) {
	p.busy = false
	p.port.Answer(result, e)
}

// call carries out the system call that e asks for.
func (p *hostPort) call(e htif.Event) {
	p.mu.Lock()
	news := p.news
	p.mu.Unlock()
	done := p.system(e.Block)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
	case done:
		p.answer(1, e)
	case p.news != news: // input that has arrived meanwhile
		p.try(e)
	default:
		p.waiting = &e
	}
}

// system carries out the system call at block and puts the result there.
func (p *hostPort) system(block uint64) (done bool) {
	var b [hostcall.Words * 8]byte
	if err := p.m.core.Mem.ReadAt(b[:], block); err != nil {
		p.m.fail(fmt.Errorf("guest's tohost: system call: %w", err))
		return false
	}
	var w [hostcall.Words]uint64
	for i := range w {
		w[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	v, err := p.m.calls.System(physicalMemory{p.m}, w)
	if err != nil {
		return false
	}
	binary.LittleEndian.PutUint64(b[:], v)
	return p.m.core.Mem.WriteAt(b[:8], block) == nil
}

// physicalMemory is memory by physical address (hostcall.Memory).
type physicalMemory struct{ m *Machine }

func (m physicalMemory) Read(pa uint64, p []byte) bool  { return m.m.core.Mem.ReadAt(p, pa) == nil }
func (m physicalMemory) Write(pa uint64, p []byte) bool { return m.m.core.Mem.WriteAt(p, pa) == nil }

// again tries the command that waits for input.
func (p *hostPort) again() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.news++
	if p.waiting != nil && !p.closed {
		p.try(*p.waiting)
	}
}

// reset forgets what the guest has asked for. No hart runs.
func (p *hostPort) reset() {
	p.mu.Lock()
	p.waiting = nil
	p.port.Reset()
	p.mu.Unlock()
	p.work.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting, p.busy = nil, false
}

// close ends all access to the guest's memory. No hart runs.
func (p *hostPort) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.work.Wait()
}
