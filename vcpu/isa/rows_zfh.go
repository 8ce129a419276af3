package isa

// rowsHalf is Zfhmin, which moves half-precision values and converts them to
// and from other formats, and the rest of Zfh (unprivileged manual, "Zfh").
var rowsHalf = []Row{
	{FLH, "flh", 0x00001007, 0x0000707f, FmtFLoad, ClassFPLoad, ExtZfhmin},
	{FSH, "fsh", 0x00001027, 0x0000707f, FmtFStore, ClassFPStore, ExtZfhmin},
	{FMV_X_H, "fmv.x.h", 0xe4000053, 0xfff0707f, FmtXF1, ClassFP, ExtZfhmin},
	{FMV_H_X, "fmv.h.x", 0xf4000053, 0xfff0707f, FmtFX1, ClassFP, ExtZfhmin},
	{FCVT_S_H, "fcvt.s.h", 0x40200053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfhmin},
	{FCVT_H_S, "fcvt.h.s", 0x44000053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfhmin},
	{FCVT_D_H, "fcvt.d.h", 0x42200053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfhmin},
	{FCVT_H_D, "fcvt.h.d", 0x44100053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfhmin},

	// Zfh.
	{FMADD_H, "fmadd.h", 0x04000043, 0x0600007f, FmtFMA, ClassFP, ExtZfh},
	{FMSUB_H, "fmsub.h", 0x04000047, 0x0600007f, FmtFMA, ClassFP, ExtZfh},
	{FNMSUB_H, "fnmsub.h", 0x0400004b, 0x0600007f, FmtFMA, ClassFP, ExtZfh},
	{FNMADD_H, "fnmadd.h", 0x0400004f, 0x0600007f, FmtFMA, ClassFP, ExtZfh},
	{FADD_H, "fadd.h", 0x04000053, 0xfe00007f, FmtFRm, ClassFP, ExtZfh},
	{FSUB_H, "fsub.h", 0x0c000053, 0xfe00007f, FmtFRm, ClassFP, ExtZfh},
	{FMUL_H, "fmul.h", 0x14000053, 0xfe00007f, FmtFRm, ClassFP, ExtZfh},
	{FDIV_H, "fdiv.h", 0x1c000053, 0xfe00007f, FmtFRm, ClassFP, ExtZfh},
	{FSQRT_H, "fsqrt.h", 0x5c000053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfh},
	{FSGNJ_H, "fsgnj.h", 0x24000053, 0xfe00707f, FmtFR, ClassFP, ExtZfh},
	{FSGNJN_H, "fsgnjn.h", 0x24001053, 0xfe00707f, FmtFR, ClassFP, ExtZfh},
	{FSGNJX_H, "fsgnjx.h", 0x24002053, 0xfe00707f, FmtFR, ClassFP, ExtZfh},
	{FMIN_H, "fmin.h", 0x2c000053, 0xfe00707f, FmtFR, ClassFP, ExtZfh},
	{FMAX_H, "fmax.h", 0x2c001053, 0xfe00707f, FmtFR, ClassFP, ExtZfh},
	{FEQ_H, "feq.h", 0xa4002053, 0xfe00707f, FmtXFF, ClassFP, ExtZfh},
	{FLT_H, "flt.h", 0xa4001053, 0xfe00707f, FmtXFF, ClassFP, ExtZfh},
	{FLE_H, "fle.h", 0xa4000053, 0xfe00707f, FmtXFF, ClassFP, ExtZfh},
	{FCLASS_H, "fclass.h", 0xe4001053, 0xfff0707f, FmtXF1, ClassFP, ExtZfh},
	{FCVT_W_H, "fcvt.w.h", 0xc4000053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtZfh},
	{FCVT_WU_H, "fcvt.wu.h", 0xc4100053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtZfh},
	{FCVT_L_H, "fcvt.l.h", 0xc4200053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtZfh},
	{FCVT_LU_H, "fcvt.lu.h", 0xc4300053, 0xfff0007f, FmtXF1Rm, ClassFP, ExtZfh},
	{FCVT_H_W, "fcvt.h.w", 0xd4000053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtZfh},
	{FCVT_H_WU, "fcvt.h.wu", 0xd4100053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtZfh},
	{FCVT_H_L, "fcvt.h.l", 0xd4200053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtZfh},
	{FCVT_H_LU, "fcvt.h.lu", 0xd4300053, 0xfff0007f, FmtFX1Rm, ClassFP, ExtZfh},
}
