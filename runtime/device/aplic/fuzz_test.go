package aplic

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

// checkDomain looks for what registers can never be, and that each signal is what follows from them, by the specification's
// words and not by the controller's functions.
func (r *rig) checkDomain(l device.Level) {
	d := r.Domain(l)
	best := map[int]uint32{}
	for src := 1; src <= Sources; src++ {
		mode := d.source[src]
		active := mode == detached || mode >= edgeRise && mode <= levelLow
		if !active && (d.pending.has(src) || d.enable.has(src) || d.target[src] != 0) || mode == delegated && l == sLevel {
			r.t.Fatalf("%s: source %d with mode %#x has more than that", l.Name(), src, mode)
		}
		if active && l == sLevel && r.Domain(mLevel).source[src] != delegated {
			r.t.Fatalf("source %d is in both domains", src)
		}
		wire := r.wires.has(src)
		if mode == levelLow {
			wire = !wire
		}
		if mode == levelLow || mode == levelHigh {
			if d.pending.has(src) && !wire || r.direct() && d.pending.has(src) != wire {
				r.t.Fatalf("%s: source %d pending %v, its level is %v", l.Name(), src, d.pending.has(src), wire)
			}
		}
		if !r.direct() {
			if d.enabled && d.pending.has(src) && d.enable.has(src) {
				r.t.Fatalf("%s: source %d is not sent", l.Name(), src)
			}
			continue
		}
		hart, priority := int(d.target[src]>>18), d.target[src]&0xff
		if hart < len(d.idcs) && d.pending.has(src) && d.enable.has(src) {
			if th := uint32(d.idcs[hart].threshold); th == 0 || priority < th {
				if was, ok := best[hart]; !ok || priority < was&0xff {
					best[hart] = uint32(src)<<16 | priority
				}
			}
		}
	}
	for hart := range d.idcs {
		if got := r.load(l, idcOf(hart, idcTop)); got != uint64(best[hart]) {
			r.t.Fatalf("%s%d: topi %#x, want %#x", l.Name(), hart, got, best[hart])
		}
		want := d.enabled && d.idcs[hart].delivery && (best[hart] != 0 || d.idcs[hart].force)
		if r.levels[l.Name()+string(rune('0'+hart))] != want {
			r.t.Fatalf("%s%d: signal %v", l.Name(), hart, !want)
		}
	}
}

// FuzzRegisters has a guest store what it likes to both domains while wires change.
func FuzzRegisters(f *testing.F) {
	step := func(kind byte, off uint16, v uint32) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint16([]byte{kind}, off), v)
	}
	seed := func(direct byte, mode uint32) []byte {
		b := []byte{direct}
		for _, s := range [][]byte{
			step(0, regSource, delegated), step(1, regSource, mode), step(1, regTarget, 1<<18|3), step(1, regSetIE, 2),
			step(1, regDomain, domainEnable), step(1, uint16(idcOf(1, idcDelivery)), 1), step(2, 1, 1), step(3, uint16(idcOf(1, idcClaim)), 0),
			step(1, regSetIPNum, 1), step(2, 1, 0), step(0, regSource, edgeRise), step(1, regGenMSI, 1<<18|9),
		} {
			b = append(b, s...)
		}
		return b
	}
	for _, mode := range []uint32{detached, edgeRise, edgeFall, levelHigh, levelLow} {
		f.Add(seed(0, mode))
		f.Add(seed(1, mode))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		r := newRig(t, 2, data[0]&1 != 0, func(c *Config) { c.Delegated = data[0]&2 != 0 })
		for data = data[1:]; len(data) >= 7; data = data[7:] {
			off, v := uint64(binary.LittleEndian.Uint16(data[1:]))&^3, binary.LittleEndian.Uint32(data[3:])
			switch data[0] & 3 {
			case 0, 1:
				r.store(device.Level(data[0]&1), off%Size(2), uint64(v))
			case 2:
				r.line(int(off>>2%Sources)+1, v&1 != 0)
			case 3:
				r.load(device.Level(v&1), off%Size(2))
			}
			r.checkDomain(mLevel)
			r.checkDomain(sLevel)
		}
		again := newRig(t, 2, r.direct(), nil)
		for l := range device.Levels {
			statetest.Move(t, r.Domain(l).State(), again.Domain(l).State())
		}
		again.checkDomain(mLevel)
		again.checkDomain(sLevel)
	})
}

