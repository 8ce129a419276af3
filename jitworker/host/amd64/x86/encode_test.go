package x86

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// form is an instruction of the assembler and what a disassembler should read:
// operation and operands, of which x8 to x64 and xmmx are the register x at a
// width, y likewise, m8 to m64 memory and # immediates.
type form struct {
	want string
	emit func(a *Asm, x, y Reg, m Mem)
}

var aluNames = map[Alu]string{ADD: "ADD", OR: "OR", ADC: "ADC", SBB: "SBB", AND: "AND", SUB: "SUB", XOR: "XOR", CMP: "CMP"}

func aluForms() (l []form) {
	for op, n := range aluNames {
		l = append(l,
			form{n + " x64 y64", func(a *Asm, x, y Reg, m Mem) { a.AluRR(op, x, y) }},
			form{n + " x32 y32", func(a *Asm, x, y Reg, m Mem) { a.AluRR32(op, x, y) }},
			form{n + " x64 m64", func(a *Asm, x, y Reg, m Mem) { a.AluRM(op, x, m) }},
			form{n + " x32 m32", func(a *Asm, x, y Reg, m Mem) { a.AluRM32(op, x, m) }},
			form{n + " m64 x64", func(a *Asm, x, y Reg, m Mem) { a.AluMR(op, m, x) }},
			form{n + " x64 #-128", func(a *Asm, x, y Reg, m Mem) { a.AluRI(op, x, -128) }},
			form{n + " x64 #128", func(a *Asm, x, y Reg, m Mem) { a.AluRI(op, x, 128) }},
			form{n + " x32 #-2147483648", func(a *Asm, x, y Reg, m Mem) { a.AluRI32(op, x, -1<<31) }},
			form{n + " x32 #127", func(a *Asm, x, y Reg, m Mem) { a.AluRI32(op, x, 127) }},
			form{n + " m64 #1000", func(a *Asm, x, y Reg, m Mem) { a.AluMI(op, m, 1000) }},
			form{n + " m64 #-1", func(a *Asm, x, y Reg, m Mem) { a.AluMI(op, m, -1) }},
		)
	}
	return l
}

func shiftForms() (l []form) {
	for op, n := range map[Shift]string{ROL: "ROL", ROR: "ROR", SHL: "SHL", SHR: "SHR", SAR: "SAR"} {
		l = append(l,
			form{n + " x64 #63", func(a *Asm, x, y Reg, m Mem) { a.ShiftRI(op, x, 63) }},
			form{n + " x32 #31", func(a *Asm, x, y Reg, m Mem) { a.ShiftRI32(op, x, 31) }},
			form{n + " x64 CL", func(a *Asm, x, y Reg, m Mem) { a.ShiftCL(op, x) }},
			form{n + " x32 CL", func(a *Asm, x, y Reg, m Mem) { a.ShiftCL32(op, x) }},
		)
	}
	for op, n := range map[Unary]string{NOT: "NOT", NEG: "NEG", MUL: "MUL", IMUL: "IMUL", DIV: "DIV", IDIV: "IDIV"} {
		l = append(l,
			form{n + " x64", func(a *Asm, x, y Reg, m Mem) { a.UnaryR(op, x) }},
			form{n + " x32", func(a *Asm, x, y Reg, m Mem) { a.UnaryR32(op, x) }},
		)
	}
	for op, n := range map[Bit]string{BT: "BT", BTS: "BTS", BTR: "BTR", BTC: "BTC"} {
		l = append(l,
			form{n + " x64 y64", func(a *Asm, x, y Reg, m Mem) { a.BitRR(op, x, y) }},
			form{n + " x64 #40", func(a *Asm, x, y Reg, m Mem) { a.BitRI(op, x, 40) }},
		)
	}
	return l
}

var condNames = map[Cond]string{
	O: "O", B: "B", AE: "AE", E: "E", NE: "NE", BE: "BE", A: "A", S: "S", P: "P", NP: "NP", L: "L", GE: "GE", LE: "LE", G: "G",
}

