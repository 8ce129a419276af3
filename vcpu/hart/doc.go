// Package hart holds the part of a hart (a guest CPU) that execution engines
// touch on every instruction: registers, the instruction counter with its
// limit, floating-point state and the first-level TLB.
//
// It knows no instruction, no trap and no scheduler. A State lives
// outside Go's heap, holds no Go pointer and never moves, so that native code
// can address it by fixed offsets (package unsafe's Offsetof, never literals).
//
// # Ownership
//
// A State belongs to whoever runs the hart; only Limit may be written by others.
//
// # Native code
//
// Some fields are of use to native code only:
//
//   - Jump is a direct-mapped table from virtual addresses to the entries of native
//     code. An entry counts for one fetch view (FirstLevel.FetchID), so that changes of
//     the address space or of the privilege mode need not clear it.
//   - Codes tells where the map from physical addresses to native code for the hart's mode is, in
//     which targets are looked up that Jump does not have (package codemap).
//   - Calls is the stack on which the host's processor finds its way back from the
//     guest's calls. What it holds counts for one fetch view, and no longer than the
//     entries of Jump; a guest's return compares its own address before it uses it.
//   - Page, ExitCode, Leave, LeaveFrom and Warm connect code with the routines around it: which
//     page it executes in, where it left from, and how to leave and to load
//     floating-point registers.
//   - Float says what native code must know of frm, mstatus.FS and the host's
//     floating-point control. It is made from FRM and MStatus on every entry, and the
//     flags that were raised are added to FFlags on leaving.
//   - Addend and Pages are scratch space within one block, and a loop of one block: what
//     an access has learned of its page, for later ones and for itself.
//
// While Go runs these hold nothing that R, PC, Count, MStatus, FFlags and FRM do not
// say: they are exact whenever no engine runs.
//
// # The poll word
//
// An engine adds the instructions it has retired to Count at the end of each
// block and compares Count with Limit. Count >= Limit sends it back to the run
// loop. The owner sets Limit to Count plus a budget; anyone who wants the hart's
// attention stores 0 (Kick). One comparison so serves the instruction budget,
// interrupts, messages and pausing.
package hart
