// Package amd64 is the host x86-64 (host.Host): it enters native code and leaves it, leads pieces
// of code to each other, has the routines that they call, and makes the quick tier's code after
// its plans (Host.Quick).
//
// It must not know queues, thresholds or where code lives; the assembler is package x86.
//
// # Registers
//
//	RBX          &hart.State + 128, so that x0..x31 have one-byte displacements
//	R15          instructions retired (State.Count)
//	RAX RCX RDX  scratch
//	RSP          a stack of its own, of the guest's calls (calls.go)
//	the others   guest registers, always the same (pins)
//
// Guest registers stay in their host registers across linked blocks; the rest are
// operands in memory. The routines Enter and Leave load and store them all.
//
// # Floating point
//
//	XMM0 to XMM2     scratch
//	XMM3 to XMM15    f registers, always the same (xpins), all 64 bits of each
//	MXCSR            the guest's rounding mode, and the flags raised since it was loaded
//
// They are loaded when code first needs them after an entry (routine Warm) and stored
// on leaving, where Go gets its own MXCSR back and State.FFlags the flags. Until then
// State.Float.Mode has the bit FloatCold, which the first floating-point instruction
// of a block tests together with all else that could be against native code: FS, and
// rounding modes that the host lacks or that differ from an instruction's own. If
// there is anything the interpreter executes the rest of the block.
//
// Accesses to fcsr and its fields are inline: the flags are those of State.FFlags and
// MXCSR together, and a new frm goes into State, Mode and MXCSR at once. What a block
// has tested of the rounding mode ends there.
//
// The host's arithmetic is the guest's but for NaNs: a result that is one is made
// canonical out of line, or left to the interpreter where the flags differ. An
// operand that ought to be a single and is not boxed is the interpreter's. Halves are
// computed as singles and rounded once more (fphalf.go).
//
// # Blocks
//
// A block begins with the poll: R15 against State.Limit. It leaves by adding the
// instructions it has retired to R15 and jumping: to another block of its page
// (a jump that can be patched and first leads to a stub), or by way of the hart's
// table of native code. Calls and returns of the guest are calls and returns of the
// host (calls.go). Stubs put an exit word in RAX and return to Go.
//
// Of the two ways that a branch can go the commoner one follows it.
//
// A micro-operation that has no code here, and the slow case of a memory access,
// also leave: the interpreter executes the one micro-operation, and code goes on
// behind it. State is exact at every such exit, so traps are precise.
package amd64
