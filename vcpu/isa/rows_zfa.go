package isa

// rowsZfa is Zfa for single, double and half precision (unprivileged manual,
// "Zfa").
var rowsZfa = []Row{
	// Single precision.
	{FLI_S, "fli.s", 0xf0100053, 0xfff0707f, FmtFLI, ClassFP, ExtZfa},
	{FMINM_S, "fminm.s", 0x28002053, 0xfe00707f, FmtFR, ClassFP, ExtZfa},
	{FMAXM_S, "fmaxm.s", 0x28003053, 0xfe00707f, FmtFR, ClassFP, ExtZfa},
	{FROUND_S, "fround.s", 0x40400053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfa},
	{FROUNDNX_S, "froundnx.s", 0x40500053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfa},
	{FLEQ_S, "fleq.s", 0xa0004053, 0xfe00707f, FmtXFF, ClassFP, ExtZfa},
	{FLTQ_S, "fltq.s", 0xa0005053, 0xfe00707f, FmtXFF, ClassFP, ExtZfa},

	// Double precision.
	{FLI_D, "fli.d", 0xf2100053, 0xfff0707f, FmtFLI, ClassFP, ExtZfa},
	{FMINM_D, "fminm.d", 0x2a002053, 0xfe00707f, FmtFR, ClassFP, ExtZfa},
	{FMAXM_D, "fmaxm.d", 0x2a003053, 0xfe00707f, FmtFR, ClassFP, ExtZfa},
	{FROUND_D, "fround.d", 0x42400053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfa},
	{FROUNDNX_D, "froundnx.d", 0x42500053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfa},
	{FLEQ_D, "fleq.d", 0xa2004053, 0xfe00707f, FmtXFF, ClassFP, ExtZfa},
	{FLTQ_D, "fltq.d", 0xa2005053, 0xfe00707f, FmtXFF, ClassFP, ExtZfa},

	// Half precision.
	{FLI_H, "fli.h", 0xf4100053, 0xfff0707f, FmtFLI, ClassFP, ExtZfa},
	{FMINM_H, "fminm.h", 0x2c002053, 0xfe00707f, FmtFR, ClassFP, ExtZfa},
	{FMAXM_H, "fmaxm.h", 0x2c003053, 0xfe00707f, FmtFR, ClassFP, ExtZfa},
	{FROUND_H, "fround.h", 0x44400053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfa},
	{FROUNDNX_H, "froundnx.h", 0x44500053, 0xfff0007f, FmtF1Rm, ClassFP, ExtZfa},
	{FLEQ_H, "fleq.h", 0xa4004053, 0xfe00707f, FmtXFF, ClassFP, ExtZfa},
	{FLTQ_H, "fltq.h", 0xa4005053, 0xfe00707f, FmtXFF, ClassFP, ExtZfa},

	// The rounding mode of FCVTMOD.W.D is part of its encoding: RTZ.
	{FCVTMOD_W_D, "fcvtmod.w.d", 0xc2801053, 0xfff0707f, FmtXF1Rm, ClassFP, ExtZfa},
}
