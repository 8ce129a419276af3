package imsic

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

var _ device.Device = (*Device)(nil)

type rig struct {
	*Device
	t      testing.TB
	levels []bool
}

func newRig(t testing.TB, harts int) *rig {
	t.Helper()
	r := &rig{t: t, levels: make([]bool, harts)}
	d, err := New(Config{Harts: harts, Output: func(hart int, level bool) {
		if r.levels[hart] == level {
			t.Errorf("hart %d told %v twice", hart, level)
		}
		r.levels[hart] = level
	}})
	if err != nil {
		t.Fatal(err)
	}
	r.Device = d
	return r
}

// post is a message to a hart.
func (r *rig) post(hart int, id uint64) {
	r.t.Helper()
	if !r.Store(uint64(hart)*PageSize, 4, id) {
		r.t.Fatalf("message %d to hart %d refused", id, hart)
	}
}

func write(f *InterruptFile, reg, v uint64) { f.Write(reg, v, ^uint64(0)) }

// A message is pending, and delivered when it is enabled; the lowest number comes first.
func TestDelivery(t *testing.T) {
	r := newRig(t, 3)
	f := r.File(1)
	r.post(1, 200)
	r.post(1, 3)
	if f.Read(regPending) != 1<<3 || f.Read(regPending+6) != 1<<(200-192) || r.File(0).Read(regPending)|r.File(2).Read(regPending) != 0 {
		t.Fatalf("pending %+v", f.get())
	}
	write(f, regEnable, ^uint64(0))
	write(f, regEnable+6, 1<<(200-192))
	if r.levels[1] || f.Top() != 3<<16|3 {
		t.Errorf("delivered while eidelivery is 0, or the top is %#x", f.Top())
	}
	write(f, regDelivery, 1)
	if !r.levels[1] || r.levels[0] || r.levels[2] {
		t.Fatalf("levels %v", r.levels)
	}
	for _, want := range []uint64{3<<16 | 3, 200<<16 | 200, 0, 0} {
		if got := f.Claim(); got != want || r.levels[1] != (want == 3<<16|3) {
			t.Errorf("claimed %#x, want %#x; level %v", got, want, r.levels[1])
		}
	}
	r.post(1, 3)
	write(f, regEnable, 0)
	if r.levels[1] || f.Top() != 0 || f.Read(regPending) != 1<<3 {
		t.Error("an identity that is not enabled is delivered, or lost")
	}
}

// eithreshold keeps its number and those above from counting, and eidelivery changes the signal alone.
func TestThresholdAndDelivery(t *testing.T) {
	r := newRig(t, 1)
	f := r.File(0)
	write(f, regDelivery, 1)
	write(f, regEnable+2, 3) // 64 and 65
	r.post(0, 65)
	for _, c := range []struct {
		threshold uint64
		counts    bool
	}{{0, true}, {1, false}, {64, false}, {65, false}, {66, true}, {255, true}} {
		write(f, regThreshold, c.threshold)
		if r.levels[0] != c.counts || f.Top() != 0 != c.counts || f.Read(regThreshold) != c.threshold {
			t.Errorf("threshold %d reads %d: level %v, top %#x", c.threshold, f.Read(regThreshold), r.levels[0], f.Top())
		}
	}
	write(f, regThreshold, 65)
	if f.Claim() != 0 || f.Read(regPending+2) != 2 {
		t.Error("an identity beyond the threshold is claimed")
	}
	write(f, regThreshold, 0)
	write(f, regDelivery, 0)
	if r.levels[0] || f.Top() != 65<<16|65 {
		t.Error("without delivery the signal stays, or the top goes")
	}
	for _, v := range []uint64{1, 2, 0x4000_0000} {
		if write(f, regDelivery, v); f.Read(regDelivery) != 1 {
			t.Errorf("eidelivery takes %#x", v)
		}
	}
}

