package runtime

import (
	"github.com/hartwood-vm/hartwood/jitworker/engine"
)

// HasCompiler says whether there is a compiler of native code for this host. Without one everything is interpreted.
const HasCompiler = engine.Supported

// native is how native code is to be made, nil if none is. The files for perf are begun.
func (m *Machine) native() (*engine.Config, error) {
	if m.cfg.JIT.Mode == JITOff || !engine.Supported {
		return nil, nil
	}
	cfg := &engine.Config{
		Workers: m.cfg.JIT.Config, Cache: m.cfg.CodeCache, Store: m.cfg.CodeStore, Profile: m.cfg.JIT.Profile,
		Wait: m.cfg.test.wait, Forms: m.cfg.test.forms, Before: m.cfg.test.before,
	}
	if m.cfg.JIT.Mode == JITOn {
		cfg.Regions = m.cfg.JIT.RegionSamples
	}
	if m.cfg.Warn != nil {
		cfg.Warn = func(line string) { m.warn("%s", line) }
	}
	if m.cfg.PerfMap != PerfMapOff {
		if err := perfMaps.open(m.cfg.PerfMap == PerfMapKeep); err != nil {
			return nil, err
		}
		m.perf = &perfMaps
	}
	if m.cfg.JITDump != "" {
		if err := jitDumps.open(m.cfg.JITDump); err != nil {
			return nil, err
		}
		m.dump = &jitDumps
	}
	if m.perf != nil || m.dump != nil {
		cfg.Placed = m.placed
	}
	return cfg, nil
}
