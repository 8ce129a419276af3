// Package contest runs programs on several contestants in turns and shows how long each takes for each program: on
// Hartwood, on QEMU, on the host itself. What the programs are is for its callers to say (packages kernels and
// programs).
//
// A contestant is a command that runs all programs once and writes a line for each,
//
//	RESULT NAME SECONDS CHECKSUM
//
// and RESULTS-DONE at the end, with whatever else a console shows around it. RESULT-FAIL and a reason is a failure. A
// round runs every contestant once, one after the other, and the figures are medians over rounds: on a machine that
// others use too, the ratios of one table count, and no seconds.
//
// A contestant whose checksums are not those of the first one, the base, or that leaves a program out, makes the contest
// fail: it is a test as well.
package contest
