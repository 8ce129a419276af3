package isa

// rowsF is the F extension (unprivileged manual, "F").
var rowsF = []Row{
	// Fused multiply-add.
	{FMADD_S, "fmadd.s", 0x00000043, 0x0600007f, FmtFMA, ClassFP, ExtF},
	{FMSUB_S, "fmsub.s", 0x00000047, 0x0600007f, FmtFMA, ClassFP, ExtF},
	{FNMSUB_S, "fnmsub.s", 0x0000004b, 0x0600007f, FmtFMA, ClassFP, ExtF},
	{FNMADD_S, "fnmadd.s", 0x0000004f, 0x0600007f, FmtFMA, ClassFP, ExtF},

	// Arithmetic, sign injection, comparison.
	{FADD_S, "fadd.s", 0x00000053, 0xfe00007f, FmtFRm, ClassFP, ExtF},
	{FSUB_S, "fsub.s", 0x08000053, 0xfe00007f, FmtFRm, ClassFP, ExtF},
	{FMUL_S, "fmul.s", 0x10000053, 0xfe00007f, FmtFRm, ClassFP, ExtF},
	{FDIV_S, "fdiv.s", 0x18000053, 0xfe00007f, FmtFRm, ClassFP, ExtF},
	{FSQRT_S, "fsqrt.s", 0x58000053, 0xfff0007f, FmtF1Rm, ClassFP, ExtF},
	{FSGNJ_S, "fsgnj.s", 0x20000053, 0xfe00707f, FmtFR, ClassFP, ExtF},
	{FSGNJN_S, "fsgnjn.s", 0x20001053, 0xfe00707f, FmtFR, ClassFP, ExtF},
	{FSGNJX_S, "fsgnjx.s", 0x20002053, 0xfe00707f, FmtFR, ClassFP, ExtF},
	{FMIN_S, "fmin.s", 0x28000053, 0xfe00707f, FmtFR, ClassFP, ExtF},
	{FMAX_S, "fmax.s", 0x28001053, 0xfe00707f, FmtFR, ClassFP, ExtF},
	{FEQ_S, "feq.s", 0xa0002053, 0xfe00707f, FmtXFF, ClassFP, ExtF},
	{FLT_S, "flt.s", 0xa0001053, 0xfe00707f, FmtXFF, ClassFP, ExtF},
	{FLE_S, "fle.s", 0xa0000053, 0xfe00707f, FmtXFF, ClassFP, ExtF},
	{FCLASS_S, "fclass.s", 0xe0001053, 0xfff0707f, FmtXF1, ClassFP, ExtF},

	// Conversions and moves.
	{FCVT_W_S, "fcvt.w.s", 0xc0000053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtF},
	{FCVT_WU_S, "fcvt.wu.s", 0xc0100053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtF},
	{FCVT_L_S, "fcvt.l.s", 0xc0200053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtF},
	{FCVT_LU_S, "fcvt.lu.s", 0xc0300053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtF},
	{FCVT_S_W, "fcvt.s.w", 0xd0000053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtF},
	{FCVT_S_WU, "fcvt.s.wu", 0xd0100053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtF},
	{FCVT_S_L, "fcvt.s.l", 0xd0200053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtF},
	{FCVT_S_LU, "fcvt.s.lu", 0xd0300053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtF},
	{FMV_X_W, "fmv.x.w", 0xe0000053, 0xfff0707f, FmtXF1, ClassFP, ExtF},
	{FMV_W_X, "fmv.w.x", 0xf0000053, 0xfff0707f, FmtFX1, ClassFP, ExtF},

	// Memory.
	{FLW, "flw", 0x00002007, 0x0000707f, FmtFLoad, ClassFPLoad, ExtF},
	{FSW, "fsw", 0x00002027, 0x0000707f, FmtFStore, ClassFPStore, ExtF},
}
