package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// outcome is how a test ended that did not fail.
type outcome struct {
	pkg, test string
	ran       bool   // false: it was skipped
	why       string // what it said when it was skipped
}

// left is by test's name with its package's: whether it has run, in whichever pass, and why not.
type left map[string]outcome

func (l left) add(outcomes []outcome) {
	for _, o := range outcomes {
		name := o.pkg + "." + o.test
		if !l[name].ran {
			l[name] = o
		}
	}
}

// tell lists the tests that no pass has run, by reason, so that what was not checked does not look as if it were.
func (l left) tell(out io.Writer) {
	why := map[string][]string{}
	for _, o := range l {
		if !o.ran {
			why[o.why] = append(why[o.why], o.pkg[strings.LastIndex(o.pkg, "/")+1:]+"."+o.test)
		}
	}
	reasons := slices.Sorted(maps.Keys(why))
	for _, reason := range reasons {
		names := why[reason]
		slices.Sort(names)
		more := ""
		if len(names) > 3 {
			more = fmt.Sprintf(" and %d more", len(names)-3)
			names = names[:3]
		}
		fmt.Fprintf(out, "left out: %s%s: %s\n", strings.Join(names, ", "), more, reason)
	}
}
