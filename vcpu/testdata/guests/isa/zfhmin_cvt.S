/* Zfhmin: conversions between half and the other formats. */
#include "fp.h"

        fp_guest_begin

        op_any  fcvt_s_h, FROM_FA0, fcvt.s.h fa0, fa0
        op_any  fcvt_d_h, FROM_FA0, fcvt.d.h fa0, fa0
        op_rm   fcvt_h_s, FROM_FA0, fcvt.h.s fa0, fa0
        op_rm   fcvt_h_d, FROM_FA0, fcvt.h.d fa0, fa0

        fp_guest_end

        fp_tables
#include "fp_zfhmin.inc"
