package measure

import (
	"fmt"
	"strings"
	"time"
)

// Line is a line of a summary for people.
type Line struct {
	// Title is what the line is about, in a word or two.
	Title string
	Text  string
}

// Say words a line.
func Say(title, format string, args ...any) Line { return Line{title, fmt.Sprintf(format, args...)} }

// Table writes lines below each other, titles in a column of their own.
func Table(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "  %-13s %s\n", l.Title, l.Text)
	}
	return b.String()
}

// Number writes a number, a large one with three digits and a unit.
func Number(n uint64) string {
	for _, unit := range []struct {
		letter string
		size   float64
	}{{"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"k", 1e3}} {
		if x := float64(n) / unit.size; x >= 0.9995 {
			return fmt.Sprintf("%.*f %s", 2-min(2, len(fmt.Sprint(int(x)))-1), x, unit.letter)
		}
	}
	return fmt.Sprint(n)
}

// Rate is how many of n came in each second.
func Rate(n uint64, took time.Duration) string {
	if took <= 0 {
		return "0"
	}
	return Number(uint64(float64(n) / took.Seconds()))
}

// Percent writes a share.
func Percent(share float64) string { return fmt.Sprintf("%.2f %%", 100*share) }

// Hits is the share of n that did not miss.
func Hits(n, misses uint64) string {
	if n == 0 {
		return "none"
	}
	return Percent(1 - min(float64(misses)/float64(n), 1))
}

// Digits rounds a time to three digits.
func Digits(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// String words the distribution: how many samples there are, and how long they took.
func (d Distribution) String() string {
	if d.Count == 0 {
		return "none"
	}
	return fmt.Sprintf("%s, median %v, p99 %v, longest %v", Number(d.Count), Digits(d.P50), Digits(d.P99), Digits(d.Max))
}

// Quantiles words the median and what few samples are above.
func (d Distribution) Quantiles() string {
	return fmt.Sprintf("%v (p99 %v)", Digits(d.P50), Digits(d.P99))
}
