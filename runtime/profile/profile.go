package profile

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// Names finds the guest's function at an address that lies in no process, and the distance from its start; "" if there is
// none.
type Names func(pc uint64) (name string, off uint64)

// Profile is what was collected, with names.
type Profile struct {
	// Rate is the samples a second that were asked for, Began and Took when the run was.
	Rate  int
	Began time.Time
	Took  time.Duration

	stacks []stack
	files  []*file
}

// stack is samples of one kind.
type stack struct {
	row
	weight
	frames []frame // the innermost first
}

// frame is a place with its name; "": it has none.
type frame struct {
	place
	name string
}

// Profile names what was collected so far. When ctx ends, what has not been named yet counts for one stack.
func (c *Tally) Profile(ctx context.Context, names Names) *Profile {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &Profile{}
	if c.files != nil {
		p.files = c.files.list
	}
	for key, w := range c.rows {
		p.stacks = append(p.stacks, stack{row: rowOf(key), weight: *w})
	}
	slices.SortFunc(p.stacks, func(a, b stack) int {
		return cmp.Or(cmp.Compare(b.time, a.time), slices.CompareFunc(a.places, b.places, func(a, b place) int {
			return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.addr, b.addr))
		}), cmp.Compare(a.hart, b.hart), cmp.Compare(a.tier(), b.tier()))
	})
	n := namer{names: names, files: p.files, known: map[place]named{}}
	for i := range p.stacks {
		if ctx.Err() != nil {
			p.stacks = append(p.stacks[:i], together(p.stacks[i:]))
			break
		}
		p.stacks[i].frames = n.frames(&p.stacks[i].row)
	}
	if c.more.samples > 0 {
		p.stacks = append(p.stacks, special(c.more, "[stacks beyond the limit]"))
	}
	return p
}

// special is a stack that stands for several.
func special(w weight, name string) stack {
	return stack{weight: w, frames: []frame{{place{file: ofGuest}, name}}}
}

// each has something done with the stacks, those that weigh most first, and when ctx ends with one stack for those that are left.
func (p *Profile) each(ctx context.Context, do func(*stack)) {
	for i := range p.stacks {
		if ctx.Err() != nil {
			rest := together(p.stacks[i:])
			do(&rest)
			return
		}
		do(&p.stacks[i])
	}
}

// together is one stack for those that nobody has waited for.
func together(stacks []stack) stack {
	var sum weight
	for i := range stacks {
		sum.add(stacks[i].weight)
	}
	return special(sum, "[left out: the run was cut short]")
}

// named is a function and the distance from its start.
type named struct {
	name string
	off  uint64
}

type namer struct {
	names Names
	files []*file
	known map[place]named
}

func (n *namer) find(p place) named {
	got, ok := n.known[p]
	switch {
	case ok:
		return got
	case p.file >= 0:
		got.name, got.off = n.files[p.file].function(p.addr)
		got.name = plain.Text(got.name)
	default:
		got.name, got.off = n.names(p.addr)
	}
	n.known[p] = got
	return got
}

// frames names a row's places. The return address register's is a frame of its own unless it is what an earlier call of the
// same function has left there, or the first frame has it.
func (n *namer) frames(r *row) []frame {
	list := make([]frame, 0, len(r.places))
	for i, p := range r.places {
		if i == 1 && r.ra && !r.leaf && !n.calledFrom(r.places) {
			continue
		}
		list = append(list, frame{p, n.find(p).name})
	}
	return list
}

// calledFrom reports whether the return address register, whose place is the second, has the caller of the first. A function
// that has called another has an address of its own in it; one that has called nothing yet, its caller's, and the caller's
// frame is the first of those that have been found, or has not been made yet.
func (n *namer) calledFrom(places []place) bool {
	if len(places) > 2 && places[2] == places[1] {
		return false
	}
	here, there := n.find(places[0]), n.find(places[1])
	switch {
	case here.name == "":
		return len(places) == 2
	case here.off == 0:
		return true // recursion too
	}
	return here.name != there.name
}

func (s *stack) tier() string {
	if s.native {
		return "native"
	}
	return "interpreted"
}

func (s *stack) mode() string {
	return map[shardedtlb.Priv]string{shardedtlb.U: "U", shardedtlb.S: "S", shardedtlb.M: "M"}[s.priv]
}

// label is a frame's name, or its address.
func (f *frame) label() string {
	if f.name != "" {
		return f.name
	}
	return "0x" + strconv.FormatUint(f.addr, 16)
}