func condForms() (l []form) {
	for c, n := range condNames {
		l = append(l,
			form{"SET" + n + " x8", func(a *Asm, x, y Reg, m Mem) { a.Setcc(c, x) }},
			form{"CMOV" + n + " x64 y64", func(a *Asm, x, y Reg, m Mem) { a.CmovRR(c, x, y) }},
			form{"CMOV" + n + " x32 y32", func(a *Asm, x, y Reg, m Mem) { a.CmovRR32(c, x, y) }},
			form{"J" + n + " .+0", func(a *Asm, x, y Reg, m Mem) { l := a.NewLabel(); a.Jcc(c, l); a.Bind(l) }},
		)
	}
	return l
}

func moveForms() []form {
	return []form{
		{"MOV x32 y32", func(a *Asm, x, y Reg, m Mem) { a.MovRR32(x, y) }},
		{"MOV x64 m64", func(a *Asm, x, y Reg, m Mem) { a.MovRM(x, m) }},
		{"MOV x32 m32", func(a *Asm, x, y Reg, m Mem) { a.MovRM32(x, m) }},
		{"MOV m64 x64", func(a *Asm, x, y Reg, m Mem) { a.MovMR(m, x) }},
		{"MOV m32 x32", func(a *Asm, x, y Reg, m Mem) { a.MovMR32(m, x) }},
		{"MOV m16 x16", func(a *Asm, x, y Reg, m Mem) { a.MovMR16(m, x) }},
		{"MOV m8 x8", func(a *Asm, x, y Reg, m Mem) { a.MovMR8(m, x) }},
		{"MOV m64 #-5", func(a *Asm, x, y Reg, m Mem) { a.MovMI(m, -5) }},
		{"MOV m32 #5", func(a *Asm, x, y Reg, m Mem) { a.MovMI32(m, 5) }},
		{"XOR x32 x32", func(a *Asm, x, y Reg, m Mem) { a.MovRI(x, 0) }},
		{"MOV x32 #-1", func(a *Asm, x, y Reg, m Mem) { a.MovRI(x, 1<<32-1) }},
		{"MOV x64 #-2147483648", func(a *Asm, x, y Reg, m Mem) { a.MovRI(x, -1<<31) }},
		{"MOV x64 #-2147483649", func(a *Asm, x, y Reg, m Mem) { a.MovRI(x, -1<<31-1) }},
		{"MOV x64 #4294967296", func(a *Asm, x, y Reg, m Mem) { a.MovRI(x, 1<<32) }},
		{"MOVSX x64 m8", func(a *Asm, x, y Reg, m Mem) { a.MovsxRM(x, m, 1) }},
		{"MOVSX x64 m16", func(a *Asm, x, y Reg, m Mem) { a.MovsxRM(x, m, 2) }},
		{"MOVSXD x64 m32", func(a *Asm, x, y Reg, m Mem) { a.MovsxRM(x, m, 4) }},
		{"MOV x64 m64", func(a *Asm, x, y Reg, m Mem) { a.MovsxRM(x, m, 8) }},
		{"MOVZX x32 m8", func(a *Asm, x, y Reg, m Mem) { a.MovzxRM(x, m, 1) }},
		{"MOVZX x32 m16", func(a *Asm, x, y Reg, m Mem) { a.MovzxRM(x, m, 2) }},
		{"MOV x32 m32", func(a *Asm, x, y Reg, m Mem) { a.MovzxRM(x, m, 4) }},
		{"MOV x64 m64", func(a *Asm, x, y Reg, m Mem) { a.MovzxRM(x, m, 8) }},
		{"MOVSX x64 y8", func(a *Asm, x, y Reg, m Mem) { a.MovsxRR(x, y, 1) }},
		{"MOVSX x64 y16", func(a *Asm, x, y Reg, m Mem) { a.MovsxRR(x, y, 2) }},
		{"MOVSXD x64 y32", func(a *Asm, x, y Reg, m Mem) { a.MovsxRR(x, y, 4) }},
		{"MOVZX x32 y8", func(a *Asm, x, y Reg, m Mem) { a.MovzxRR(x, y, 1) }},
		{"MOVZX x32 y16", func(a *Asm, x, y Reg, m Mem) { a.MovzxRR(x, y, 2) }},
		{"MOV x32 y32", func(a *Asm, x, y Reg, m Mem) { a.MovzxRR(x, y, 4) }},
		{"LEA x64 m", func(a *Asm, x, y Reg, m Mem) { a.Lea(x, m) }},
		{"LEA x64 .+0", func(a *Asm, x, y Reg, m Mem) {
			for range 5 {
				a.Cdq()
			}
			l := a.NewLabel()
			a.LeaPatchable(x, l)
			a.Bind(l)
			a.buf = a.buf[5:]
			a.n -= 5
			a.labels[l] -= 5
			a.fixes[0].at -= 5
		}},
		{"LEA x64 .+0", func(a *Asm, x, y Reg, m Mem) { l := a.NewLabel(); a.LeaLabel(x, l); a.Bind(l) }},
	}
}

