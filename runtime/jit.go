package runtime

import (
	"errors"
	"fmt"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// HasCompiler says whether there is a compiler of native code for this host. Without one everything is interpreted.
const HasCompiler = engine.Supported

// startJIT makes the compiler of native code, if the configuration asks for one
// and the host can run it.
func (m *Machine) startJIT() error {
	if m.cfg.JIT.Mode == JITOff || !engine.Supported {
		return nil
	}
	cfg := engine.Config{
		Workers: m.cfg.JIT.Config, Cache: m.cfg.CodeCache, Profile: m.cfg.JIT.Profile,
		Wait: m.cfg.test.wait, Before: m.cfg.test.before,
	}
	if m.cfg.PerfMap != PerfMapOff {
		if err := perfMaps.open(m.cfg.PerfMap == PerfMapKeep); err != nil {
			return err
		}
		m.perf, cfg.Placed = &perfMaps, perfMaps.placed(m.names)
	}
	e, err := engine.New(cfg, m.cache, m.quiesce)
	if err != nil {
		return fmt.Errorf("native code: %w; choose a smaller --code-cache-bytes or --jit off", err)
	}
	m.jit = e
	m.cache.Compile(m.jit)
	for _, h := range m.harts {
		m.jit.Attach(h.S, h.Core.Mode())
	}
	return nil
}

// closeJIT ends compilation. No hart may run.
func (m *Machine) closeJIT() (err error) {
	if m.jit != nil {
		err = m.jit.Close()
	}
	if m.perf != nil {
		err = errors.Join(err, m.perf.close())
	}
	return err
}

// quiesce calls done when every hart has left native code and forgotten where
// any is.
func (m *Machine) quiesce(done func()) {
	m.handshake(m.harts, func(h *vcpu.Hart) { h.Core.DropNative() }, done)
}
