/* F: conversions from and to integers, saturating (TRAPS 19). */
#include "fp.h"

        fp_guest_begin

        op_rm   fcvt_w_s, "", fcvt.w.s a0, fa0
        op_rm   fcvt_s_w, FROM_FA0, fcvt.s.w fa0, a0
        op_rm   fcvt_wu_s, "", fcvt.wu.s a0, fa0
        op_rm   fcvt_s_wu, FROM_FA0, fcvt.s.wu fa0, a0
        op_rm   fcvt_l_s, "", fcvt.l.s a0, fa0
        op_rm   fcvt_s_l, FROM_FA0, fcvt.s.l fa0, a0
        op_rm   fcvt_lu_s, "", fcvt.lu.s a0, fa0
        op_rm   fcvt_s_lu, FROM_FA0, fcvt.s.lu fa0, a0

        fp_guest_end

        fp_tables
#include "fp_s_cvt.inc"
