// Package quick is the first compiling tier: it turns a decoded block into
// x86-64 code in one pass, micro-operation by micro-operation.
//
// It must not know queues, thresholds or where code lives; it is handed a block
// and returns bytes with the positions that matter (Code).
//
// # Registers
//
//	RBX          &hart.State + 128, so that x0..x31 have one-byte displacements
//	R15          instructions retired (State.Count)
//	RAX RCX RDX  scratch
//	RBP RSP      Go's
//	the others   guest registers, always the same (pins)
//
// Guest registers stay in their host registers across linked blocks; the rest are
// operands in memory. The routines Enter and Leave load and store them all.
//
// # Blocks
//
// A block begins with the poll: R15 against State.Limit. It leaves by adding the
// instructions it has retired to R15 and jumping: to another block of its page
// (a jump that can be patched and first leads to a stub), or by way of the hart's
// table of native code. Stubs put an exit word in RAX and return to Go.
//
// A micro-operation that has no code here, and the slow case of a memory access,
// also leave: the interpreter executes the one micro-operation, and code goes on
// behind it. State is exact at every such exit, so traps are precise.
package quick
