// Package results keeps what benchmarks have measured: series of samples with a description of the machine they come
// from. It sums them up, compares them, and reads and writes them as JSON and in Go's benchmark format, which benchstat
// and its kin read. All statistics are golang.org/x/perf's.
//
// A file is written beside its place and renamed when it is whole, so that neither a full disk nor an interruption costs
// what was there. What is read is checked, and bounded in size.
//
// The package knows the units of package suite and nothing of how a figure is taken.
package results
