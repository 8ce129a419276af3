#include "textflag.h"

// func MXCSR() uint32
TEXT ·MXCSR(SB), NOSPLIT, $0-4
	STMXCSR ret+0(FP)
	RET

// func Flags() uint64
TEXT ·Flags(SB), NOSPLIT, $8-8
	PUSHFQ
	POPQ AX
	MOVQ AX, ret+0(FP)
	RET

// func X15() (low, high uint64)
//
// The wrapper around assembly routines clears X15 after the call, not before it.
TEXT ·X15(SB), NOSPLIT, $0-16
	LEAQ low+0(FP), AX
	MOVOU X15, (AX)
	RET

// UPPER adds the upper half of a register to X0. It clears those of Y0 and Y1, as
// instructions with a VEX prefix do to what they write.
#define UPPER(y) VEXTRACTF128 $1, y, X1; VPOR X1, X0, X0

// func Uppers() (low, high uint64)
TEXT ·Uppers(SB), NOSPLIT, $0-16
	VEXTRACTF128 $1, Y1, X1
	VEXTRACTF128 $1, Y0, X0
	VPOR X1, X0, X0
	UPPER(Y2)
	UPPER(Y3)
	UPPER(Y4)
	UPPER(Y5)
	UPPER(Y6)
	UPPER(Y7)
	UPPER(Y8)
	UPPER(Y9)
	UPPER(Y10)
	UPPER(Y11)
	UPPER(Y12)
	UPPER(Y13)
	UPPER(Y14)
	UPPER(Y15)
	LEAQ low+0(FP), AX
	VMOVDQU X0, (AX)
	RET
