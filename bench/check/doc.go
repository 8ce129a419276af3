// Command check runs what a change has to pass, step by step, and says of each step what it does, how long it usually
// takes and how long it took: `make test` and `make quick` are calls of it. Packages are shown as their tests finish,
// with what still runs after a while of silence.
//
//	check unit race        these steps
//
// The table of steps (steps.go) says what runs. Two of them run tests: one without the race detector and one with it,
// for what is concurrent. No test may be in neither, and the ones that were skipped wherever they ran are listed at the
// end (left.go). A test that fails once and then passes several times in a row, alone, does not hold up a change and is
// named at the end (again.go); what the race detector or Go's runtime has found is never excused. Usual durations are
// those of this machine's last good run, kept in .cache/check.json; before the first one the table's estimates stand in.
//
// The package knows the tests by what `go test -json` says, and nothing of the project's other packages.
package main
