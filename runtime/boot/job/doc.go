// Package job makes the initial RAM disk of a Linux guest that runs one command for its host: a first process, and the job
// that it reads. The first process mounts the shared directories, runs the command with its streams on ports of the host's,
// passes signals on and tells how the command ended, before it powers the guest off.
//
// The package knows no machine. The first process is C without a library; src has it, and the Makefile beside it makes
// init.elf.
package job
