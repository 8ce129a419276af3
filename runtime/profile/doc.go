// Package profile is a guest's profile: where its harts spend their time, by call stack.
//
//	Tally   takes samples of harts and adds equal ones up
//	Files       the ELF files whose code a guest's processes may run
//	Profile     what was collected, with names: written in pprof's format, as folded stacks or as a flame graph
//
// It knows harts by what vcpu.Hart.Sample answers, and nothing of the machine around them. Who has them sampled, and when, is
// package runtime's Machine.
//
// # Samples
//
// A sample weighs what its hart has worked since the one before, in time and in instructions. So the weights add up to what
// the harts have done, whether the samples come in time or late, and a hart that waits has none.
//
// # Names
//
// Code outside of processes is named in the end, by whoever knows the guest's files. The code of a process is recognised
// when it is sampled, before the page is somebody else's: a page of code that is equal to one of a file is that page of the
// file, wherever the process has it. So there is no need to know the guest's operating system, and address space layouts may
// be random. The address in the file then finds the symbol; files with the same build id lend each other theirs.
//
// # Bounds
//
// What a guest does cannot make a Tally large: so many different stacks (maxRows), so many frames of one (maxFrames) and of
// all (maxPlaces). What is beyond counts for one row that says so. Naming and writing take a context: when it ends, the stacks
// that weigh most have been done, and the others count for such a row.
//
// # Lock order
//
//	Hart.own → Tally.mu
package profile
