package contest

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// errChecksum reports a wrong result.
var errChecksum = errors.New("wrong checksum")

// results are the samples of all contestants.
type results struct {
	programs    []string           // in the order of the first contestant, the base
	checksums   map[string]string  // by program: the base's
	contestants []string           // in the order in which they came
	seconds     map[pair][]float64 // samples
}

// pair is a contestant and a program.
type pair struct{ contestant, program string }

// add takes a round of a contestant. The error wraps errChecksum if it is wrong, errOutput if it is incomplete.
func (r *results) add(contestant string, samples []Sample) error {
	if r.seconds == nil {
		r.checksums, r.seconds = map[string]string{}, map[pair][]float64{}
	}
	if !slices.Contains(r.contestants, contestant) {
		r.contestants = append(r.contestants, contestant)
	}
	seen := map[string]bool{}
	for _, s := range samples {
		if contestant == r.base() && r.checksums[s.Program] == "" {
			r.programs = append(r.programs, s.Program)
			r.checksums[s.Program] = s.Checksum
		}
		if want := r.checksums[s.Program]; s.Checksum != want {
			return fmt.Errorf("%w: %s computes %s in %s, %s %s", errChecksum, contestant, s.Checksum, s.Program, r.base(), want)
		}
		at := pair{contestant, s.Program}
		r.seconds[at] = append(r.seconds[at], s.Seconds)
		seen[s.Program] = true
	}
	for _, k := range r.programs {
		if !seen[k] {
			return fmt.Errorf("%w: %s has left out %s", errOutput, contestant, k)
		}
	}
	return nil
}

// base is the contestant that the others are measured against: the first.
func (r *results) base() string { return r.contestants[0] }

// median returns the median of a contestant's samples of a program, in seconds.
func (r *results) median(contestant, program string) float64 {
	s := slices.Sorted(slices.Values(r.seconds[pair{contestant, program}]))
	n := len(s)
	if n == 0 {
		return math.NaN()
	}
	return (s[(n-1)/2] + s[n/2]) / 2
}

// ratio returns how many times longer than base a contestant takes for a kernel.
func (r *results) ratio(contestant, base, program string) float64 {
	return r.median(contestant, program) / r.median(base, program)
}

// mean returns the geometric mean of ratio over all programs.
func (r *results) mean(contestant, base string) float64 {
	sum := 0.0
	for _, k := range r.programs {
		sum += math.Log(r.ratio(contestant, base, k))
	}
	return math.Exp(sum / float64(len(r.programs)))
}
