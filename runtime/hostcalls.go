package runtime

import (
	"fmt"
	"path/filepath"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/boot"
	"github.com/hartwood-vm/hartwood/runtime/device/hostcall"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// startCalls readies the calls that a bare-metal program makes to its host, and has harts
// make those of semihosting.
func (m *Machine) startCalls() (err error) {
	program := "program"
	if m.cfg.Program != "" {
		program = filepath.Base(m.cfg.Program)
	}
	m.calls, err = hostcall.New(hostcall.Environment{
		Output:  callOutput{m},
		Input:   func(p []byte) (int, bool) { return m.bus.console.readNow(p) },
		Exit:    func(code int) { m.finish(ending{reason: Exited, code: code}) },
		Ticks:   func() uint64 { return uint64(m.core.Clock.Ticks()) },
		Program: program, Frequency: vcpu.TimeFrequency,
	}, m.cfg.HostFiles)
	if err != nil {
		return fmt.Errorf("--host-files: %w; name a directory", err)
	}
	if m.cfg.Semihosting && m.plan.Mode == boot.Machine && m.cfg.firmware() == "" {
		for _, h := range m.core.Harts {
			h.Debug((*semihost)(m))
		}
	}
	return nil
}

// callOutput is the console, which comes into being later.
type callOutput struct{ m *Machine }

func (o callOutput) Write(p []byte) (int, error) { return o.m.bus.console.Write(p) }

// semihost is the machine as its harts see it (vcpu.Semihost).
type semihost Machine

// Semihost carries out the call of h. A hart that has to wait for input is stalled before
// it looks a last time, so that input which comes in between is not missed.
func (s *semihost) Semihost(h *vcpu.Hart) vcpu.CallResult {
	if s.over.Load() {
		h.Stall()
		return vcpu.CallBlocked
	}
	for stalled := false; ; stalled = true {
		v, err := s.calls.Semihost(hartMemory{h}, h.X(10), h.X(11))
		switch {
		case err == nil:
			h.SetX(10, v)
			if stalled {
				h.Resume()
			}
			return vcpu.CallDone
		case stalled:
			return vcpu.CallBlocked
		}
		h.Stall()
		s.readers.add(h)
	}
}

// hartMemory is memory as a hart sees it (hostcall.Memory).
type hartMemory struct{ h *vcpu.Hart }

func (m hartMemory) Read(addr uint64, p []byte) bool  { return m.h.ReadVirtual(addr, p) }
func (m hartMemory) Write(addr uint64, p []byte) bool { return m.h.WriteVirtual(addr, p) }

// readers are the harts that wait for input.
type readers struct {
	mu    sync.Mutex
	harts map[*vcpu.Hart]bool // protected by mu
}

func (r *readers) add(h *vcpu.Hart) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.harts == nil {
		r.harts = make(map[*vcpu.Hart]bool)
	}
	r.harts[h] = true
}

// resume lets them look again.
func (r *readers) resume() {
	r.mu.Lock()
	harts := r.harts
	r.harts = nil
	r.mu.Unlock()
	for h := range harts {
		h.Resume()
	}
}

// inputArrived is called by the console's reader.
func (m *Machine) inputArrived() {
	m.readers.resume()
	if m.htif != nil {
		m.htif.again()
	}
}
