package runtime

import (
	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// startJIT makes the compiler of native code, if the configuration asks for one
// and the host can run it.
func (m *Machine) startJIT() (err error) {
	if m.cfg.JIT == JITOff || !engine.Supported {
		return nil
	}
	cfg := engine.Config{Workers: jitworker.DefaultConfig(), Cache: codecache.DefaultConfig()}
	cfg.Workers.Workers = m.cfg.JITWorkers
	cfg.Workers.Threshold.Min, cfg.Workers.Threshold.Max = uint32(m.cfg.JITThresholdMin), uint32(m.cfg.JITThresholdMax)
	if m.jit, err = engine.New(cfg, m.cache, m.quiesce); err != nil {
		return err
	}
	m.cache.Compile(m.jit)
	for _, h := range m.harts {
		m.jit.Attach(h.S)
	}
	return nil
}

// quiesce calls done when every hart has left native code and forgotten where
// any is.
func (m *Machine) quiesce(done func()) {
	m.handshake(m.harts, func(h *vcpu.Hart) { h.Core.DropNative() }, done)
}