func otherForms() []form {
	return []form{
		{"TEST x64 y64", func(a *Asm, x, y Reg, m Mem) { a.TestRR(x, y) }},
		{"TEST x32 #2047", func(a *Asm, x, y Reg, m Mem) { a.TestRI32(x, 2047) }},
		{"TEST AL #7", func(a *Asm, x, y Reg, m Mem) { a.TestAL(7) }},
		{"TEST m8 #31", func(a *Asm, x, y Reg, m Mem) { a.TestMI8(m, 31) }},
		{"CMP m32 #-1", func(a *Asm, x, y Reg, m Mem) { a.AluMI32(CMP, m, -1) }},
		{"AND m32 #-2", func(a *Asm, x, y Reg, m Mem) { a.AluMI32(AND, m, -2) }},
		{"IMUL x64 y64", func(a *Asm, x, y Reg, m Mem) { a.ImulRR(x, y) }},
		{"IMUL x64 y64 #2047", func(a *Asm, x, y Reg, m Mem) { a.ImulRRI(x, y, 2047) }},
		{"IMUL x64 m64", func(a *Asm, x, y Reg, m Mem) { a.ImulRM(x, m) }},
		{"SHLD x64 y64 #1", func(a *Asm, x, y Reg, m Mem) { a.ShldRRI(x, y, 1) }},
		{"PAUSE", func(a *Asm, x, y Reg, m Mem) { a.Pause() }},
		{"CQO", func(a *Asm, x, y Reg, m Mem) { a.Cqo() }},
		{"CDQ", func(a *Asm, x, y Reg, m Mem) { a.Cdq() }},
		{"BSWAP x64", func(a *Asm, x, y Reg, m Mem) { a.Bswap(x) }},
		{"BSWAP x32", func(a *Asm, x, y Reg, m Mem) { a.Bswap32(x) }},
		{"POPCNT x64 y64", func(a *Asm, x, y Reg, m Mem) { a.Popcnt(x, y) }},
		{"POPCNT x32 y32", func(a *Asm, x, y Reg, m Mem) { a.Popcnt32(x, y) }},
		{"LZCNT x64 y64", func(a *Asm, x, y Reg, m Mem) { a.Lzcnt(x, y) }},
		{"LZCNT x32 y32", func(a *Asm, x, y Reg, m Mem) { a.Lzcnt32(x, y) }},
		{"TZCNT x64 y64", func(a *Asm, x, y Reg, m Mem) { a.Tzcnt(x, y) }},
		{"TZCNT x32 y32", func(a *Asm, x, y Reg, m Mem) { a.Tzcnt32(x, y) }},
		{"XCHG m8 x8", func(a *Asm, x, y Reg, m Mem) { a.Xchg(m, x, 1) }},
		{"XCHG m16 x16", func(a *Asm, x, y Reg, m Mem) { a.Xchg(m, x, 2) }},
		{"LOCK XADD m8 x8", func(a *Asm, x, y Reg, m Mem) { a.LockXadd(m, x, 1) }},
		{"LOCK XADD m16 x16", func(a *Asm, x, y Reg, m Mem) { a.LockXadd(m, x, 2) }},
		{"LOCK CMPXCHG m8 x8", func(a *Asm, x, y Reg, m Mem) { a.LockCmpxchg(m, x, 1) }},
		{"LOCK CMPXCHG m16 x16", func(a *Asm, x, y Reg, m Mem) { a.LockCmpxchg(m, x, 2) }},
		{"LOCK CMPXCHG16B m128", func(a *Asm, x, y Reg, m Mem) { a.LockCmpxchg16(m) }},
		{"XCHG m64 x64", func(a *Asm, x, y Reg, m Mem) { a.Xchg(m, x, 8) }},
		{"XCHG m32 x32", func(a *Asm, x, y Reg, m Mem) { a.Xchg(m, x, 4) }},
		{"LOCK XADD m64 x64", func(a *Asm, x, y Reg, m Mem) { a.LockXadd(m, x, 8) }},
		{"LOCK XADD m32 x32", func(a *Asm, x, y Reg, m Mem) { a.LockXadd(m, x, 4) }},
		{"LOCK CMPXCHG m64 x64", func(a *Asm, x, y Reg, m Mem) { a.LockCmpxchg(m, x, 8) }},
		{"LOCK CMPXCHG m32 x32", func(a *Asm, x, y Reg, m Mem) { a.LockCmpxchg(m, x, 4) }},
		{"LOCK ADD m64 #0", func(a *Asm, x, y Reg, m Mem) { a.LockAddMI(m, 0) }},
		{"JMP .+0", func(a *Asm, x, y Reg, m Mem) { l := a.NewLabel(); a.Jmp(l); a.Bind(l) }},
		{"JMP m64", func(a *Asm, x, y Reg, m Mem) { a.JmpM(m) }},
		{"JMP x64", func(a *Asm, x, y Reg, m Mem) { a.JmpR(x) }},
		{"CALL .+0", func(a *Asm, x, y Reg, m Mem) { l := a.NewLabel(); a.Call(l); a.Bind(l) }},
		{"CALL m64", func(a *Asm, x, y Reg, m Mem) { a.CallM(m) }},
		{"PUSH x64", func(a *Asm, x, y Reg, m Mem) { a.Push(x) }},
		{"PUSH m64", func(a *Asm, x, y Reg, m Mem) { a.PushM(m) }},
		{"POP x64", func(a *Asm, x, y Reg, m Mem) { a.Pop(x) }},
		{"RET", func(a *Asm, x, y Reg, m Mem) { a.Ret() }},
	}
}

