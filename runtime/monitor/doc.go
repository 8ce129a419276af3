// Package monitor watches a running machine, judges what it finds and says what to change.
//
// A Monitor begins and ends collecting at any time, reads the machine's measurements now and then (runtime.Stats, which it
// knows by their names only), and keeps a bounded number of samples: when there are many it drops every second one and
// takes half as many from then on, so that they always cover the whole time. What is costly to find out it asks for so
// seldom that all of its work stays below half a percent of one processor. While it is off nothing is done.
//
// A Report is made of what has happened since the start: figures, each with the limit that it is judged by, a verdict and
// advice. The figures are rows of a table (figures.go), so are the costs that decide which advice comes first. An Advice names
// a setting and a value for it; TestAdviceIsPossible tries all of them.
//
// Costs are counted, not timed: in instructions of native code, of which each instruction that was interpreted stands for
// some, and each walk of page tables for many more (cost.go). So the order of the advice does not depend on how busy the host is.
//
// The package knows nothing of terminals, files or networks. Reports are written as text, as JSON, and as one HTML file that
// needs nothing else.
//
// # Lock order
//
// Monitor.mu is held while samples are added and read, Monitor.life while collection begins and ends; the machine is asked
// under neither mu.
package monitor
