package vcpu

import (
	"math"
	"slices"
	"testing"
	"time"
)

func untold(bool, time.Duration) {}

// The report compares budgets of one kind with budgets of the other; mixed ones
// count for neither.
func TestBenefitSamples(t *testing.T) {
	var b benefit
	reports := 0
	told := map[bool][]time.Duration{}
	timed := func(native bool, thousand time.Duration) { told[native] = append(told[native], thousand) }
	for range 10 * reportEvery {
		if b.sample(1000, 1000, 500, timed) || b.sample(1000, 500, 90000, timed) || b.sample(1000, 0, 2000, timed) {
			reports++
		}
	}
	for native, want := range map[bool]time.Duration{true: 500, false: 2000} {
		if got := told[native]; len(got) < 9*reportEvery || slices.Min(got) != want || slices.Max(got) != want {
			t.Errorf("of native code (%v) is told %v, want %v each time", native, got, want)
		}
	}
	if math.Abs(b.native-0.5) > 1e-9 || math.Abs(b.interpreted-2) > 1e-9 {
		t.Errorf("native %g ns, interpreted %g ns; want 0.5 and 2", b.native, b.interpreted)
	}
	if reports != 20 {
		t.Errorf("%d reports of %d samples, want one every %d", reports, 20*reportEvery, reportEvery)
	}
}

func TestBenefitNeedsBothKinds(t *testing.T) {
	var b benefit
	for range 10 * reportEvery {
		if b.sample(1000, 1000, 500, untold) {
			t.Fatal("a report without an interpreted budget")
		}
	}
}

func TestBenefitFollowsTheLoad(t *testing.T) {
	b := benefit{native: 1, interpreted: 5}
	for range 200 {
		b.sample(1000, 990, 3000, untold)
	}
	if math.Abs(b.native-3) > 0.01 {
		t.Errorf("native %g ns after 200 samples of 3", b.native)
	}
}
