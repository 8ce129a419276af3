package aplic

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

var _ device.Device = (*Domain)(nil)

// A source is in the domain that it is delegated to, and nothing is left of it where it is not.
func TestDelegation(t *testing.T) {
	r := newRig(t, 2, false, nil)
	src5 := uint64(regSource + 4*4)
	if r.store(sLevel, src5, levelHigh); r.load(sLevel, src5) != 0 {
		t.Error("a source that is not delegated can be configured")
	}
	if r.store(mLevel, src5, delegated|3); r.load(mLevel, src5) != delegated {
		t.Errorf("sourcecfg is %#x, there is one child", r.load(mLevel, src5))
	}
	if r.store(sLevel, src5, delegated); r.load(sLevel, src5) != 0 {
		t.Error("a domain without children delegates")
	}
	for _, c := range []struct{ write, read uint64 }{{1, 1}, {2, 0}, {3, 0}, {4, 4}, {5, 5}, {6, 6}, {7, 7}, {0xffff_f9fe, 6}} {
		if r.store(sLevel, src5, c.write); r.load(sLevel, src5) != c.read {
			t.Errorf("sourcecfg keeps %#x of %#x", r.load(sLevel, src5), c.write)
		}
	}
	r.store(sLevel, src5, detached)
	r.store(sLevel, regSetIPNum, 5)
	r.store(sLevel, regSetIE, 1<<5)
	r.store(sLevel, regTarget+4*4, 1<<18|7)
	if !r.pending(5) || r.load(sLevel, regSetIE) != 1<<5 || r.load(sLevel, regTarget+4*4) != 1<<18|7 {
		t.Fatal("the source cannot be set up")
	}
	r.store(mLevel, src5, edgeRise)
	for _, off := range []uint64{src5, regSetIP, regSetIE, regTarget + 4*4} {
		if v := r.load(sLevel, off); v != 0 {
			t.Errorf("register %#x of the child is %#x after its source is taken back", off, v)
		}
	}
	r.store(mLevel, regDomain, domainEnable)
	r.store(mLevel, regTarget+4*4, 9)
	r.store(mLevel, regSetIENum, 5)
	if r.line(5, true); r.took() != "[M0:9]" {
		t.Error("the root does not deliver")
	}
	for _, off := range []uint64{regSource + 4*96, regTarget + 4*96} { // of source 97
		if r.store(mLevel, off, 1); r.load(mLevel, off) != 0 {
			t.Errorf("register %#x is there", off)
		}
	}
}

// When pending bits are set and cleared, by mode, way of delivery, wire and register ("Precise effects on interrupt-pending bits").
func TestPendingBits(t *testing.T) {
	for _, c := range []struct {
		name    string
		mode    uint64
		direct  bool
		steps   string // u, d: the wire; s, c: set and clear by number; S, C: by bits
		pending string // after each step
	}{
		{"detached", detached, false, "udsucC", "--xx--"},
		{"detached, direct", detached, true, "udSuC", "--xx-"},
		{"rising", edgeRise, false, "ucdsducSC", "x--xxx-x-"},
		{"falling", edgeFall, true, "ucdcsC", "--x-x-"},
		{"high", levelHigh, false, "sucsdSucC", "-x-x--x--"},
		{"high, direct", levelHigh, true, "sucCdSu", "-xxx--x"},
		{"low", levelLow, false, "cuSdcsu", "---x-x-"},
		{"low, direct", levelLow, true, "cuSdcu", "x--xx-"},
	} {
		r := newRig(t, 1, c.direct, nil)
		r.store(mLevel, regSource+4*40, delegated)
		r.store(sLevel, regSource+4*40, c.mode) // source 41
		got := ""
		for _, s := range c.steps {
			switch s {
			case 'u', 'd':
				r.line(41, s == 'u')
			case 's':
				r.store(sLevel, regSetIPNum, 41)
			case 'c':
				r.store(sLevel, regClrIPNum, 41)
			case 'S':
				r.store(sLevel, regSetIP+4, 1<<(41-32))
			case 'C':
				r.store(sLevel, regInClrIP+4, 1<<(41-32))
			}
			if r.pending(41) {
				got += "x"
			} else {
				got += "-"
			}
		}
		if got != c.pending {
			t.Errorf("%s: after %s pending %s, want %s", c.name, c.steps, got, c.pending)
		}
		wire := c.steps[len(c.steps)-1] == 'u'
		if wire {
			up := c.mode == levelHigh || c.mode == edgeRise
			if in := r.load(sLevel, regInClrIP+4)>>(41-32)&1 != 0; in != (up && c.mode != detached) {
				t.Errorf("%s: rectified input %v with the wire up", c.name, in)
			}
		}
		r.store(sLevel, regSource+4*40, inactive)
		if r.pending(41) {
			t.Errorf("%s: pending and inactive", c.name)
		}
	}
}

