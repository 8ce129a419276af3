package isa

// rowsHalf is Zfhmin: half-precision values move and convert, nothing more
// (unprivileged manual, "Zfhmin").
var rowsHalf = []Row{
	{FLH, "flh", 0x00001007, 0x0000707f, FmtFLoad, ClassFPLoad, ExtZfhmin},
	{FSH, "fsh", 0x00001027, 0x0000707f, FmtFStore, ClassFPStore, ExtZfhmin},
	{FMV_X_H, "fmv.x.h", 0xe4000053, 0xfff0707f, FmtXF1, ClassFP, ExtZfhmin},
	{FMV_H_X, "fmv.h.x", 0xf4000053, 0xfff0707f, FmtFX1, ClassFP, ExtZfhmin},
	{FCVT_S_H, "fcvt.s.h", 0x40200053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfhmin},
	{FCVT_H_S, "fcvt.h.s", 0x44000053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfhmin},
	{FCVT_D_H, "fcvt.d.h", 0x42200053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfhmin},
	{FCVT_H_D, "fcvt.h.d", 0x44100053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfhmin},
}
