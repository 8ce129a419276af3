// Package kallsyms reads the names of a Linux kernel's functions out of its memory, where the kernel keeps them for its own
// messages (CONFIG_KALLSYMS). A kernel that is booted as an Image has no other symbols.
//
// Nothing says where the tables are, so they are found by what they look like, and believed only if they agree with one
// another:
//
//	num_syms       how many there are
//	names          a name each: its length, then that many tokens; the first character of a name is its type, as nm's
//	markers        where every 256th name begins
//	token_table    the 256 strings that tokens stand for, each ended by 0; digits and letters stand for themselves
//	token_index    where each of them begins
//	offsets        of each symbol from relative_base, rising
//	relative_base  an address in the upper half of the address space
//
// Linux 6.4 and later have the last two at the end, earlier versions in front of num_syms.
//
// The memory is a guest's: Find never looks outside of it, and its work is bounded.
//
// Source: Linux, scripts/kallsyms.c and kernel/kallsyms.c.
package kallsyms
