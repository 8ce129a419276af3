/* F: addition, subtraction, multiplication, division, square root; all rounding modes and flags. */
#include "fp.h"

        fp_guest_begin

        op_rm   fadd_s, FROM_FA0, fadd.s fa0, fa0, fa1
        op_rm   fsub_s, FROM_FA0, fsub.s fa0, fa0, fa1
        op_rm   fmul_s, FROM_FA0, fmul.s fa0, fa0, fa1
        op_rm   fdiv_s, FROM_FA0, fdiv.s fa0, fa0, fa1
        op_rm   fsqrt_s, FROM_FA0, fsqrt.s fa0, fa0

        fp_guest_end

        fp_tables
#include "fp_s_arith.inc"