// Registers that RV64 has, and what they keep of a write.
func TestRegisters(t *testing.T) {
	f := newRig(t, 1).File(0)
	for reg := range uint64(0x200) {
		want := reg >= 0x70 && reg < 0x80 || reg >= 0x80 && reg < 0x100 && reg%2 == 0
		if f.Has(reg) != want {
			t.Errorf("register %#x is there: %v", reg, f.Has(reg))
		}
		if !want {
			continue
		}
		keeps := map[uint64]uint64{
			0x70: 0, 0x72: 255, 0x80: ^uint64(1), 0x82: ^uint64(0), 0x84: ^uint64(0), 0x86: ^uint64(0),
			0xc0: ^uint64(1), 0xc2: ^uint64(0), 0xc4: ^uint64(0), 0xc6: ^uint64(0),
		}[reg]
		write(f, reg, ^uint64(0))
		if got := f.Read(reg); got != keeps {
			t.Errorf("register %#x keeps %#x, want %#x", reg, got, keeps)
		}
		if write(f, reg, 0); f.Read(reg) != 0 {
			t.Errorf("register %#x keeps %#x of 0", reg, f.Read(reg))
		}
	}
	f.Write(regPending, 0xf0, 0xff)
	f.Write(regPending, 0x0f, 0x3)
	if got := f.Read(regPending); got != 0xf2 {
		t.Errorf("pending bits %#x, of which two have been written", got)
	}
}

// Stores that are no messages do nothing; other sizes than four bytes are refused.
func TestPages(t *testing.T) {
	r := newRig(t, 3)
	if Size(1) != 0x1000 || Size(2) != 0x2000 || Size(3) != 0x4000 || Size(4095) != 0x100_0000 {
		t.Errorf("sizes %#x %#x %#x %#x", Size(1), Size(2), Size(3), Size(4095))
	}
	for _, id := range []uint64{0, 256, 2047, 1 << 31} {
		r.post(0, id)
	}
	for _, off := range []uint64{4, 8, 0xffc, 0x3000, 0x3ffc} { // the big-endian register, reserved bytes, a page of nobody's
		r.Store(off, 4, 5<<24|5)
		if v, ok := r.Load(off, 4); v != 0 || !ok {
			t.Errorf("%#x reads %#x", off, v)
		}
	}
	for hart := range 3 {
		if f := r.File(hart).get(); f != (FileState{}) {
			t.Errorf("hart %d has got %+v", hart, f)
		}
	}
	for _, size := range []int{1, 2, 8} {
		if _, ok := r.Load(0, size); ok || r.Store(0, size, 1) {
			t.Errorf("access of %d bytes accepted", size)
		}
	}
	r.post(2, 5)
	if v, _ := r.Load(0x2000, 4); v != 0 || r.File(2).Read(regPending) != 1<<5 {
		t.Error("the register reads what was written, or the message is lost")
	}
	for _, c := range []Config{{}, {Harts: 0, Output: func(int, bool) {}}, {Harts: MaxHarts + 1, Output: func(int, bool) {}}, {Harts: 1}} {
		if _, err := New(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%d harts: %v", c.Harts, err)
		}
	}
}

