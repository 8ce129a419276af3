/* D: addition, subtraction, multiplication, division, square root; all rounding modes and flags. */
#include "fp.h"

        fp_guest_begin

        op_rm   fadd_d, FROM_FA0, fadd.d fa0, fa0, fa1
        op_rm   fsub_d, FROM_FA0, fsub.d fa0, fa0, fa1
        op_rm   fmul_d, FROM_FA0, fmul.d fa0, fa0, fa1
        op_rm   fdiv_d, FROM_FA0, fdiv.d fa0, fa0, fa1
        op_rm   fsqrt_d, FROM_FA0, fsqrt.d fa0, fa0

        fp_guest_end

        fp_tables
#include "fp_d_arith.inc"