// A controller goes on as another one, whether devices drive their lines before or after.
func TestState(t *testing.T) {
	for _, direct := range []bool{false, true} {
		from, to := newRig(t, 2, direct, nil), newRig(t, 2, direct, nil)
		from.configure(3, levelHigh, 1<<18|7)
		from.configure(4, edgeRise, 1<<18|8)
		from.store(mLevel, regSource, detached)
		from.store(mLevel, regSetIPNum, 1)
		from.store(mLevel, regGenMSI, 1<<18|5)
		from.line(3, true)
		from.line(4, true)
		if direct {
			from.store(sLevel, idcOf(1, idcDelivery), 1)
			from.store(sLevel, idcOf(1, idcThreshold), 0x40)
			from.store(sLevel, idcOf(0, idcForce), 1)
		}
		from.took()
		statetest.Spoil(t, from.Domain(mLevel).State(), to.Domain(mLevel).State())
		statetest.Move(t, from.Domain(mLevel).State(), to.Domain(mLevel).State())
		statetest.Spoil(t, from.Domain(sLevel).State(), to.Domain(sLevel).State())
		statetest.Move(t, from.Domain(sLevel).State(), to.Domain(sLevel).State())
		to.line(3, true)
		to.line(4, true)
		for _, r := range []*rig{from, to} {
			r.store(sLevel, regDomain, domainEnable)
			r.line(4, false)
			r.line(4, true)
		}
		if a, b := from.took(), to.took(); a != b || !direct && a != "[S1:7 S1:8 S1:8]" || from.levels["S1"] != to.levels["S1"] || from.levels["S1"] != direct {
			t.Errorf("direct %v: sent %s and %s, levels %v and %v", direct, a, b, from.levels, to.levels)
		}
		to.Domain(mLevel).Reset() // delegates nothing, as does a state that is restored
		before, err := newRig(t, 2, direct, nil).Domain(mLevel).Save()
		if err != nil {
			t.Fatal(err)
		}
		if from.Domain(mLevel).Restore(before) != nil {
			t.Fatal("the state of a new domain is refused")
		}
		for _, r := range []*rig{from, to} {
			if r.checkDomain(sLevel); r.load(sLevel, regSource+4*2) != 0 || r.levels["S1"] {
				t.Error("the S-level domain keeps a source that is not delegated")
			}
		}
		if !direct {
			statetest.Scramble(t, from.Domain(mLevel).State(), newRig(t, 2, direct, nil).Domain(mLevel), Size(2))
			continue
		}
		from.configure(3, levelHigh, 1<<18|7)
		to.configure(3, levelHigh, 1<<18|7)
		statetest.Scramble(t, from.Domain(sLevel).State(), to.Domain(sLevel), Size(2))
	}
}

// States that no domain has.
func TestBadStates(t *testing.T) {
	for _, direct := range []bool{false, true} {
		for i, bad := range []func(*State){
			func(s *State) { s.Wires[0] |= 1 }, func(s *State) { s.Pending[3] |= 2 }, func(s *State) { s.Enable[0] |= 1 },
			func(s *State) { s.Source[0] = detached }, func(s *State) { s.Source[5] = detached }, func(s *State) { s.Source[3] = 2 },
			func(s *State) { s.Source[3] = delegated }, func(s *State) { s.Target[9] = 1 }, func(s *State) { s.Pending[0] |= 1 << 9 },
			func(s *State) { s.Enable[0] |= 1 << 9 }, func(s *State) { s.Target[3] |= 1 << 12 }, func(s *State) { s.Message = 1 << 12 },
			func(s *State) { s.IDCs = append(s.IDCs, IDCState{}) },
		} {
			r := newRig(t, 1, direct, nil)
			r.configure(3, levelHigh, 1)
			s, err := r.Domain(sLevel).Save()
			if err != nil {
				t.Fatal(err)
			}
			if bad(&s); !errors.Is(r.Domain(sLevel).Restore(s), device.ErrState) {
				t.Errorf("direct %v, %d: taken", direct, i)
			}
		}
	}
}
