// Package report draws results and their history as one HTML file that needs nothing else: medians with their confidence
// intervals, what has changed since the run before, distributions of the samples and trends over the runs. Plots are SVG
// within the page.
package report