// Messages go out when source and domain are enabled, once for each time that a bit becomes pending.
func TestMessages(t *testing.T) {
	r := newRig(t, 3, false, nil)
	if v := r.load(sLevel, regDomain); v != 0x80000004 {
		t.Errorf("domaincfg is %#x", v)
	}
	r.configure(10, levelHigh, 2<<18|1<<12|0x7ff) // a guest's number is none
	r.configure(96, edgeRise, 1<<18|33)
	r.line(10, true)
	r.line(96, true)
	if r.took() != "[]" || !r.pending(10) || !r.pending(96) {
		t.Fatal("a domain that is off sends, or forgets")
	}
	r.store(sLevel, regDomain, 0xffff_ffff)
	if r.took() != "[S2:2047 S1:33]" || r.pending(10) || r.pending(96) || r.load(sLevel, regDomain) != 0x80000104 {
		t.Fatalf("domaincfg %#x", r.load(sLevel, regDomain))
	}
	r.store(sLevel, regSetIPNumLE, 10) // the wire is still up: it comes again
	r.line(10, false)
	r.store(sLevel, regSetIPNumLE, 10)
	r.store(sLevel, regSetIPNum, 0)
	r.store(sLevel, regSetIPNum, 97)
	r.store(sLevel, regSetIPNum, 1<<31)
	if got := r.took(); got != "[S2:2047]" {
		t.Errorf("sent %s", got)
	}
	r.store(sLevel, regClrIENum, 10)
	r.line(10, true)
	if r.took() != "[]" {
		t.Error("a source that is not enabled is sent")
	}
	r.store(sLevel, regSetIE, 1<<10)
	r.store(sLevel, regTarget+4*9, 3<<18|5) // no hart 3
	r.store(sLevel, regSetIPNum, 10)
	if got := r.took(); got != "[S2:2047]" || r.pending(10) {
		t.Errorf("sent %s", got)
	}
	r.store(sLevel, regDomain, 0)
	r.store(sLevel, regGenMSI, 1<<18|1<<12|9) // whether or not the domain is on
	if r.took() != "[S1:9]" || r.load(sLevel, regGenMSI) != 1<<18|9 {
		t.Errorf("genmsi %#x", r.load(sLevel, regGenMSI))
	}
	r.store(mLevel, regGenMSI, 9<<18|9)
	if r.took() != "[]" {
		t.Error("a message to no hart")
	}
	// The addresses are fixed: locked, and nothing to be seen.
	for off := uint64(0x1bc0); off < 0x1bd0; off += 4 {
		r.store(mLevel, off, 0x1234)
		want := uint64(0)
		if off == regMachineHi {
			want = addressLocked
		}
		if r.load(mLevel, off) != want || r.load(sLevel, off) != 0 {
			t.Errorf("register %#x is %#x and %#x", off, r.load(mLevel, off), r.load(sLevel, off))
		}
	}
	for _, reg := range []uint64{idcDelivery, idcThreshold} {
		if r.store(sLevel, idcOf(0, reg), 1); r.load(sLevel, idcOf(0, reg)) != 0 {
			t.Error("there are structures for direct delivery")
		}
	}
}