// Random messages and accesses against a file that is written down in the plainest way.
func TestAgainstModel(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 2))
		r := newRig(t, 1)
		f := r.File(0)
		var pending, enabled [256]bool
		delivery, threshold := false, 0
		top := func() int {
			for id := 1; id < 256; id++ {
				if pending[id] && enabled[id] && (threshold == 0 || id < threshold) {
					return id
				}
			}
			return 0
		}
		for step := range 3000 {
			id := rng.IntN(256)
			switch rng.IntN(6) {
			case 0:
				r.post(0, uint64(id))
				pending[id] = id != 0
			case 1, 2:
				reg, bits := uint64(regPending), &pending
				if rng.IntN(2) == 0 {
					reg, bits = regEnable, &enabled
				}
				v, touched := rng.Uint64(), rng.Uint64()
				f.Write(reg+uint64(id/64*2), v, touched)
				for i := range 64 {
					if n := id/64*64 + i; n != 0 && touched>>i&1 != 0 {
						bits[n] = v>>i&1 != 0
					}
				}
			case 3:
				threshold = id
				write(f, regThreshold, uint64(id))
			case 4:
				delivery = id > 80
				write(f, regDelivery, map[bool]uint64{true: 1}[delivery])
			case 5:
				want := top()
				if got := f.Claim(); got != value(uint32(want)) {
					t.Fatalf("seed %d step %d: claimed %#x, want %d", seed, step, got, want)
				}
				pending[want] = false
			}
			if want := top(); f.Top() != value(uint32(want)) || r.levels[0] != (delivery && want != 0) {
				t.Fatalf("seed %d step %d: top %#x, level %v, want %d", seed, step, f.Top(), r.levels[0], want)
			}
		}
	}
}

// Messages from many senders while the hart claims: each that was sent after the last claim of its identity is claimed, and
// the level is up whenever something is left.
func TestHammer(t *testing.T) {
	const senders, each = 4, 2000
	var level atomic.Bool
	d, err := New(Config{Harts: 1, Output: func(_ int, l bool) { level.Store(l) }})
	if err != nil {
		t.Fatal(err)
	}
	f := d.File(0)
	write(f, regDelivery, 1)
	write(f, regEnable, ^uint64(0))
	var work [senders + 1]atomic.Int64 // what a sender has to be done, by its identity
	var wg sync.WaitGroup
	for id := 1; id <= senders; id++ {
		wg.Go(func() {
			for range each {
				work[id].Add(1)
				d.Store(0, 4, uint64(id))
			}
		})
	}
	sent := make(chan struct{})
	go func() { wg.Wait(); close(sent) }()
	done := int64(0)
	for over := false; ; {
		if level.Load() {
			done += work[f.Claim()>>16].Swap(0)
		} else if over {
			break
		}
		select {
		case <-sent:
			over = true
		default:
		}
	}
	if done != senders*each {
		t.Errorf("%d of %d", done, senders*each)
	}
}

// A controller goes on as another one.
func TestState(t *testing.T) {
	from, to := newRig(t, 3), newRig(t, 3)
	for hart := range 3 {
		f := from.File(hart)
		write(f, regDelivery, uint64(hart&1))
		write(f, regThreshold, uint64(100*hart))
		write(f, regEnable+2, 0xff0)
		write(f, regEnable, 0xf)
		from.post(hart, 64+5)
		from.post(hart, 2)
	}
	to.post(2, 9)
	statetest.Spoil(t, from.State(), to.State())
	statetest.Move(t, from.State(), to.State())
	for hart := range 3 {
		if from.levels[hart] != to.levels[hart] || from.levels[hart] != (hart == 1) || from.File(hart).Top() != to.File(hart).Top() {
			t.Errorf("hart %d: levels %v and %v", hart, from.levels[hart], to.levels[hart])
		}
	}
	for _, bad := range []func(*State){
		func(s *State) { s.Files = s.Files[:2] }, func(s *State) { s.Files[1].Threshold = 256 },
		func(s *State) { s.Files[1].Pending[0] |= 1 }, func(s *State) { s.Files[2].Enabled[0] |= 1 },
	} {
		s, err := from.Save()
		if err != nil {
			t.Fatal(err)
		}
		if bad(&s); !errors.Is(to.Restore(s), device.ErrState) {
			t.Errorf("%+v is taken", s)
		}
	}
	to.Reset()
	for hart := range 3 {
		if to.levels[hart] || to.File(hart).get() != (FileState{}) {
			t.Errorf("hart %d after a reset: %+v", hart, to.File(hart).get())
		}
	}
	statetest.Scramble(t, from.State(), newRig(t, 3).Device, Size(3))
}
