package overlay

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Entry is what is kept for one image.
type Entry struct {
	Source string    // the image's path
	Path   string    // the overlay's file, or that of firmware's variables where there is no overlay
	Disk   int64     // bytes of that file
	Taken  int64     // bytes of the host's disk that both files take
	Used   time.Time // written to last
}

// List returns what is kept, that used last first. There is nothing where there is no directory.
func (s Store) List() ([]Entry, error) {
	names, err := filepath.Glob(filepath.Join(s.Dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, name := range names {
		a, err := readAbout(name)
		if err != nil {
			continue
		}
		e := Entry{Source: a.Source}
		for _, path := range []string{strings.TrimSuffix(name, ".json") + ".qcow2", strings.TrimSuffix(name, ".json") + ".fd"} {
			var st unix.Stat_t
			if unix.Stat(path, &st) != nil {
				continue
			}
			if e.Path == "" {
				e.Path, e.Disk = path, st.Size
			}
			e.Taken += st.Blocks * 512
			if t := time.Unix(st.Mtim.Unix()); t.After(e.Used) {
				e.Used = t
			}
		}
		if e.Path != "" {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return b.Used.Compare(a.Used) })
	return entries, nil
}
