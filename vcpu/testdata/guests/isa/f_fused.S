/* F: the four fused multiply-adds (TRAPS 18). */
#include "fp.h"

        fp_guest_begin

        op_rm   fmadd_s, FROM_FA0, fmadd.s fa0, fa0, fa1, fa2
        op_rm   fmsub_s, FROM_FA0, fmsub.s fa0, fa0, fa1, fa2
        op_rm   fnmsub_s, FROM_FA0, fnmsub.s fa0, fa0, fa1, fa2
        op_rm   fnmadd_s, FROM_FA0, fnmadd.s fa0, fa0, fa1, fa2

        fp_guest_end

        fp_tables
#include "fp_s_fused.inc"
