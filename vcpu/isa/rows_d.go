package isa

// rowsD is the D extension (unprivileged manual, "D").
var rowsD = []Row{
	// Fused multiply-add.
	{FMADD_D, "fmadd.d", 0x02000043, 0x0600007f, FmtFMA, ClassFP, ExtD},
	{FMSUB_D, "fmsub.d", 0x02000047, 0x0600007f, FmtFMA, ClassFP, ExtD},
	{FNMSUB_D, "fnmsub.d", 0x0200004b, 0x0600007f, FmtFMA, ClassFP, ExtD},
	{FNMADD_D, "fnmadd.d", 0x0200004f, 0x0600007f, FmtFMA, ClassFP, ExtD},

	// Arithmetic, sign injection, comparison.
	{FADD_D, "fadd.d", 0x02000053, 0xfe00007f, FmtFRm, ClassFP, ExtD},
	{FSUB_D, "fsub.d", 0x0a000053, 0xfe00007f, FmtFRm, ClassFP, ExtD},
	{FMUL_D, "fmul.d", 0x12000053, 0xfe00007f, FmtFRm, ClassFP, ExtD},
	{FDIV_D, "fdiv.d", 0x1a000053, 0xfe00007f, FmtFRm, ClassFP, ExtD},
	{FSQRT_D, "fsqrt.d", 0x5a000053, 0xfff0007f, FmtF1Rm, ClassFP, ExtD},
	{FSGNJ_D, "fsgnj.d", 0x22000053, 0xfe00707f, FmtFR, ClassFP, ExtD},
	{FSGNJN_D, "fsgnjn.d", 0x22001053, 0xfe00707f, FmtFR, ClassFP, ExtD},
	{FSGNJX_D, "fsgnjx.d", 0x22002053, 0xfe00707f, FmtFR, ClassFP, ExtD},
	{FMIN_D, "fmin.d", 0x2a000053, 0xfe00707f, FmtFR, ClassFP, ExtD},
	{FMAX_D, "fmax.d", 0x2a001053, 0xfe00707f, FmtFR, ClassFP, ExtD},
	{FEQ_D, "feq.d", 0xa2002053, 0xfe00707f, FmtXFF, ClassFP, ExtD},
	{FLT_D, "flt.d", 0xa2001053, 0xfe00707f, FmtXFF, ClassFP, ExtD},
	{FLE_D, "fle.d", 0xa2000053, 0xfe00707f, FmtXFF, ClassFP, ExtD},
	{FCLASS_D, "fclass.d", 0xe2001053, 0xfff0707f, FmtXF1, ClassFP, ExtD},

	// Conversions and moves.
	{FCVT_W_D, "fcvt.w.d", 0xc2000053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtD},
	{FCVT_WU_D, "fcvt.wu.d", 0xc2100053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtD},
	{FCVT_L_D, "fcvt.l.d", 0xc2200053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtD},
	{FCVT_LU_D, "fcvt.lu.d", 0xc2300053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtD},
	{FCVT_D_W, "fcvt.d.w", 0xd2000053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtD},
	{FCVT_D_WU, "fcvt.d.wu", 0xd2100053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtD},
	{FCVT_D_L, "fcvt.d.l", 0xd2200053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtD},
	{FCVT_D_LU, "fcvt.d.lu", 0xd2300053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtD},
	{FMV_X_D, "fmv.x.d", 0xe2000053, 0xfff0707f, FmtXF1, ClassFP, ExtD},
	{FMV_D_X, "fmv.d.x", 0xf2000053, 0xfff0707f, FmtFX1, ClassFP, ExtD},

	// Memory.
	{FLD, "fld", 0x00003007, 0x0000707f, FmtFLoad, ClassFPLoad, ExtD},
	{FSD, "fsd", 0x00003027, 0x0000707f, FmtFStore, ClassFPStore, ExtD},

	// Between the two formats.
	{FCVT_S_D, "fcvt.s.d", 0x40100053, 0xfff0007f, FmtF1Rm, ClassFP, ExtD},
	{FCVT_D_S, "fcvt.d.s", 0x42000053, 0xfff0007f, FmtF1Rm, ClassFP, ExtD},
}
