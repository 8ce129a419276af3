/* F: minimum and maximum, comparison, sign injection, classification (TRAPS 15 to 17). */
#include "fp.h"

        fp_guest_begin

        op_any  fmin_s, FROM_FA0, fmin.s fa0, fa0, fa1
        op_any  fmax_s, FROM_FA0, fmax.s fa0, fa0, fa1
        op_any  fsgnj_s, FROM_FA0, fsgnj.s fa0, fa0, fa1
        op_any  fsgnjn_s, FROM_FA0, fsgnjn.s fa0, fa0, fa1
        op_any  fsgnjx_s, FROM_FA0, fsgnjx.s fa0, fa0, fa1
        op_any  feq_s, "", feq.s a0, fa0, fa1
        op_any  flt_s, "", flt.s a0, fa0, fa1
        op_any  fle_s, "", fle.s a0, fa0, fa1
        op_any  fclass_s, "", fclass.s a0, fa0

        fp_guest_end

        fp_tables
#include "fp_s_misc.inc"
