// Package plan finds out about a unit of guest code what a compiler wants to know before it
// makes native code: where the code ends, which branch is its loop, which way of a branch is
// the common one, which accesses to memory can share one check, and which values are known.
//
// It must not know hosts: nothing here depends on how many registers there are or how
// instructions look. What is found holds for every host; what a lowering makes of it is its
// own business.
//
// # What a plan says
//
// A block that copies words, say, with its micro-operations numbered. Of 1,000 executions 50
// have left by exit 0 and 800 by exit 1:
//
//	0  count                   executions, for the interpreter
//	1  ld   a3, 0(a0)          group 1 begins: bytes 0 to 16 from a0
//	2  beqz a3, out            exit 0: the rare way
//	3  ld   a4, 8(a0)          group 1
//	4  sd   a3, 0(a1)          group 2 begins: bytes 0 to 16 from a1, stores
//	5  sd   a4, 8(a1)          group 2
//	6  addi a0, a0, 16         a0 has the base of group 1, and 16
//	7  addi a1, a1, 16
//	8  bne  a0, a2, 0          exit 1, to the start: the loop
//	9  end                     exit 2
//
// Ops are 0 to 9, Loop is 8. The slow path, which checks accesses one by one
// where a group's check fails, is 1 to 8: from the first access of a group to the last, and on to the loop's end. If 950
// executions had left by exit 0, Ops would end with it.
//
// A plan is made anew for each unit in the memory of the last one (Make), since making plans is
// a good part of what compiling costs. It belongs to one goroutine, has no locks, and refers to
// its unit until the next.
package plan
