#include "textflag.h"

// func swap16(host, oldLo, oldHi, newLo, newHi uint64) (lo, hi uint64)
TEXT ·swap16(SB), NOSPLIT, $0-56
	MOVQ host+0(FP), SI
	MOVQ oldLo+8(FP), AX
	MOVQ oldHi+16(FP), DX
	MOVQ newLo+24(FP), BX
	MOVQ newHi+32(FP), CX
	LOCK
	CMPXCHG16B (SI)
	MOVQ AX, lo+40(FP)
	MOVQ DX, hi+48(FP)
	RET
