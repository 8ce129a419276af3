package bounded

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Entry is something that can go.
type Entry struct {
	Path  string // in the file system, another one for each
	Taken int64  // bytes of the disk
	Used  time.Time
	// Remove lets it go, unless somebody uses it.
	Remove func() (gone bool, err error)
}

// Cache is a directory of entries.
type Cache interface {
	Entries() ([]Entry, error)
}

// Shrink lets entries go until all that is left in the caches takes at most limit bytes, but for the entry at keep, which the caller
// has just made, and for those in use. Others may do the same meanwhile.
func Shrink(limit int64, keep string, caches ...Cache) error {
	var all []Entry
	for _, c := range caches {
		entries, err := c.Entries()
		if err != nil {
			return err
		}
		all = append(all, entries...)
	}
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Or(a.Used.Compare(b.Used), strings.Compare(a.Path, b.Path)) })
	taken := int64(0)
	for _, e := range all {
		taken += e.Taken
	}
	for _, e := range all {
		if taken <= limit {
			break
		}
		if e.Path == keep {
			continue
		}
		gone, err := e.Remove()
		if err != nil {
			return err
		}
		if gone {
			taken -= e.Taken
		}
	}
	return nil
}
