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
// operands in memory. That is the home map; a region has another one inside (assign.go). The routines Enter and Leave load and store them all.
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
// operand that ought to be a single and is not boxed is left to the interpreter. Halves are
// computed as singles and rounded once more (fphalf.go).
//
// # Blocks
//
// A block begins with the poll: R15 against State.Limit. Of the two ways that a branch can go the
// commoner one follows it. Calls and returns of the guest are calls and returns of the host
// (calls.go).
//
// # Ways out of a block
//
// Lowerings leave the main path by six verbs:
//
//	aside      code out of line, behind the block; what begins there is a label     aside.go
//	leave      to Go, with an exit word in RAX: poll, link or micro-operation      leave.go
//	interpret  a micro-operation, or the rest of the block, is left to the interpreter;
//	           code goes on behind the one (interpret in line, interpretAside
//	           out of line) and not behind the rest (interpretRest)                interpret.go
//	exit       by one of the block's exits, after its instructions have been
//	           added to R15: a jump or call that can be led to other code of the
//	           page (exitInPage), or to another page if the hart's table agrees
//	           (exitChecked); exitIf does it out of line, on a condition           exits.go
//	follow     in a region, to the part whose virtual address is in RAX                    follow.go
//	dispatch   to the virtual address in RAX, by the hart's table of native code:
//	           dispatch, dispatchCall, dispatchReturn                              dispatch.go
//
// A function whose name ends in Aside and that takes an aside emits what its namesake has put
// aside. State is exact wherever code leaves to Go, so traps are precise.
package amd64
