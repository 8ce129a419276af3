package core

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu"
)

// Urgent harts are taken first and in their order, but of many in a row others get every ninth turn; running harts are
// asked to make room unless a worker polls for each urgent hart.
func TestUrgentHartsComeFirst(t *testing.T) {
	s, err := newScheduler(2, nil, func(int) {}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.held = 1 // nobody is hired
	var plain, urgent [20]vcpu.Hart
	for i := range plain {
		s.runnable(&plain[i], false)
	}
	if s.hurry.Load() {
		t.Error("in a hurry for harts that are not urgent")
	}
	for i := range urgent {
		s.runnable(&urgent[i], true)
	}
	if !s.hurry.Load() || s.waiting.Load() != 40 {
		t.Errorf("in a hurry: %v, %d harts wait", s.hurry.Load(), s.waiting.Load())
	}
	s.polling = 21
	if s.changedQueues(); s.hurry.Load() {
		t.Error("in a hurry although enough workers poll")
	}
	s.polling = 19
	if s.changedQueues(); !s.hurry.Load() {
		t.Error("in no hurry although one urgent hart is left over")
	}
	s.polling = 0
	nextPlain, nextUrgent := 0, 0
	for i := range 40 {
		want, kind := &urgent[min(nextUrgent, 19)], "urgent"
		if i%(maxRow+1) == maxRow || nextUrgent == 20 {
			want, kind = &plain[nextPlain], "plain"
			nextPlain++
		} else {
			nextUrgent++
		}
		if got := s.pop(); got != want {
			t.Fatalf("turn %d is not the next %s hart's", i, kind)
		}
		if s.hurry.Load() != (nextUrgent < 20) {
			t.Errorf("turn %d: in a hurry: %v", i, s.hurry.Load())
		}
	}
	if s.pop() != nil || s.waiting.Load() != 0 {
		t.Error("harts are left")
	}
}
