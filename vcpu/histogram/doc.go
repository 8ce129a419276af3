// Package histogram records durations of many goroutines without a lock, and sums
// them up as count, mean, quantiles and maximum.
//
// Buckets are logarithmic with linear parts, as in HdrHistogram, so that a quantile is
// at most a sixteenth too high over the whole range.
package histogram
