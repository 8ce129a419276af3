package engine

import "testing"

// A budget counts among those of native code alone if hardly any of its instructions was interpreted.
func TestPaceTellsBudgetsApart(t *testing.T) {
	var e Engine
	e.Timed(10_000, 10_000, 1000)
	e.Timed(10_000, 9990, 1100)
	e.Timed(10_000, 9989, 1200)
	e.Timed(10_000, 0, 30_000)
	want := Pace{40_000, 33_300, 20_000, 2100}
	if got := e.pace.read(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