func floatForms() (l []form) {
	for f, s := range map[Float]string{F32: "S", F64: "D"} {
		size := map[Float]string{F32: "32", F64: "64"}[f]
		mov := map[Float]string{F32: "MOVD", F64: "MOVQ"}[f]
		movs := map[Float]string{F32: "MOVSS", F64: "MOVSD_XMM"}[f]
		bits, other := "m"+size, map[Float]string{F32: "D", F64: "S"}[f]
		l = append(l,
			form{movs + " xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.MergeXX(f, Xmm(x), Xmm(y)) }},
			form{movs + " xmmx " + bits, func(a *Asm, x, y Reg, m Mem) { a.MovXM(f, Xmm(x), m) }},
			form{movs + " " + bits + " xmmx", func(a *Asm, x, y Reg, m Mem) { a.MovMX(f, m, Xmm(x)) }},
			form{mov + " xmmx y" + size, func(a *Asm, x, y Reg, m Mem) { a.MovXR(f, Xmm(x), y) }},
			form{mov + " x" + size + " xmmy", func(a *Asm, x, y Reg, m Mem) { a.MovRX(f, x, Xmm(y)) }},
			form{"UCOMIS" + s + " xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.UcomisXX(f, Xmm(x), Xmm(y)) }},
			form{"UCOMIS" + s + " xmmx " + bits, func(a *Asm, x, y Reg, m Mem) { a.UcomisXM(f, Xmm(x), m) }},
			form{"COMIS" + s + " xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.ComisXX(f, Xmm(x), Xmm(y)) }},
			form{"COMIS" + s + " xmmx " + bits, func(a *Asm, x, y Reg, m Mem) { a.ComisXM(f, Xmm(x), m) }},
			form{"CVTSI2S" + s + " xmmx y32", func(a *Asm, x, y Reg, m Mem) { a.CvtXR(f, Xmm(x), y, 4) }},
			form{"CVTSI2S" + s + " xmmx y64", func(a *Asm, x, y Reg, m Mem) { a.CvtXR(f, Xmm(x), y, 8) }},
			form{"CVTS" + s + "2SI x32 xmmy", func(a *Asm, x, y Reg, m Mem) { a.CvtRX(f, x, Xmm(y), 4) }},
			form{"CVTS" + s + "2SI x64 xmmy", func(a *Asm, x, y Reg, m Mem) { a.CvtRX(f, x, Xmm(y), 8) }},
			form{"CVTTS" + s + "2SI x32 xmmy", func(a *Asm, x, y Reg, m Mem) { a.CvttRX(f, x, Xmm(y), 4) }},
			form{"CVTTS" + s + "2SI x64 xmmy", func(a *Asm, x, y Reg, m Mem) { a.CvttRX(f, x, Xmm(y), 8) }},
			form{"CVTS" + s + "2S" + other + " xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.CvtXX(f, Xmm(x), Xmm(y)) }},
		)
		for mode := range uint8(16) {
			want := fmt.Sprintf("ROUNDS%s xmmx xmmy #%d", s, mode)
			l = append(l, form{want, func(a *Asm, x, y Reg, m Mem) { a.RoundXX(f, Xmm(x), Xmm(y), mode) }})
		}
		for op, n := range map[Fop]string{FADD: "ADD", FSUB: "SUB", FMUL: "MUL", FDIV: "DIV", FSQRT: "SQRT", FMIN: "MIN", FMAX: "MAX"} {
			l = append(l,
				form{n + "S" + s + " xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.FopXX(op, f, Xmm(x), Xmm(y)) }},
				form{n + "S" + s + " xmmx " + bits, func(a *Asm, x, y Reg, m Mem) { a.FopXM(op, f, Xmm(x), m) }},
			)
		}
		for op, n := range map[Fma]string{FMADD: "VFMADD", FMSUB: "VFMSUB", FNMADD: "VFNMADD", FNMSUB: "VFNMSUB"} {
			l = append(l,
				form{n + "231S" + s + " xmmx xmmy xmmx", func(a *Asm, x, y Reg, m Mem) { a.FmaXXX(op, f, Xmm(x), Xmm(y), Xmm(x)) }},
				form{n + "231S" + s + " xmmx xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.FmaXXX(op, f, Xmm(x), Xmm(x), Xmm(y)) }},
				form{n + "231S" + s + " xmmx xmmy " + bits, func(a *Asm, x, y Reg, m Mem) { a.FmaXXM(op, f, Xmm(x), Xmm(y), m) }},
			)
		}
	}
	for op, n := range map[Vop]string{VAND: "ANDPS", VANDN: "ANDNPS", VOR: "ORPS", VXOR: "XORPS"} {
		l = append(l, form{n + " xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.VopXX(op, Xmm(x), Xmm(y)) }})
	}
	return append(l,
		form{"PCMPEQD xmmx xmmx", func(a *Asm, x, y Reg, m Mem) { a.Ones(Xmm(x)) }},
		form{"PSLLQ xmmx #63", func(a *Asm, x, y Reg, m Mem) { a.ShlX(Xmm(x), 63) }},
		form{"PSRLQ xmmx #32", func(a *Asm, x, y Reg, m Mem) { a.ShrX(Xmm(x), 32) }},
		form{"MOVHLPS xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.HighX(Xmm(x), Xmm(y)) }},
		form{"MOVUPS xmmx m128", func(a *Asm, x, y Reg, m Mem) { a.MovXMUnaligned(Xmm(x), m) }},
		form{"MOVUPS m128 xmmx", func(a *Asm, x, y Reg, m Mem) { a.MovMXUnaligned(m, Xmm(x)) }},
		form{"MOVAPS m128 xmmx", func(a *Asm, x, y Reg, m Mem) { a.MovMXAligned(m, Xmm(x)) }},
		form{"PCLMULQDQ xmmx xmmy #0", func(a *Asm, x, y Reg, m Mem) { a.Clmul(Xmm(x), Xmm(y)) }},
		form{"LDMXCSR m32", func(a *Asm, x, y Reg, m Mem) { a.Ldmxcsr(m) }},
		form{"STMXCSR m32", func(a *Asm, x, y Reg, m Mem) { a.Stmxcsr(m) }},
	)
}

func packedForms() []form {
	l := []form{
		{"AESKEYGENASSIST xmmx xmmy #27", func(a *Asm, x, y Reg, m Mem) { a.AesKey(Xmm(x), Xmm(y), 27) }},
		{"PSHUFB xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.ShuffleXX(Xmm(x), Xmm(y)) }},
		{"PSHUFD xmmx xmmy #85", func(a *Asm, x, y Reg, m Mem) { a.SelectX(Xmm(x), Xmm(y), 85) }},
		{"PSRLW xmmx #4", func(a *Asm, x, y Reg, m Mem) { a.ShrWordsX(Xmm(x), 4) }},
	}
	for mode := range uint8(5) {
		l = append(l, form{fmt.Sprintf("VCVTPS2PH xmmx xmmy #%d", mode), func(a *Asm, x, y Reg, m Mem) { a.SingleToHalf(Xmm(x), Xmm(y), mode) }})
	}
	l = append(l, form{"VCVTPH2PS xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.HalfToSingle(Xmm(x), Xmm(y)) }})
	for op, n := range map[Packed]string{
		PUNPCKLBW: "PUNPCKLBW", PACKUSWB: "PACKUSWB", PUNPCKLQDQ: "PUNPCKLQDQ", PADDUSB: "PADDUSB",
		AESIMC: "AESIMC", AESENC: "AESENC", AESENCLAST: "AESENCLAST", AESDEC: "AESDEC", AESDECLAST: "AESDECLAST",
	} {
		l = append(l, form{n + " xmmx xmmy", func(a *Asm, x, y Reg, m Mem) { a.PackedXX(op, Xmm(x), Xmm(y)) }})
	}
	return l
}

func forms() []form {
	return slices.Concat(aluForms(), shiftForms(), condForms(), moveForms(), otherForms(), floatForms(), packedForms())
}

// name is a register at a width in bits, or a vector register.
func name(r Reg, width string) string {
	switch n := x86asm.Reg(r); {
	case width == "8" && r >= RSP:
		return (x86asm.SPB + n - 4).String()
	case width == "8":
		return (x86asm.AL + n).String()
	case width == "16":
		return (x86asm.AX + n).String()
	case width == "32":
		return (x86asm.EAX + n).String()
	case width == "64":
		return (x86asm.RAX + n).String()
	default:
		return (x86asm.X0 + n).String()
	}
}

// expand fills registers in.
func expand(want string, x, y Reg) string {
	words := strings.Fields(want)
	for i, w := range words {
		switch {
		case w == "xmmx":
			words[i] = name(x, "")
		case w == "xmmy":
			words[i] = name(y, "")
		case w[0] == 'x':
			words[i] = name(x, w[1:])
		case w[0] == 'y':
			words[i] = name(y, w[1:])
		}
	}
	return strings.Join(words, " ")
}

// read disassembles code, which must be one instruction whose memory operand is m.
func read(code []byte, m operand) (string, error) {
	in, err := x86asm.Decode(code, 64)
	if err != nil {
		return "", err
	}
	if in.Len != len(code) {
		return "", fmt.Errorf("%d of %d bytes are %v", in.Len, len(code), in)
	}
	words := []string{in.Op.String()}
	for _, p := range in.Prefix {
		if p&^x86asm.PrefixImplicit == x86asm.PrefixLOCK {
			words = []string{"LOCK", in.Op.String()}
		}
	}
	for _, arg := range in.Args {
		switch arg := arg.(type) {
		case nil:
		case x86asm.Imm:
			words = append(words, fmt.Sprintf("#%d", int64(arg)))
		case x86asm.Rel:
			words = append(words, fmt.Sprintf(".%+d", int32(arg)))
		case x86asm.Mem:
			switch {
			case arg.Base == x86asm.RIP:
				words = append(words, fmt.Sprintf(".%+d", int32(arg.Disp)))
				continue
			case !m.is(arg):
				return "", fmt.Errorf("memory is %v, want %+v", arg, m)
			case in.Op == x86asm.LEA:
				words = append(words, "m")
				continue
			}
			words = append(words, fmt.Sprintf("m%d", in.MemBytes*8))
		default:
			words = append(words, arg.String())
		}
	}
	return strings.Join(words, " "), nil
}

// operand is what a memory operand is made of; index may be NoReg.
type operand struct {
	base, index Reg
	shift       uint8
	disp        int32
}

func (o operand) mem() Mem {
	if o.index == NoReg {
		return At(o.base, o.disp)
	}
	return Scaled(o.base, o.index, o.shift, o.disp)
}

func (o operand) is(got x86asm.Mem) bool {
	want := x86asm.Mem{Base: x86asm.RAX + x86asm.Reg(o.base), Disp: int64(o.disp)}
	if o.index != NoReg {
		want.Index, want.Scale = x86asm.RAX+x86asm.Reg(o.index), 1<<o.shift
	}
	got.Disp = int64(int32(got.Disp))     // 32-bit displacements come without their sign
	got.Scale *= min(uint8(got.Index), 1) // means nothing without an index
	return got == want
}

// operands are operands of every shape.
func operands() (l []operand) {
	for base := RAX; base <= R15; base++ {
		for _, disp := range []int32{0, 1, -128, 127, 128, -129, 1<<31 - 1} {
			l = append(l, operand{base, NoReg, 0, disp}, operand{base, base ^ 1, 0, disp})
		}
		for i, index := range []Reg{RAX, RCX, RBP, R8, R12, R13, R15} {
			l = append(l, operand{base, index, uint8(i % 4), int32(i)})
		}
	}
	return slices.DeleteFunc(l, func(o operand) bool { return o.index == RSP })
}

// An independent disassembler reads every instruction, with every register and
// shape of memory operand, as it was meant.
func TestEncodings(t *testing.T) {
	mems := operands()
	var a Asm
	for _, f := range forms() {
		bad := 0
		check := func(x, y Reg, m operand) {
			a.Reset()
			f.emit(&a, x, y, m.mem())
			code := a.Finish()
			got, err := read(code, m)
			if want := expand(f.want, x, y); (err != nil || got != want) && bad < 3 {
				bad++
				t.Errorf("% x: %s (%v), want %s", code, got, err, want)
			}
		}
		for x := RAX; x <= R15; x++ {
			for y := RAX; y <= R15; y++ {
				check(x, y, mems[(int(x)*16+int(y))%len(mems)])
			}
		}
		for i, m := range mems {
			check(Reg(i%16), Reg(i/16%16), m)
		}
	}
}

func TestSetImm(t *testing.T) {
	var a Asm
	a.MovRI(RAX, 0x1234)
	at := a.Len() - 4
	a.Ret()
	a.SetImm32(at, 0x01020304)
	if want := []byte{0xb8, 4, 3, 2, 1, 0xc3}; !slices.Equal(a.Finish(), want) {
		t.Errorf("% x, want % x", a.Finish(), want)
	}
}

func TestWord16(t *testing.T) {
	var a Asm
	a.Ret()
	for i := range 2000 { // the buffer grows
		a.Word16(uint16(0x0102 + i))
	}
	if got := a.Finish(); len(got) != 4001 || !slices.Equal(got[:5], []byte{0xc3, 2, 1, 3, 1}) || got[4000] != 0x08 {
		t.Errorf("%d bytes, % x ... % x", len(got), got[:5], got[3999:])
	}
}

// Every method is called by the tests of this file, or of lanes_test.go.
func TestEncodingsComplete(t *testing.T) {
	var source []byte
	for _, name := range []string{"encode_test.go", "lanes_test.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, text...)
	}
	typ := reflect.TypeFor[*Asm]()
	for i := range typ.NumMethod() {
		if call := "a." + typ.Method(i).Name + "("; !strings.Contains(string(source), call) {
			t.Errorf("no test has %s)", call)
		}
	}
}

// Moves to the same register are left out.
func TestMovesToSelf(t *testing.T) {
	var a Asm
	for x := RAX; x <= R15; x++ {
		a.MovRR(x, x)
		a.MovXX(Xmm(x), Xmm(x))
	}
	if a.Len() != 0 {
		t.Errorf("% x", a.Finish())
	}
	for x := RAX; x <= R15; x++ {
		y := (x + 5) % 16
		a.Reset()
		a.MovRR(x, y)
		if got, err := read(a.Finish(), operand{}); got != expand("MOV x64 y64", x, y) {
			t.Error(got, err)
		}
		a.Reset()
		a.MovXX(Xmm(x), Xmm(y))
		if got, err := read(a.Finish(), operand{}); got != expand("MOVAPS xmmx xmmy", x, y) {
			t.Error(got, err)
		}
	}
}

// The field of a patchable jump or call is aligned wherever that lies, and leads to its
// label; the padding is made of no-operations.
func TestPatchable(t *testing.T) {
	for opcode, emit := range map[byte]func(a *Asm, l Label) int{
		0xe9: func(a *Asm, l Label) int { return a.JmpPatchable(l) },
		0xe8: func(a *Asm, l Label) int { return a.CallPatchable(l) },
	} {
		for pad := range 8 {
			var a Asm
			for range pad {
				a.Cdq()
			}
			l := a.NewLabel()
			field := emit(&a, l)
			end := a.Len()
			a.Ret()
			a.Bind(l)
			code := a.Finish()
			if field%4 != 0 || field != end-4 || code[field-1] != opcode || code[field] != 1 {
				t.Errorf("after %d bytes: % x, field %d", pad, code, field)
			}
			for _, b := range code[pad : field-1] {
				if b != 0x90 {
					t.Errorf("padding % x", code)
				}
			}
		}
	}
}

// Labels may be bound before their use; misuse panics.
func TestLabels(t *testing.T) {
	var a Asm
	back := a.NewLabel()
	a.Bind(back)
	a.Cdq()
	a.Jmp(back)
	if got, err := read(a.Finish()[1:], operand{}); got != "JMP .-6" {
		t.Error(got, err)
	}
	for name, f := range map[string]func(){
		"bound twice": func() { a.Bind(back) },
		"not bound":   func() { a.Offset(a.NewLabel()) },
		"RSP index":   func() { a.MovRM(RAX, Indexed(RAX, RSP, 0)) },
		"scale":       func() { a.MovRM(RAX, Scaled(RAX, RCX, 4, 0)) },
	} {
		func() {
			defer func() {
				if p, _ := recover().(string); !strings.HasPrefix(p, "BUG:") {
					t.Errorf("%s: %q", name, p)
				}
			}()
			f()
		}()
	}
}

func TestWaysToAnywhere(t *testing.T) {
	for want, emit := range map[string]func(*Asm) int{
		"CALL .-5": func(a *Asm) int { return a.CallAnywhere() },
		"JMP .-5":  func(a *Asm) int { return a.JmpAnywhere() },
		"JNE .-5":  func(a *Asm) int { return a.JccAnywhere(NE) },
	} {
		var a Asm
		field := emit(&a)
		a.SetImm32(field, -5)
		if got, err := read(a.Finish(), operand{}); got != want {
			t.Errorf("%s, want %s: %v", got, want, err)
		}
	}
}

// A copy of a template is what its instructions are, and all its jumps lead to the label it
// is given, wherever the copy lies.
func TestTemplate(t *testing.T) {
	emit := func(a *Asm, l, m Label) {
		a.AluRI(CMP, RAX, 1000)
		a.Jcc(E, l)
		a.MovRM(RDX, At(RBX, 40))
		a.Jcc(NE, m)
	}
	template := NewTemplate(emit)
	code := func(copied bool) []byte {
		var a Asm
		l, m := a.NewLabel(), a.NewLabel()
		for i := range 100 { // beyond what the buffer has room for at first
			switch i {
			case 50:
				a.Bind(l)
			case 70:
				a.Bind(m)
			}
			switch {
			case copied && i%2 == 0:
				a.Copy2(&template, l, m)
			case copied:
				a.Copy(&template, l)
			case i%2 == 0:
				emit(&a, l, m)
			default:
				emit(&a, l, l)
			}
		}
		return a.Finish()
	}
	if got, want := code(true), code(false); !slices.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
	for name, emit := range map[string]func(a *Asm, l, m Label){
		"too long":   func(a *Asm, l, m Label) { a.MovRI(RAX, 1<<40); a.MovRI(RCX, 1<<40); emit(a, l, m); emit(a, l, m) },
		"own labels": func(a *Asm, l, m Label) { a.Jmp(a.NewLabel()) },
	} {
		func() {
			defer func() {
				if p, _ := recover().(string); !strings.HasPrefix(p, "BUG:") {
					t.Errorf("%s: %q", name, p)
				}
			}()
			NewTemplate(emit)
		}()
	}
}
