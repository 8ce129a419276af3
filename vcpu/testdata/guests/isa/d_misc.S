/* D: minimum and maximum, comparison, sign injection, classification (TRAPS 15 to 17). */
#include "fp.h"

        fp_guest_begin

        op_any  fmin_d, FROM_FA0, fmin.d fa0, fa0, fa1
        op_any  fmax_d, FROM_FA0, fmax.d fa0, fa0, fa1
        op_any  fsgnj_d, FROM_FA0, fsgnj.d fa0, fa0, fa1
        op_any  fsgnjn_d, FROM_FA0, fsgnjn.d fa0, fa0, fa1
        op_any  fsgnjx_d, FROM_FA0, fsgnjx.d fa0, fa0, fa1
        op_any  feq_d, "", feq.d a0, fa0, fa1
        op_any  flt_d, "", flt.d a0, fa0, fa1
        op_any  fle_d, "", fle.d a0, fa0, fa1
        op_any  fclass_d, "", fclass.d a0, fa0

        fp_guest_end

        fp_tables
#include "fp_d_misc.inc"
