// Package hostcall answers what bare-metal programs ask of the host that they are
// debugged from: the operations of RISC-V semihosting (the ones of Arm's) and the system
// calls that HTIF carries for riscv-tests, newlib and the like. Both work on one table of
// open files.
//
// It knows bytes and addresses; how the guest's memory is read, what its console is and
// how it ends are handed in as an Environment. It never waits: an operation that needs
// input which is not there yet says so, and is to be asked for again.
//
// # Files
//
// Without a directory there is the console alone. With one, a program opens, creates,
// renames and removes regular files below it, and nothing else: names that lead out of it,
// through links too, are refused (os.Root). At most maxFiles are open, and one call moves
// at most maxMove bytes, which programs know as a short read or write.
//
// # Locks and life cycle
//
// Calls.mu is held during an operation; the console's locks are taken under it. Reset
// closes all files, Close the directory too.
package hostcall
