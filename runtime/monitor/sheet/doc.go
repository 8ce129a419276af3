// Package sheet draws a monitor's report as one HTML file that needs nothing else: the advice, the figures with their limits
// and verdicts, and how some of them went, as SVG within the page. It loads nothing and has no script.
package sheet
