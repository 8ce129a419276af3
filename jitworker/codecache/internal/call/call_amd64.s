#include "textflag.h"

// func Leaf(entry uintptr) uint32
TEXT ·Leaf(SB), NOSPLIT, $8-12
	MOVQ entry+0(FP), AX
	CALL AX
	MOVL AX, ret+8(FP)
	RET