// A level that is up when its source is made active is not lost.
func TestLevelBeforeConfiguration(t *testing.T) {
	r := newRig(t, 1, false, func(c *Config) { c.Delegated = true })
	r.line(10, true)
	r.store(sLevel, regDomain, domainEnable)
	r.configure(10, levelHigh, 3)
	if got := r.took(); got != "[S0:3]" {
		t.Errorf("sent %s", got)
	}
	r.store(sLevel, regSource+4*9, levelHigh)
	if got := r.took(); got != "[]" {
		t.Errorf("the same mode again sends %s", got)
	}
}

// Signals, priorities, threshold and claims of direct delivery.
func TestDirectDelivery(t *testing.T) {
	r := newRig(t, 2, true, nil)
	if v := r.load(sLevel, regDomain); v != 0x80000000 {
		t.Errorf("domaincfg is %#x", v)
	}
	r.configure(3, levelHigh, 1<<18|0x10)
	r.configure(9, edgeRise, 1<<18|0x10f) // priority 15: eight bits
	r.configure(70, levelHigh, 1<<18|0xf00)
	if v := r.load(sLevel, regTarget+4*69); v != 1<<18|1 {
		t.Errorf("target is %#x: there is no priority 0", v)
	}
	r.configure(70, levelHigh, 1<<18|0x10)
	for _, src := range []int{3, 9, 70} {
		r.line(src, true)
	}
	top := idcOf(1, idcTop)
	if r.load(sLevel, top) != 9<<16|15 || r.load(sLevel, idcOf(0, idcTop)) != 0 || r.levels["S1"] {
		t.Errorf("topi %#x", r.load(sLevel, top))
	}
	r.store(sLevel, idcOf(1, idcDelivery), 1)
	if r.levels["S1"] {
		t.Error("a domain that is off signals")
	}
	if r.store(sLevel, regDomain, domainEnable|domainMessages); !r.levels["S1"] || r.levels["S0"] || r.levels["M1"] {
		t.Fatalf("levels %v", r.levels)
	}
	if r.load(sLevel, regDomain) != 0x80000100 {
		t.Errorf("domaincfg is %#x", r.load(sLevel, regDomain))
	}
	for _, c := range []struct{ threshold, top uint64 }{{15, 0}, {16, 9<<16 | 15}, {17, 9<<16 | 15}, {0, 9<<16 | 15}} {
		r.store(sLevel, idcOf(1, idcThreshold), c.threshold)
		if got := r.load(sLevel, top); got != c.top || r.levels["S1"] != (c.top != 0) {
			t.Errorf("threshold %d: topi %#x, level %v", c.threshold, got, r.levels["S1"])
		}
	}
	if got := r.load(sLevel, idcOf(1, idcClaim)); got != 9<<16|15 || r.pending(9) {
		t.Errorf("claimed %#x", got)
	}
	// A level stays pending when it is claimed; of equal ones the lower number comes first.
	for range 2 {
		if got := r.load(sLevel, idcOf(1, idcClaim)); got != 3<<16|16 {
			t.Errorf("claimed %#x", got)
		}
	}
	r.line(3, false)
	if got := r.load(sLevel, idcOf(1, idcClaim)); got != 70<<16|16 || !r.levels["S1"] {
		t.Errorf("claimed %#x", got)
	}
	r.store(sLevel, regTarget+4*69, 0<<18|2) // to hart 0, which is off
	if r.levels["S1"] || r.load(sLevel, idcOf(0, idcTop)) != 70<<16|2 {
		t.Error("a source that has gone elsewhere stays")
	}
	r.store(sLevel, idcOf(1, idcForce), 1)
	if !r.levels["S1"] || r.load(sLevel, idcOf(1, idcForce)) != 1 {
		t.Error("iforce does not force")
	}
	if r.load(sLevel, idcOf(1, idcClaim)) != 0 || r.levels["S1"] || r.load(sLevel, idcOf(1, idcForce)) != 0 {
		t.Error("a claim of nothing leaves iforce")
	}
	r.store(sLevel, idcOf(0, idcDelivery), 1)
	if r.store(sLevel, regClrIE+8, 1<<(70-64)); r.levels["S0"] {
		t.Error("a source that is not enabled signals")
	}
	r.store(sLevel, regGenMSI, 5)
	if r.load(sLevel, regGenMSI) != 0 {
		t.Error("genmsi in a domain that sends no messages")
	}
	for _, off := range []uint64{idcOf(2, idcDelivery), idcOf(0, 0x0c), Size(2) - 4, regClrIE, regSetIENum, 0x3800, 0x2004, regMachineHi} {
		if r.store(mLevel, off, 1); r.load(mLevel, off) != 0 {
			t.Errorf("register %#x is %#x", off, r.load(mLevel, off))
		}
	}
}

