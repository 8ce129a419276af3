package main

import "strings"

// nearest returns the known word that is most like word, or "" when none is like it.
func nearest(word string, known []string) string {
	best, least := "", (len(word)+1)/2+1
	for _, k := range known {
		d := distance(word, k)
		if strings.HasPrefix(k, word) && word != "" {
			d = min(d, 1)
		}
		if d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of single-byte insertions, deletions and replacements that turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
