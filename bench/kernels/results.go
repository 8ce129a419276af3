package kernels

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
	kernels     []string           // in the order of the first contestant, which is the host
	checksums   map[string]string  // by kernel: the host's
	contestants []string           // in the order in which they came
	seconds     map[pair][]float64 // samples
}

// pair is a contestant and a kernel.
type pair struct{ contestant, kernel string }

// add takes a round of a contestant. The error wraps errChecksum if it is wrong, errOutput if it is incomplete.
func (r *results) add(contestant string, samples []sample) error {
	if r.seconds == nil {
		r.checksums, r.seconds = map[string]string{}, map[pair][]float64{}
	}
	if !slices.Contains(r.contestants, contestant) {
		r.contestants = append(r.contestants, contestant)
	}
	seen := map[string]bool{}
	for _, s := range samples {
		if contestant == r.contestants[0] && r.checksums[s.kernel] == "" {
			r.kernels = append(r.kernels, s.kernel)
			r.checksums[s.kernel] = s.checksum
		}
		if want := r.checksums[s.kernel]; s.checksum != want {
			return fmt.Errorf("%w: %s computes %s in %s, the host %s", errChecksum, contestant, s.checksum, s.kernel, want)
		}
		at := pair{contestant, s.kernel}
		r.seconds[at] = append(r.seconds[at], s.seconds)
		seen[s.kernel] = true
	}
	for _, k := range r.kernels {
		if !seen[k] {
			return fmt.Errorf("%w: %s has left out %s", errOutput, contestant, k)
		}
	}
	return nil
}

// median returns the median of a contestant's samples of a kernel, in seconds.
func (r *results) median(contestant, kernel string) float64 {
	s := slices.Sorted(slices.Values(r.seconds[pair{contestant, kernel}]))
	n := len(s)
	if n == 0 {
		return math.NaN()
	}
	return (s[(n-1)/2] + s[n/2]) / 2
}

// ratio returns how many times longer than base a contestant takes for a kernel.
func (r *results) ratio(contestant, base, kernel string) float64 {
	return r.median(contestant, kernel) / r.median(base, kernel)
}

// mean returns the geometric mean of ratio over all kernels.
func (r *results) mean(contestant, base string) float64 {
	sum := 0.0
	for _, k := range r.kernels {
		sum += math.Log(r.ratio(contestant, base, k))
	}
	return math.Exp(sum / float64(len(r.kernels)))
}
