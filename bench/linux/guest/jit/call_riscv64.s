#include "textflag.h"

// func call(code uintptr, a, b uint64) uint64
TEXT ·call(SB), NOSPLIT, $16-32
	MOV	code+0(FP), X5
	MOV	a+8(FP), X10
	MOV	b+16(FP), X11
	JALR	X1, (X5)
	MOV	X10, ret+24(FP)
	RET

// func fence()
TEXT ·fence(SB), NOSPLIT, $0-0
	WORD	$0x0000100f // fence.i
	RET
