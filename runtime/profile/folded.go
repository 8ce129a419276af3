package profile

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// WriteFolded writes a line for each stack: its functions, the outermost first, with semicolons between them, and its
// microseconds. Functions of S-mode, a kernel's, end in _[k], for which flame-graph scripts have a colour. When ctx ends, the
// stacks that are left count for one.
func (p *Profile) WriteFolded(ctx context.Context, w io.Writer) error {
	lines := map[string]int64{}
	p.each(ctx, func(s *stack) { lines[s.folded()] += s.time.Nanoseconds() })
	out := bufio.NewWriter(w)
	for _, line := range slices.Sorted(maps.Keys(lines)) {
		if us := (lines[line] + 500) / 1000; us > 0 {
			fmt.Fprintf(out, "%s %d\n", line, us)
		}
	}
	return out.Flush()
}

func (s *stack) folded() string {
	mark := ""
	if s.priv == shardedtlb.S {
		mark = "_[k]"
	}
	var names []string
	for i := range s.frames {
		names = append(names, strings.ReplaceAll(s.frames[i].label(), ";", ":")+mark)
	}
	slices.Reverse(names)
	return strings.Join(names, ";")
}
