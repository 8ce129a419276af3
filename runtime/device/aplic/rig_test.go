package aplic

import (
	"fmt"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

const (
	mLevel = device.MachineLevel
	sLevel = device.SupervisorLevel
)

// rig is a controller whose outputs and messages are written down.
type rig struct {
	*Controller
	t      testing.TB
	levels map[string]bool // of "S1": S level, hart 1
	sent   []string        // "S1:7": message 7 to it
}

func newRig(t testing.TB, harts int, direct bool, with func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, levels: map[string]bool{}}
	cfg := Config{Harts: harts}
	if direct {
		cfg.Output = func(l device.Level, hart int, up bool) {
			key := l.Name() + fmt.Sprint(hart)
			if r.levels[key] == up || hart >= harts {
				t.Errorf("%s told %v twice", key, up)
			}
			r.levels[key] = up
		}
	} else {
		cfg.Send = func(l device.Level, hart int, id uint32) {
			if hart >= harts || id > targetIdentity {
				t.Errorf("message %d to hart %d", id, hart)
			}
			r.sent = append(r.sent, fmt.Sprintf("%s%d:%d", l.Name(), hart, id))
		}
	}
	if with != nil {
		with(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Controller = c
	return r
}

func (r *rig) store(l device.Level, off, v uint64) {
	r.t.Helper()
	if !r.Domain(l).Store(off, 4, v) {
		r.t.Fatalf("store at %#x refused", off)
	}
}

func (r *rig) load(l device.Level, off uint64) uint64 {
	r.t.Helper()
	v, ok := r.Domain(l).Load(off, 4)
	if !ok {
		r.t.Fatalf("load at %#x refused", off)
	}
	return v
}

func (r *rig) line(src int, up bool) {
	r.t.Helper()
	l, err := r.Line(src)
	if err != nil {
		r.t.Fatal(err)
	}
	l(up)
}

// configure delegates a source to S level and sets it up there, enabled.
func (r *rig) configure(src uint64, mode, target uint64) {
	r.store(mLevel, regSource+4*(src-1), delegated)
	r.store(sLevel, regSource+4*(src-1), mode)
	r.store(sLevel, regTarget+4*(src-1), target)
	r.store(sLevel, regSetIENum, src)
}

func (r *rig) pending(src uint64) bool { return r.load(sLevel, regSetIP+src/32*4)>>(src%32)&1 != 0 }

// took returns what has been sent since it was called last.
func (r *rig) took() string {
	s := fmt.Sprint(r.sent)
	r.sent = nil
	return s
}

func idcOf(hart int, reg uint64) uint64 { return regIDC + uint64(hart)*idcSize + reg }
