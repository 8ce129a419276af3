// Package leaktest helps tests to show that Close ends the goroutines of what it closes.
//
// It is imported by tests only and knows no device: it counts the process's
// goroutines, so tests that use it must not run in parallel.
package leaktest
