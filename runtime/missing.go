package runtime

import (
	"sort"
	"sync"
)

// missing collects the extensions that the guest asked for in vain.
type missing struct {
	mu    sync.Mutex
	count map[string]uint64 // protected by mu
}

// maxMissing bounds the names kept; there are fewer extensions than that.
const maxMissing = 256

func (s *missing) note(ext string) {
	if ext == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count == nil {
		s.count = make(map[string]uint64)
	}
	if _, known := s.count[ext]; known || len(s.count) < maxMissing {
		s.count[ext]++
	}
}

// Missing is an extension that the guest used and the machine does not have.
type Missing struct {
	Extension    string
	Instructions uint64
}

func (s *missing) list() []Missing {
	s.mu.Lock()
	defer s.mu.Unlock()
	var l []Missing
	for ext, n := range s.count {
		l = append(l, Missing{ext, n})
	}
	sort.Slice(l, func(i, j int) bool { return l[i].Extension < l[j].Extension })
	return l
}
