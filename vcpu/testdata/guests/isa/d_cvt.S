/* D: conversions from and to integers, saturating (TRAPS 19). */
#include "fp.h"

        fp_guest_begin

        op_rm   fcvt_w_d, "", fcvt.w.d a0, fa0
        op_any  fcvt_d_w, FROM_FA0, fcvt.d.w fa0, a0
        op_rm   fcvt_wu_d, "", fcvt.wu.d a0, fa0
        op_any  fcvt_d_wu, FROM_FA0, fcvt.d.wu fa0, a0
        op_rm   fcvt_l_d, "", fcvt.l.d a0, fa0
        op_rm   fcvt_d_l, FROM_FA0, fcvt.d.l fa0, a0
        op_rm   fcvt_lu_d, "", fcvt.lu.d a0, fa0
        op_rm   fcvt_d_lu, FROM_FA0, fcvt.d.lu fa0, a0

        fp_guest_end

        fp_tables
#include "fp_d_cvt.inc"
