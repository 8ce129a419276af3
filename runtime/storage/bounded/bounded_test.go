package bounded

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// shelf is a cache in memory.
type shelf struct {
	has  []Entry
	fail error
	gone []string
}

func (s *shelf) Entries() ([]Entry, error) { return s.has, s.fail }

// put adds something of 10 bytes that was used at a time. stays says that it is in use.
func (s *shelf) put(path string, used int64, stays bool, fail error) {
	s.has = append(s.has, Entry{Path: path, Taken: 10, Used: time.Unix(used, 0), Remove: func() (bool, error) {
		if !stays && fail == nil {
			s.gone = append(s.gone, path)
		}
		return !stays && fail == nil, fail
	}})
}

// What was used longest ago goes, of all caches, but for what is in use and what is new.
func TestShrink(t *testing.T) {
	for _, c := range []struct {
		limit       int64
		left, right []string
	}{
		{60, nil, nil}, {59, nil, []string{"r1"}}, {41, []string{"l2"}, []string{"r1"}}, {30, []string{"l2", "l4"}, []string{"r1"}},
		{0, []string{"l2", "l4"}, []string{"r1", "r5"}},
	} {
		var left, right shelf
		left.put("l4", 4, false, nil)
		left.put("l2", 2, false, nil)
		left.put("new", 0, false, nil)
		right.put("r1", 1, false, nil)
		right.put("used", 3, true, nil)
		right.put("r5", 5, false, nil)
		if err := Shrink(c.limit, "new", &left, &right); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(left.gone, c.left) || !slices.Equal(right.gone, c.right) {
			t.Errorf("limit %d: %q and %q go, want %q and %q", c.limit, left.gone, right.gone, c.left, c.right)
		}
	}
}

func TestErrors(t *testing.T) {
	bad := errors.New("bad")
	var s shelf
	s.put("a", 1, false, bad)
	s.put("b", 2, false, nil)
	if err := Shrink(0, "", &s); !errors.Is(err, bad) || len(s.gone) > 0 {
		t.Errorf("%v, %q", err, s.gone)
	}
	if err := Shrink(0, "", &shelf{fail: bad}); !errors.Is(err, bad) {
		t.Error(err)
	}
}
