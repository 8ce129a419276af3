/* Zfa for an assembler that does not know it yet. */
#ifndef ZFA_H
#define ZFA_H
#define OP_FP 0x53

.macro zfa_round funct7, rs2, rd, rs1, mode
        .ifc    \mode, dyn
        .insn   r OP_FP, 7, \funct7, \rd, \rs1, f\rs2
        .endif
        .ifc    \mode, rne
        .insn   r OP_FP, 0, \funct7, \rd, \rs1, f\rs2
        .endif
        .ifc    \mode, rtz
        .insn   r OP_FP, 1, \funct7, \rd, \rs1, f\rs2
        .endif
        .ifc    \mode, rdn
        .insn   r OP_FP, 2, \funct7, \rd, \rs1, f\rs2
        .endif
        .ifc    \mode, rup
        .insn   r OP_FP, 3, \funct7, \rd, \rs1, f\rs2
        .endif
        .ifc    \mode, rmm
        .insn   r OP_FP, 4, \funct7, \rd, \rs1, f\rs2
        .endif
.endm
.macro fround.s rd, rs1, mode
        zfa_round 0x20, 4, \rd, \rs1, \mode
.endm
.macro fround.d rd, rs1, mode
        zfa_round 0x21, 4, \rd, \rs1, \mode
.endm
.macro froundnx.s rd, rs1, mode
        zfa_round 0x20, 5, \rd, \rs1, \mode
.endm
.macro froundnx.d rd, rs1, mode
        zfa_round 0x21, 5, \rd, \rs1, \mode
.endm
.macro fminm.s rd, rs1, rs2
        .insn   r OP_FP, 2, 0x14, \rd, \rs1, \rs2
.endm
.macro fmaxm.s rd, rs1, rs2
        .insn   r OP_FP, 3, 0x14, \rd, \rs1, \rs2
.endm
.macro fminm.d rd, rs1, rs2
        .insn   r OP_FP, 2, 0x15, \rd, \rs1, \rs2
.endm
.macro fmaxm.d rd, rs1, rs2
        .insn   r OP_FP, 3, 0x15, \rd, \rs1, \rs2
.endm
.macro fleq.s rd, rs1, rs2
        .insn   r OP_FP, 4, 0x50, \rd, \rs1, \rs2
.endm
.macro fltq.s rd, rs1, rs2
        .insn   r OP_FP, 5, 0x50, \rd, \rs1, \rs2
.endm
.macro fleq.d rd, rs1, rs2
        .insn   r OP_FP, 4, 0x51, \rd, \rs1, \rs2
.endm
.macro fltq.d rd, rs1, rs2
        .insn   r OP_FP, 5, 0x51, \rd, \rs1, \rs2
.endm
.macro fcvtmod.w.d rd, rs1
        .insn   r OP_FP, 1, 0x61, \rd, \rs1, f8
.endm
.macro fli.s rd, index
        .word   0xf0100053 | \index << 15 | \rd << 7
.endm
.macro fli.d rd, index
        .word   0xf2100053 | \index << 15 | \rd << 7
.endm
#endif
