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
// Of the two ways that a branch can go the commoner one, as counted so far, follows it
// (bias.go).
//
// Code has one of two forms. Fast code looks pages and targets up in line, knows its
// groups of accesses, and has copies for loops and for groups that fail (copies.go).
// Dense code (Compiler.Dense) takes less than half the bytes: routines look up, a group
// that fails leaves the rest of the block to the interpreter, and there are no copies.
// It is for the many blocks that run now and then; whoever finds one hot asks for the
// other form.
//
// A micro-operation that has no code here, and the slow case of a memory access,
// also leave: the interpreter executes the one micro-operation, and code goes on
// behind it. State is exact at every such exit, so traps are precise.
package quick
