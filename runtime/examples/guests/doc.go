// Package guests carries small guest programs to begin with, each a page of assembler that explains itself: src/hello.S
// writes a line, src/harts.S lets four harts add up, src/sbi.S is a kernel for S-mode. `hartwood run hello.elf` and so on
// run them; the other examples run them from Go.
//
// The Makefile rebuilds them. The package knows nothing of the machine.
package guests
