#include "textflag.h"

// func enter(s *hart.State, routine, target uintptr) uint64
//
// The frame holds nothing but BP, which the assembler saves and restores around a
// frame; native code uses this stack for the return address only.
TEXT ·enter(SB), NOSPLIT, $8-32
	MOVQ s+0(FP), BX
	MOVQ routine+8(FP), AX
	MOVQ target+16(FP), CX
	ADDQ $128, BX
	CALL AX
	MOVQ AX, ret+24(FP)
	RET
