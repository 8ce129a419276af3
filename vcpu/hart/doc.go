// Package hart holds the part of a hart (a guest CPU) that execution engines
// touch on every instruction: registers, the instruction counter with its
// limit, floating-point state and the first-level TLB.
//
// It is a leaf: it knows no instruction, no trap and no scheduler. A State lives
// outside Go's heap, holds no Go pointer and never moves, so that native code
// can address it by fixed offsets (package unsafe's Offsetof, never literals).
//
// # Ownership
//
// A State belongs to whoever runs the hart; only Limit may be written by others.
//
// # The poll word
//
// An engine adds the instructions it has retired to Count at the end of each
// block and compares Count with Limit. Count >= Limit sends it back to the run
// loop. The owner sets Limit to Count plus a budget; anyone who wants the hart's
// attention stores 0 (Kick). One comparison so serves the instruction budget,
// interrupts, messages and pausing.
package hart
