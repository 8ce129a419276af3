/* D: the four fused multiply-adds (TRAPS 18). */
#include "fp.h"

        fp_guest_begin

        op_rm   fmadd_d, FROM_FA0, fmadd.d fa0, fa0, fa1, fa2
        op_rm   fmsub_d, FROM_FA0, fmsub.d fa0, fa0, fa1, fa2
        op_rm   fnmsub_d, FROM_FA0, fnmsub.d fa0, fa0, fa1, fa2
        op_rm   fnmadd_d, FROM_FA0, fnmadd.d fa0, fa0, fa1, fa2

        fp_guest_end

        fp_tables
#include "fp_d_fused.inc"
