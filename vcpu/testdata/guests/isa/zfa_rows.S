/* Zfa: round to integral, minimum and maximum, quiet comparison, modular conversion. */
#include "fp.h"
#include "zfa.h"

        fp_guest_begin

        op_rm   fround_s, FROM_FA0, fround.s fa0, fa0
        op_rm   froundnx_s, FROM_FA0, froundnx.s fa0, fa0
        op_any  fminm_s, FROM_FA0, fminm.s fa0, fa0, fa1
        op_any  fmaxm_s, FROM_FA0, fmaxm.s fa0, fa0, fa1
        op_any  fltq_s, "", fltq.s a0, fa0, fa1
        op_any  fleq_s, "", fleq.s a0, fa0, fa1
        op_rm   fround_d, FROM_FA0, fround.d fa0, fa0
        op_rm   froundnx_d, FROM_FA0, froundnx.d fa0, fa0
        op_any  fminm_d, FROM_FA0, fminm.d fa0, fa0, fa1
        op_any  fmaxm_d, FROM_FA0, fmaxm.d fa0, fa0, fa1
        op_any  fltq_d, "", fltq.d a0, fa0, fa1
        op_any  fleq_d, "", fleq.d a0, fa0, fa1
        op_any  fcvtmod_w_d, "", fcvtmod.w.d a0, fa0

        fp_guest_end

        fp_tables
#include "fp_zfa.inc"
