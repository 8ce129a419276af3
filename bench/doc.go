// Package bench holds what measures and checks the project as a whole, in folders of their own: guest workloads,
// suites, baselines and boots of real kernels. Its own tests keep the house in order: which package may import which,
// and what every package and file owes its readers. Its own benchmarks are the suites, which docs/BENCHMARKS.md
// explains; they run the programs of bench/guests.
//
// The command hartwood contains the suites, so bench is below cmd: packages here may import any package but commands,
// and no package but commands imports them.
package bench
