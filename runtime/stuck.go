package runtime

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu"
)

const (
	// stuckDelay is how long harts are waited for that get stuck in the same way, so that one line tells of all.
	stuckDelay = 200 * time.Millisecond
	// stuckPause is how long after a report the next one may come; it doubles up to maxStuckPause.
	stuckPause    = time.Second
	maxStuckPause = time.Minute
)

// stuck tells of harts that trap without progress.
type stuck struct {
	warn  func(string) // nil: nobody listens
	names *names

	mu     sync.Mutex
	harts  map[int]vcpu.TrapView // protected by mu: to be told of
	timer  *time.Timer           // protected by mu: runs report; nil: nothing is to be told
	next   time.Time             // protected by mu: no report before
	pause  time.Duration         // protected by mu: after the next report
	closed bool                  // protected by mu

	telling sync.Mutex // held while warn is called; after mu is given up
}

// note is called by the owner of a hart.
func (s *stuck) note(h *vcpu.Hart) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.warn == nil || s.closed {
		return
	}
	if s.harts == nil {
		s.harts = map[int]vcpu.TrapView{}
	}
	s.harts[h.ID] = h.View().LastTrap
	if s.timer == nil {
		s.timer = time.AfterFunc(max(stuckDelay, time.Until(s.next)), s.report)
	}
}

func (s *stuck) report() {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.mu.Lock()
	harts, closed := s.harts, s.closed
	s.harts, s.timer = nil, nil
	s.pause = min(max(2*s.pause, stuckPause), maxStuckPause)
	s.next = time.Now().Add(s.pause)
	s.mu.Unlock()
	if !closed {
		for _, line := range s.lines(harts) {
			s.warn(line)
		}
	}
}

// close returns when warn is called no more.
func (s *stuck) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.telling.Lock()
	defer s.telling.Unlock()
}

// maxStuckLines bounds the lines of one report.
const maxStuckLines = 4

// lines words which harts are stuck, those in the same trap together, the most harts first.
func (s *stuck) lines(harts map[int]vcpu.TrapView) []string {
	same := map[vcpu.TrapView][]int{}
	for id, t := range harts {
		t.Value = 0 // of a descending stack, for example
		same[t] = append(same[t], id)
	}
	var kinds []vcpu.TrapView
	for t := range same {
		sort.Ints(same[t])
		kinds = append(kinds, t)
	}
	sort.Slice(kinds, func(i, j int) bool {
		a, b := same[kinds[i]], same[kinds[j]]
		return len(a) > len(b) || len(a) == len(b) && a[0] < b[0]
	})
	var lines []string
	for i, t := range kinds {
		if i == maxStuckLines {
			lines = append(lines, fmt.Sprintf("and harts in %d other places", len(kinds)-i))
			break
		}
		ids := same[t]
		t.Value = harts[ids[0]].Value
		who := "harts " + HartRanges(ids) + " have each"
		if len(ids) == 1 {
			who = fmt.Sprintf("hart %d has", ids[0])
		}
		how := "without ever returning from a trap"
		if t.Returned {
			how = "and each time returned without executing an instruction more"
		}
		lines = append(lines, fmt.Sprintf("%s trapped %d times in a row %s; the last one: %s, to the handler in %s-mode",
			who, vcpu.StuckTraps, how, s.names.trapWords(t), modeName(t.Mode)))
	}
	return lines
}

// HartRanges writes rising numbers of harts, such as "0-3, 7".
func HartRanges(ids []int) string {
	var parts []string
	for i := 0; i < len(ids); {
		j := i
		for j+1 < len(ids) && ids[j+1] == ids[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(ids[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", ids[i], ids[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
