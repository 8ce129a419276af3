package vcpu

import (
	"math"
	"testing"
)

// The report compares budgets of one kind with budgets of the other; mixed ones
// count for neither.
func TestBenefitSamples(t *testing.T) {
	var b benefit
	reports := 0
	for range 10 * reportEvery {
		if b.sample(1000, 1000, 500) || b.sample(1000, 500, 90000) || b.sample(1000, 0, 2000) {
			reports++
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
		if b.sample(1000, 1000, 500) {
			t.Fatal("a report without an interpreted budget")
		}
	}
}

func TestBenefitFollowsTheLoad(t *testing.T) {
	b := benefit{native: 1, interpreted: 5}
	for range 200 {
		b.sample(1000, 990, 3000)
	}
	if math.Abs(b.native-3) > 0.01 {
		t.Errorf("native %g ns after 200 samples of 3", b.native)
	}
}
