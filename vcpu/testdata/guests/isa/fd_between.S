/* F and D: conversions between single and double. */
#include "fp.h"

        fp_guest_begin

        op_any  fcvt_d_s, FROM_FA0, fcvt.d.s fa0, fa0
        op_rm   fcvt_s_d, FROM_FA0, fcvt.s.d fa0, fa0

        fp_guest_end

        fp_tables
#include "fp_between.inc"
