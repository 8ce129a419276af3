// Package code is the form in which guest code is executed: micro-operations, and bodies of
// them. It knows how instructions become micro-operations and what there is to know of each
// operation, and nothing of who executes it: interpreters and compilers import it.
//
// # Micro-operations
//
// A Uop is an instruction with its operands resolved to slots of the register file
// (package hart), or one of a few operations that no instruction is. Info describes an
// operation: what it reads and writes, how many bytes it accesses, where control may go. It is
// made from the instruction's row in package isa, and from one more row here for an
// operation that has properties of its own; who wants to know something of an operation asks
// it, and nothing depends on the order of the constants.
//
// # Bodies
//
// A Body is a straight run of guest instructions within one physical page, with
// conditional branches inside it as long as they are not taken. It is immutable. It holds
// nothing that depends on the virtual address or the hart, but it is made for a Mode: whether
// misaligned accesses trap, whether there is a managed heap. It may be entered at its
// start only, but for who has left it at a micro-operation and comes back to that one or the
// next.
//
// Instructions that only compute (fuse.go, demanded.go) may become fewer
// micro-operations than they are: nobody sees registers between two of them. All
// registers are exact wherever a body may be left.
//
// A micro-operation that raises an exception has changed nothing but what its instruction may
// leave behind: the registers that say how far it has come, of one that is executed in parts and
// goes on where it was when it is executed again. PC is at the instruction then, and
// Uop.N the number of those before it, so that code begins anew there.
//
// # Load-reserved, store-conditional
//
// An LR and an SC with nothing but register arithmetic between them behave as one
// compare-and-swap at the moment of the SC: nobody can tell at which earlier moment the LR read
// the value (its hart made no access in between). So if a body contains such a pair, SC is a
// compare-and-swap against the value that LR loaded.
//
// Of another LR the reservation ends in its body, and it is a mere load, where it comes to
//
//   - a memory access,
//   - a system instruction,
//   - an indirect jump,
//   - a jump back, or
//   - a jump forward by more than a loop of the manual's kind is long.
//
// What is left leaves the body, and whoever executes it steps through the instructions that
// follow one by one. A forward branch that is taken with a reservation leads to such stepping
// too, unless a look at the code there says that no SC can follow. So an A→B→A change that
// anybody could observe between LR and SC makes the SC fail, and every constrained loop
// (unprivileged manual, "Eventual Success of Store-Conditional Instructions") makes progress.
package code
