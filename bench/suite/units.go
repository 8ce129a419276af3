package suite

import "slices"

// Trust says how far a figure is believed on a machine that does other things meanwhile.
type Trust int

const (
	// Exact figures are the same each time: one sample tells all.
	Exact Trust = iota
	// Steady figures hardly depend on what else runs: counts, ratios of neighbours.
	Steady
	// CPU figures are processor time, in which other programs do not count, though what they do to the processor's speed
	// does. They are compared in units of the yardstick.
	CPU
	// Wall figures are made of time that has passed, or are ratios that want several processors at once.
	Wall
	// Tail figures are of the rarest cases: one interruption decides them.
	Tail
)

var trusts = [...]string{"exact", "steady", "cpu", "wall", "tail"}

func (t Trust) String() string { return trusts[t] }

// Unit is what a figure measures.
type Unit struct {
	Name   string
	Better int // 1: larger is better, -1: smaller is, 0: neither
	Trust  Trust
	Help   string
}

const (
	more = 1
	less = -1
)

var units = []Unit{
	{"MIPS", more, Wall, "millions of guest instructions a second"},
	{"ns/insn", less, Wall, "time for a guest instruction"},
	{"cpu-ns/insn", less, CPU, "processor time for a guest instruction, compilers' included"},
	{"%native", more, Steady, "share of the instructions that native code executed"},
	{"exits/Minsn", less, Steady, "returns from native code to Go in a million instructions"},
	{"x-interp", more, Steady, "speed in times the interpreter's, by processor time, of neighbours"},
	{"median-ns", less, Wall, "median time of one"},
	{"p99-ns", less, Tail, "99th percentile of the time of one"},
	{"insns/unit", 0, Exact, "guest instructions in what is compiled in one go"},
	{"bytes/ms", more, Wall, "host code made in a millisecond"},
	{"blocks/s", more, Wall, "blocks compiled in a second"},
	{"B/insn", less, Exact, "host code for a guest instruction"},
	{"cpu-ns/block", less, CPU, "processor time for a block"},
	{"allocs/block", less, Steady, "allocations on Go's heap for a block"},
	{"heap-B/block", less, Steady, "bytes of Go's heap for a block"},
	{"speed-up", more, Wall, "throughput in times that of one, of neighbours"},
	{"ns/load", less, Wall, "time for a load's translation, or in a guest for a load and what finds its page"},
	{"cpu-ns/load", less, CPU, "processor time for a load"},
	{"%L1-hits", more, Steady, "hits in the first level"},
	{"%L2-hits", more, Steady, "hits in the second level, of what missed the first"},
	{"%prefetch-used", more, Steady, "pages fetched ahead that were used"},
	{"ns/walk", less, Wall, "time of a page-table walk"},
	{"%-of-none", less, Steady, "time in percent of that without prefetching, of neighbours"},
	{"%-of-unwatched", less, Steady, "processor time for an instruction in percent of that of an unwatched run, of neighbours"},
	{"%-watching", less, Steady, "processor time that a monitor has counted for itself and its page, in percent of all"},
	{"%-of-2-harts", more, Wall, "throughput in percent of that of 2 harts, of neighbours"},
	{"ns/IPI", less, Wall, "from one hart's store to the next hart's"},
	{"cpu-ns/IPI", less, CPU, "processor time for an IPI and its way"},
	{"cpu/insn-ratio", less, Steady, "processor time for an instruction beside another hart, in times that of a hart alone"},
	{"MB/s", more, Wall, "live objects marked in a second of tracing"},
	{"pause-p99-us", less, Tail, "99th percentile of the time a hart stands still at a safe point"},
	{"pause-max-us", less, Tail, "longest time a hart stands still at a safe point"},
	{"safepoint-p99-us", less, Tail, "99th percentile of the time until a hart is at its safe point"},
	{"safepoint-max-us", less, Tail, "longest time until a hart is at its safe point"},
	{"overrun-p99-us", less, Tail, "99th percentile of the time markers work beyond their quota"},
	{"cycles", 0, Steady, "collections"},
	{"cpu-s", less, CPU, "processor time of all of it"},
	{"s", less, Wall, "time of all of it"},
	{"x-native", less, Steady, "time in times the host's own, of neighbours"},
	{"x-qemu", more, Steady, "speed in times QEMU's, of neighbours"},
}

// Units returns the table of units.
func Units() []Unit { return slices.Clone(units) }

// UnitNamed returns the unit of that name. Of others nothing is known: neither direction is better.
func UnitNamed(name string) (Unit, bool) {
	for _, u := range units {
		if u.Name == name {
			return u, true
		}
	}
	return Unit{Name: name, Trust: Wall}, false
}
