// Package suite is the project's benchmarks: what `go test -bench` runs in folder bench, and what the command
// `hartwood bench` runs, which needs no checkout: guests are embedded.
//
// A suite is a list of scenarios. A scenario opens what it measures once and then gives one sample a round, so that
// rounds of many scenarios can take turns and all see the same machine. A sample is figures, each of a unit of the table
// in units.go, which says what is better and how far a figure is to be believed on a machine that does other things
// meanwhile. Contestants of one scenario (its sides) run within one sample, one right after the other, so that a ratio
// of theirs is one of neighbours.
//
// # Life cycle
//
// Open, then Sample as often as wanted, one at a time, then Close. A scenario whose means are missing, a kernel or QEMU,
// answers Open with ErrMissing.
//
// The package must not know how figures are summed up, compared, kept or shown: that is package results and above.
package suite