// Without software in M-mode all sources are the S-level domain's, after a reset too; a reset leaves nothing else.
func TestReset(t *testing.T) {
	for _, direct := range []bool{false, true} {
		r := newRig(t, 1, direct, func(c *Config) { c.Delegated = true })
		for range 2 {
			for src := uint64(1); src <= Sources; src++ {
				if r.load(mLevel, regSource+4*(src-1)) != delegated || r.load(sLevel, regSource+4*(src-1)) != 0 {
					t.Fatalf("source %d: %#x", src, r.load(mLevel, regSource+4*(src-1)))
				}
			}
			r.configure(7, edgeFall, 5)
			r.line(7, true)
			r.store(sLevel, regDomain, domainEnable)
			if r.line(7, false); direct {
				r.store(sLevel, idcOf(0, idcDelivery), 1)
				r.store(sLevel, idcOf(0, idcThreshold), 9)
			}
			if direct != r.levels["S0"] || !direct && r.took() != "[S0:5]" {
				t.Fatal("not set up")
			}
			r.line(7, true)
			r.Domain(sLevel).Reset()
			r.Domain(mLevel).Reset()
			for _, off := range []uint64{regSetIP, regSetIE, regTarget + 4*6, idcOf(0, idcDelivery), idcOf(0, idcThreshold)} {
				if v := r.load(sLevel, off); v != 0 {
					t.Errorf("register %#x is %#x after a reset", off, v)
				}
			}
			if r.levels["S0"] || r.load(sLevel, regDomain)&domainEnable != 0 {
				t.Error("the signal is up after a reset")
			}
		}
	}
}

func TestErrors(t *testing.T) {
	r := newRig(t, 1, false, nil)
	for _, size := range []int{1, 2, 8} {
		if _, ok := r.Domain(mLevel).Load(0, size); ok || r.Domain(mLevel).Store(0, size, 0) {
			t.Errorf("access of %d bytes accepted", size)
		}
	}
	for _, src := range []int{-1, 0, Sources + 1} {
		if _, err := r.Line(src); err == nil {
			t.Errorf("source %d exists", src)
		}
	}
	out, send := func(device.Level, int, bool) {}, func(device.Level, int, uint32) {}
	for _, c := range []Config{{}, {Harts: 1}, {Output: out}, {Harts: MaxHarts + 1, Send: send}, {Harts: 1, Output: out, Send: send}} {
		if _, err := New(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%d harts: %v", c.Harts, err)
		}
	}
	if Size(1) != 0x8000 || Size(512) != 0x8000 || Size(513) != 0xc000 {
		t.Errorf("sizes %#x %#x %#x", Size(1), Size(512), Size(513))
	}
}
