// Package bench holds what measures and checks the project as a whole, in folders of their own: guest workloads,
// suites, baselines and boots of real kernels. Its own tests keep the house in order: which package may import which,
// and what every package and file owes its readers.
//
// Anything here may import any other package, and no package outside of bench imports it.
package bench
