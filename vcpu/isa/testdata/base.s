# Every 32-bit instruction that the table has, with operands at the ends of
# their ranges and in the middle. rebuild.sh assembles it.
	.option norvc
	.option norelax


# RV64I
	lui	t2, 0
	lui	a0, 0x12345
	lui	s9, 0xfffff
	lui	tp, 0x80000
	auipc	s11, 0
	auipc	a4, 0x12345
	auipc	a3, 0xfffff
	auipc	s0, 0x80000
	addi	a5, s2, 0
	addi	ra, a2, -2048
	addi	gp, s6, 2047
	addi	s5, a6, 291
	slti	s7, s10, 0
	slti	s1, s4, -2048
	slti	a1, t5, 2047
	slti	t4, s8, 291
	sltiu	t6, sp, 0
	sltiu	a7, t3, -2048
	sltiu	s3, t1, 2047
	sltiu	t0, zero, 291
	xori	t2, a0, 0
	xori	s9, tp, -2048
	xori	s11, a4, 2047
	xori	a3, s0, 291
	ori	a0, a5, 0
	ori	a0, s2, -2048
	ori	a0, ra, 2047
	ori	a0, a2, 291
	andi	gp, s6, 0
	andi	s5, a6, -2048
	andi	s7, s10, 2047
	andi	s1, s4, 291
	addiw	a1, t5, 0
	addiw	t4, s8, -2048
	addiw	t6, sp, 2047
	addiw	a7, t3, 291
	slli	s3, t1, 0
	slli	t0, zero, 1
	slli	t2, a0, 31
	slli	s9, tp, 32
	slli	s11, a4, 63
	srli	a3, s0, 0
	srli	a5, s2, 1
	srli	ra, a2, 31
	srli	gp, s6, 32
	srli	s5, a6, 63
	srai	s7, s10, 0
	srai	s1, s4, 1
	srai	a1, t5, 31
	srai	t4, s8, 32
	srai	t6, sp, 63
	slliw	a7, t3, 0
	slliw	s3, t1, 1
	slliw	t0, zero, 31
	srliw	t2, a0, 0
	srliw	s9, tp, 1
	srliw	s11, a4, 31
	sraiw	a3, s0, 0
	sraiw	a5, s2, 1
	sraiw	ra, a2, 31
	add	gp, s6, s5
	add	a6, s7, s10
	sub	s1, s4, a1
	sub	t5, t4, s8
	sll	t6, sp, a7
	sll	t3, s3, t1
	slt	t0, zero, t2
	slt	a0, s9, tp
	sltu	s11, a4, a3
	sltu	s0, a5, s2
	xor	ra, a2, gp
	xor	s6, s5, a6
	srl	s7, s10, s1
	srl	s4, a1, t5
	sra	t4, s8, t6
	sra	sp, a7, t3
	or	s3, t1, t0
	or	zero, t2, a0
	and	s9, tp, s11
	and	a4, a3, s0
	addw	a5, s2, ra
	addw	a2, gp, s6
	subw	s5, a6, s7
	subw	s10, s1, s4
	sllw	a1, t5, t4
	sllw	s8, t6, sp
	srlw	a7, t3, s3
	srlw	t1, t0, zero
	sraw	t2, a0, s9
	sraw	tp, s11, a4
	lb	a3, 0(s0)
	lb	a5, -2048(s2)
	lb	ra, 2047(a2)
	lh	gp, 0(s6)
	lh	s5, -2048(a6)
	lh	s7, 2047(s10)
	lw	s1, 0(s4)
	lw	a1, -2048(t5)
	lw	t4, 2047(s8)
	ld	t6, 0(sp)
	ld	a7, -2048(t3)
	ld	s3, 2047(t1)
	lbu	t0, 0(zero)
	lbu	t2, -2048(a0)
	lbu	s9, 2047(tp)
	lhu	s11, 0(a4)
	lhu	a3, -2048(s0)
	lhu	a5, 2047(s2)
	lwu	ra, 0(a2)
	lwu	gp, -2048(s6)
	lwu	s5, 2047(a6)
	sb	s7, 0(s10)
	sb	s1, -2048(s4)
	sb	a1, 2047(t5)
	sb	t4, -1(s8)
	sb	t6, 31(sp)
	sb	a7, 32(t3)
	sh	s3, 0(t1)
	sh	t0, -2048(zero)
	sh	t2, 2047(a0)
	sh	s9, -1(tp)
	sh	s11, 31(a4)
	sh	a3, 32(s0)
	sw	a5, 0(s2)
	sw	ra, -2048(a2)
	sw	gp, 2047(s6)
	sw	s5, -1(a6)
	sw	s7, 31(s10)
	sw	s1, 32(s4)
	sd	a1, 0(t5)
	sd	t4, -2048(s8)
	sd	t6, 2047(sp)
	sd	a7, -1(t3)
	sd	s3, 31(t1)
	sd	t0, 32(zero)
	beq	t2, a0, .-4096
	beq	s9, tp, .+4094
	beq	s11, a4, .+2048
	beq	a3, s0, .-2
	beq	a5, s2, .+30
	bne	ra, a2, .-4096
	bne	gp, s6, .+4094
	bne	s5, a6, .+2048
	bne	s7, s10, .-2
	bne	s1, s4, .+30
	blt	a1, t5, .-4096
	blt	t4, s8, .+4094
	blt	t6, sp, .+2048
	blt	a7, t3, .-2
	blt	s3, t1, .+30
	bge	t0, zero, .-4096
	bge	t2, a0, .+4094
	bge	s9, tp, .+2048
	bge	s11, a4, .-2
	bge	a3, s0, .+30
	bltu	a5, s2, .-4096
	bltu	ra, a2, .+4094
	bltu	gp, s6, .+2048
	bltu	s5, a6, .-2
	bltu	s7, s10, .+30
	bgeu	s1, s4, .-4096
	bgeu	a1, t5, .+4094
	bgeu	t4, s8, .+2048
	bgeu	t6, sp, .-2
	bgeu	a7, t3, .+30
	jal	s3, .-1048576
	jal	t1, .+1048574
	jal	t0, .+2048
	jal	zero, .-2
	jal	t2, .+4096
	jalr	a0, 0(s9)
	jalr	tp, -2048(s11)
	jalr	a4, 2047(a3)

# M
	mul	s0, a5, s2
	mul	ra, a2, gp
	mulh	s6, s5, a6
	mulh	s7, s10, s1
	mulhsu	s4, a1, t5
	mulhsu	t4, s8, t6
	mulhu	sp, a7, t3
	mulhu	s3, t1, t0
	div	zero, t2, a0
	div	s9, tp, s11
	divu	a4, a3, s0
	divu	a5, s2, ra
	rem	a2, gp, s6
	rem	s5, a6, s7
	remu	s10, s1, s4
	remu	a1, t5, t4
	mulw	s8, t6, sp
	mulw	a7, t3, s3
	divw	t1, t0, zero
	divw	t2, a0, s9
	divuw	tp, s11, a4
	divuw	a3, s0, a5
	remw	s2, ra, a2
	remw	gp, s6, s5
	remuw	a6, s7, s10
	remuw	s1, s4, a1

# Zba
	add.uw	t5, t4, s8
	add.uw	t6, sp, a7
	sh1add	t3, s3, t1
	sh1add	t0, zero, t2
	sh2add	a0, s9, tp
	sh2add	s11, a4, a3
	sh3add	s0, a5, s2
	sh3add	ra, a2, gp
	sh1add.uw	s6, s5, a6
	sh1add.uw	s7, s10, s1
	sh2add.uw	s4, a1, t5
	sh2add.uw	t4, s8, t6
	sh3add.uw	sp, a7, t3
	sh3add.uw	s3, t1, t0
	slli.uw	zero, t2, 0
	slli.uw	a0, s9, 31
	slli.uw	tp, s11, 63

# Zbb
	andn	a4, a3, s0
	andn	a5, s2, ra
	orn	a2, gp, s6
	orn	s5, a6, s7
	xnor	s10, s1, s4
	xnor	a1, t5, t4
	max	s8, t6, sp
	max	a7, t3, s3
	maxu	t1, t0, zero
	maxu	t2, a0, s9
	min	tp, s11, a4
	min	a3, s0, a5
	minu	s2, ra, a2
	minu	gp, s6, s5
	rol	a6, s7, s10
	rol	s1, s4, a1
	ror	t5, t4, s8
	ror	t6, sp, a7
	rolw	t3, s3, t1
	rolw	t0, zero, t2
	rorw	a0, s9, tp
	rorw	s11, a4, a3
	clz	s0, a5
	clz	s2, ra
	ctz	a2, gp
	ctz	s6, s5
	cpop	a6, s7
	cpop	s10, s1
	clzw	s4, a1
	clzw	t5, t4
	ctzw	s8, t6
	ctzw	sp, a7
	cpopw	t3, s3
	cpopw	t1, t0
	sext.b	zero, t2
	sext.b	a0, s9
	sext.h	tp, s11
	sext.h	a4, a3
	zext.h	s0, a5
	zext.h	s2, ra
	orc.b	a2, gp
	orc.b	s6, s5
	rev8	a6, s7
	rev8	s10, s1
	rori	s4, a1, 0
	rori	t5, t4, 31
	rori	s8, t6, 63
	roriw	sp, a7, 0
	roriw	t3, s3, 31

# Zbs
	bclr	t1, t0, zero
	bclr	t2, a0, s9
	bext	tp, s11, a4
	bext	a3, s0, a5
	binv	s2, ra, a2
	binv	gp, s6, s5
	bset	a6, s7, s10
	bset	s1, s4, a1
	bclri	t5, t4, 0
	bclri	s8, t6, 31
	bclri	sp, a7, 63
	bexti	t3, s3, 0
	bexti	t1, t0, 31
	bexti	zero, t2, 63
	binvi	a0, s9, 0
	binvi	tp, s11, 31
	binvi	a4, a3, 63
	bseti	s0, a5, 0
	bseti	s2, ra, 31
	bseti	a2, gp, 63

# Zbc and Zicond
	clmul	s6, s5, a6
	clmul	s7, s10, s1
	clmulh	s4, a1, t5
	clmulh	t4, s8, t6
	clmulr	sp, a7, t3
	clmulr	s3, t1, t0
	czero.eqz	zero, t2, a0
	czero.eqz	s9, tp, s11
	czero.nez	a4, a3, s0
	czero.nez	a5, s2, ra

# A
	lr.w	a2, (gp)
	lr.w.aq	s6, (s5)
	lr.w.rl	a6, (s7)
	lr.w.aqrl	s10, (s1)
	sc.w	s4, a1, (t5)
	sc.w.aq	t4, s8, (t6)
	sc.w.rl	sp, a7, (t3)
	sc.w.aqrl	s3, t1, (t0)
	amoswap.w	zero, t2, (a0)
	amoswap.w.aq	s9, tp, (s11)
	amoswap.w.rl	a4, a3, (s0)
	amoswap.w.aqrl	a5, s2, (ra)
	amoadd.w	a2, gp, (s6)
	amoadd.w.aq	s5, a6, (s7)
	amoadd.w.rl	s10, s1, (s4)
	amoadd.w.aqrl	a1, t5, (t4)
	amoxor.w	s8, t6, (sp)
	amoxor.w.aq	a7, t3, (s3)
	amoxor.w.rl	t1, t0, (zero)
	amoxor.w.aqrl	t2, a0, (s9)
	amoand.w	tp, s11, (a4)
	amoand.w.aq	a3, s0, (a5)
	amoand.w.rl	s2, ra, (a2)
	amoand.w.aqrl	gp, s6, (s5)
	amoor.w	a6, s7, (s10)
	amoor.w.aq	s1, s4, (a1)
	amoor.w.rl	t5, t4, (s8)
	amoor.w.aqrl	t6, sp, (a7)
	amomin.w	t3, s3, (t1)
	amomin.w.aq	t0, zero, (t2)
	amomin.w.rl	a0, s9, (tp)
	amomin.w.aqrl	s11, a4, (a3)
	amomax.w	s0, a5, (s2)
	amomax.w.aq	ra, a2, (gp)
	amomax.w.rl	s6, s5, (a6)
	amomax.w.aqrl	s7, s10, (s1)
	amominu.w	s4, a1, (t5)
	amominu.w.aq	t4, s8, (t6)
	amominu.w.rl	sp, a7, (t3)
	amominu.w.aqrl	s3, t1, (t0)
	amomaxu.w	zero, t2, (a0)
	amomaxu.w.aq	s9, tp, (s11)
	amomaxu.w.rl	a4, a3, (s0)
	amomaxu.w.aqrl	a5, s2, (ra)
	lr.d	a2, (gp)
	lr.d.aq	s6, (s5)
	lr.d.rl	a6, (s7)
	lr.d.aqrl	s10, (s1)
	sc.d	s4, a1, (t5)
	sc.d.aq	t4, s8, (t6)
	sc.d.rl	sp, a7, (t3)
	sc.d.aqrl	s3, t1, (t0)
	amoswap.d	zero, t2, (a0)
	amoswap.d.aq	s9, tp, (s11)
	amoswap.d.rl	a4, a3, (s0)
	amoswap.d.aqrl	a5, s2, (ra)
	amoadd.d	a2, gp, (s6)
	amoadd.d.aq	s5, a6, (s7)
	amoadd.d.rl	s10, s1, (s4)
	amoadd.d.aqrl	a1, t5, (t4)
	amoxor.d	s8, t6, (sp)
	amoxor.d.aq	a7, t3, (s3)
	amoxor.d.rl	t1, t0, (zero)
	amoxor.d.aqrl	t2, a0, (s9)
	amoand.d	tp, s11, (a4)
	amoand.d.aq	a3, s0, (a5)
	amoand.d.rl	s2, ra, (a2)
	amoand.d.aqrl	gp, s6, (s5)
	amoor.d	a6, s7, (s10)
	amoor.d.aq	s1, s4, (a1)
	amoor.d.rl	t5, t4, (s8)
	amoor.d.aqrl	t6, sp, (a7)
	amomin.d	t3, s3, (t1)
	amomin.d.aq	t0, zero, (t2)
	amomin.d.rl	a0, s9, (tp)
	amomin.d.aqrl	s11, a4, (a3)
	amomax.d	s0, a5, (s2)
	amomax.d.aq	ra, a2, (gp)
	amomax.d.rl	s6, s5, (a6)
	amomax.d.aqrl	s7, s10, (s1)
	amominu.d	s4, a1, (t5)
	amominu.d.aq	t4, s8, (t6)
	amominu.d.rl	sp, a7, (t3)
	amominu.d.aqrl	s3, t1, (t0)
	amomaxu.d	zero, t2, (a0)
	amomaxu.d.aq	s9, tp, (s11)
	amomaxu.d.rl	a4, a3, (s0)
	amomaxu.d.aqrl	a5, s2, (ra)

# F, D, Zfhmin, Zfa
	flh	fs2, 0(ra)
	flh	fs2, -2048(ra)
	flh	fs2, 2047(ra)
	flw	fs2, 0(ra)
	flw	fs2, -2048(ra)
	flw	fs2, 2047(ra)
	fld	fs2, 0(ra)
	fld	fs2, -2048(ra)
	fld	fs2, 2047(ra)
	fsh	fs2, 0(ra)
	fsh	fs2, -2048(ra)
	fsh	fs2, 2047(ra)
	fsw	fs2, 0(ra)
	fsw	fs2, -2048(ra)
	fsw	fs2, 2047(ra)
	fsd	fs2, 0(ra)
	fsd	fs2, -2048(ra)
	fsd	fs2, 2047(ra)
	fmadd.s	fs2, fa5, fs0, fa3, dyn
	fmadd.s	fa4, fs11, ft4, fs9, rdn
	fmsub.s	fa0, ft7, ft0, ft5, dyn
	fmsub.s	ft6, fs3, ft8, fa7, rdn
	fnmsub.s	ft2, ft11, fs8, ft9, dyn
	fnmsub.s	ft10, fa1, fs4, fs1, rdn
	fnmadd.s	fs10, fs7, fa6, fs5, dyn
	fnmadd.s	fs6, ft3, fa2, ft1, rdn
	fadd.s	fs2, fa5, fs0, rne
	fadd.s	fa3, fa4, fs11, rtz
	fadd.s	ft4, fs9, fa0, rdn
	fadd.s	ft7, ft0, ft5, rup
	fadd.s	ft6, fs3, ft8, rmm
	fadd.s	fa7, ft2, ft11, dyn
	fsub.s	fs8, ft9, ft10, dyn
	fsub.s	fa1, fs4, fs1, rtz
	fmul.s	fs10, fs7, fa6, dyn
	fmul.s	fs5, fs6, ft3, rtz
	fdiv.s	fa2, ft1, fs2, dyn
	fdiv.s	fa5, fs0, fa3, rtz
	fsqrt.s	fa4, fs11, dyn
	fsqrt.s	ft4, fs9, rmm
	fround.s	fa0, ft7, dyn
	fround.s	ft0, ft5, rmm
	froundnx.s	ft6, fs3, dyn
	froundnx.s	ft8, fa7, rmm
	fsgnj.s	ft2, ft11, fs8
	fsgnjn.s	ft9, ft10, fa1
	fsgnjx.s	fs4, fs1, fs10
	fmin.s	fs7, fa6, fs5
	fmax.s	fs6, ft3, fa2
	fminm.s	ft1, fs2, fa5
	fmaxm.s	fs0, fa3, fa4
	feq.s	a3, fa4, fs11
	flt.s	a4, fs11, ft4
	fle.s	s11, ft4, fs9
	fleq.s	tp, fs9, fa0
	fltq.s	s9, fa0, ft7
	fclass.s	a0, ft7
	fcvt.w.s	a0, ft7, dyn
	fcvt.w.s	a0, ft7, rtz
	fcvt.s.w	ft0, t2, dyn
	fcvt.s.w	ft0, t2, rup
	fcvt.wu.s	a0, ft7, dyn
	fcvt.wu.s	a0, ft7, rtz
	fcvt.s.wu	ft0, t2, dyn
	fcvt.s.wu	ft0, t2, rup
	fcvt.l.s	a0, ft7, dyn
	fcvt.l.s	a0, ft7, rtz
	fcvt.s.l	ft0, t2, dyn
	fcvt.s.l	ft0, t2, rup
	fcvt.lu.s	a0, ft7, dyn
	fcvt.lu.s	a0, ft7, rtz
	fcvt.s.lu	ft0, t2, dyn
	fcvt.s.lu	ft0, t2, rup
	fli.s	ft0, -1.0
	fli.s	ft5, min
	fli.s	ft6, 0x1p-16
	fli.s	fs3, 0x1p-15
	fli.s	ft8, 0x1p-8
	fli.s	fa7, 0x1p-7
	fli.s	ft2, 0.0625
	fli.s	ft11, 0.125
	fli.s	fs8, 0.25
	fli.s	ft9, 0.3125
	fli.s	ft10, 0.375
	fli.s	fa1, 0.4375
	fli.s	fs4, 0.5
	fli.s	fs1, 0.625
	fli.s	fs10, 0.75
	fli.s	fs7, 0.875
	fli.s	fa6, 1.0
	fli.s	fs5, 1.25
	fli.s	fs6, 1.5
	fli.s	ft3, 1.75
	fli.s	fa2, 2.0
	fli.s	ft1, 2.5
	fli.s	fs2, 3.0
	fli.s	fa5, 4.0
	fli.s	fs0, 8.0
	fli.s	fa3, 16.0
	fli.s	fa4, 128.0
	fli.s	fs11, 256.0
	fli.s	ft4, 32768.0
	fli.s	fs9, 65536.0
	fli.s	fa0, inf
	fli.s	ft7, nan
	fmadd.d	ft0, ft5, ft6, fs3, dyn
	fmadd.d	ft8, fa7, ft2, ft11, rdn
	fmsub.d	fs8, ft9, ft10, fa1, dyn
	fmsub.d	fs4, fs1, fs10, fs7, rdn
	fnmsub.d	fa6, fs5, fs6, ft3, dyn
	fnmsub.d	fa2, ft1, fs2, fa5, rdn
	fnmadd.d	fs0, fa3, fa4, fs11, dyn
	fnmadd.d	ft4, fs9, fa0, ft7, rdn
	fadd.d	ft0, ft5, ft6, rne
	fadd.d	fs3, ft8, fa7, rtz
	fadd.d	ft2, ft11, fs8, rdn
	fadd.d	ft9, ft10, fa1, rup
	fadd.d	fs4, fs1, fs10, rmm
	fadd.d	fs7, fa6, fs5, dyn
	fsub.d	fs6, ft3, fa2, dyn
	fsub.d	ft1, fs2, fa5, rtz
	fmul.d	fs0, fa3, fa4, dyn
	fmul.d	fs11, ft4, fs9, rtz
	fdiv.d	fa0, ft7, ft0, dyn
	fdiv.d	ft5, ft6, fs3, rtz
	fsqrt.d	ft8, fa7, dyn
	fsqrt.d	ft2, ft11, rmm
	fround.d	fs8, ft9, dyn
	fround.d	ft10, fa1, rmm
	froundnx.d	fs4, fs1, dyn
	froundnx.d	fs10, fs7, rmm
	fsgnj.d	fa6, fs5, fs6
	fsgnjn.d	ft3, fa2, ft1
	fsgnjx.d	fs2, fa5, fs0
	fmin.d	fa3, fa4, fs11
	fmax.d	ft4, fs9, fa0
	fminm.d	ft7, ft0, ft5
	fmaxm.d	ft6, fs3, ft8
	feq.d	s3, ft8, fa7
	flt.d	t3, fa7, ft2
	fle.d	a7, ft2, ft11
	fleq.d	sp, ft11, fs8
	fltq.d	t6, fs8, ft9
	fclass.d	s8, ft9
	fcvt.w.d	s8, ft9, dyn
	fcvt.w.d	s8, ft9, rtz
	fcvt.d.w	ft10, t4
	fcvt.wu.d	s8, ft9, dyn
	fcvt.wu.d	s8, ft9, rtz
	fcvt.d.wu	ft10, t4
	fcvt.l.d	s8, ft9, dyn
	fcvt.l.d	s8, ft9, rtz
	fcvt.d.l	ft10, t4, dyn
	fcvt.d.l	ft10, t4, rup
	fcvt.lu.d	s8, ft9, dyn
	fcvt.lu.d	s8, ft9, rtz
	fcvt.d.lu	ft10, t4, dyn
	fcvt.d.lu	ft10, t4, rup
	fli.d	ft10, -1.0
	fli.d	fa1, min
	fli.d	fs4, 0x1p-16
	fli.d	fs1, 0x1p-15
	fli.d	fs10, 0x1p-8
	fli.d	fs7, 0x1p-7
	fli.d	fa6, 0.0625
	fli.d	fs5, 0.125
	fli.d	fs6, 0.25
	fli.d	ft3, 0.3125
	fli.d	fa2, 0.375
	fli.d	ft1, 0.4375
	fli.d	fs2, 0.5
	fli.d	fa5, 0.625
	fli.d	fs0, 0.75
	fli.d	fa3, 0.875
	fli.d	fa4, 1.0
	fli.d	fs11, 1.25
	fli.d	ft4, 1.5
	fli.d	fs9, 1.75
	fli.d	fa0, 2.0
	fli.d	ft7, 2.5
	fli.d	ft0, 3.0
	fli.d	ft5, 4.0
	fli.d	ft6, 8.0
	fli.d	fs3, 16.0
	fli.d	ft8, 128.0
	fli.d	fa7, 256.0
	fli.d	ft2, 32768.0
	fli.d	ft11, 65536.0
	fli.d	fs8, inf
	fli.d	ft9, nan
	fcvt.s.d	ft10, fa1, dyn
	fcvt.s.d	fs4, fs1, rtz
	fcvt.h.s	fs10, fs7, dyn
	fcvt.h.s	fa6, fs5, rtz
	fcvt.h.d	fs6, ft3, dyn
	fcvt.h.d	fa2, ft1, rtz
	fcvt.d.s	fs2, fa5
	fcvt.s.h	fs0, fa3
	fcvt.d.h	fa4, fs11
	fmv.x.w	a4, fs11
	fmv.x.d	a4, fs11
	fmv.x.h	a4, fs11
	fmv.w.x	ft4, s11
	fmv.d.x	ft4, s11
	fmv.h.x	ft4, s11
	fcvtmod.w.d	a4, fs11, rtz

# Ordering, hints, cache blocks
	fence	rw, rw
	fence	iorw, iorw
	fence	r, rw
	fence	rw, w
	fence	w, r
	fence	i, o
	fence	ir, ow
	fence.tso
	fence.i
	pause
	prefetch.i	0(a4)
	prefetch.i	32(a3)
	prefetch.i	-2048(s0)
	prefetch.i	2016(a5)
	prefetch.r	0(s2)
	prefetch.r	32(ra)
	prefetch.r	-2048(a2)
	prefetch.r	2016(gp)
	prefetch.w	0(s6)
	prefetch.w	32(s5)
	prefetch.w	-2048(a6)
	prefetch.w	2016(s7)
	cbo.clean	(s10)
	cbo.flush	(s1)
	cbo.inval	(s4)
	cbo.zero	(a1)

# CSRs and privileged
	csrrw	t5, fflags, t4
	csrrs	s8, frm, t6
	csrrc	sp, fcsr, a7
	csrrw	t3, cycle, s3
	csrrs	t1, time, t0
	csrrc	zero, instret, t2
	csrrw	a0, hpmcounter3, s9
	csrrs	tp, hpmcounter31, s11
	csrrc	a4, sstatus, a3
	csrrw	s0, sie, a5
	csrrs	s2, stvec, ra
	csrrc	a2, scounteren, gp
	csrrw	s6, senvcfg, s5
	csrrs	a6, sscratch, s7
	csrrc	s10, sepc, s1
	csrrw	s4, scause, a1
	csrrs	t5, stval, t4
	csrrc	s8, sip, t6
	csrrw	sp, stimecmp, a7
	csrrs	t3, satp, s3
	csrrc	t1, scontext, t0
	csrrw	zero, scountovf, t2
	csrrs	a0, mvendorid, s9
	csrrc	tp, marchid, s11
	csrrw	a4, mimpid, a3
	csrrs	s0, mhartid, a5
	csrrc	s2, mconfigptr, ra
	csrrw	a2, mstatus, gp
	csrrs	s6, misa, s5
	csrrc	a6, medeleg, s7
	csrrw	s10, mideleg, s1
	csrrs	s4, mie, a1
	csrrc	t5, mtvec, t4
	csrrw	s8, mcounteren, t6
	csrrs	sp, menvcfg, a7
	csrrc	t3, mstateen0, s3
	csrrw	t1, mcountinhibit, t0
	csrrs	zero, mscratch, t2
	csrrc	a0, mepc, s9
	csrrw	tp, mcause, s11
	csrrs	a4, mtval, a3
	csrrc	s0, mip, a5
	csrrw	s2, mtinst, ra
	csrrs	a2, mtval2, gp
	csrrc	s6, mseccfg, s5
	csrrw	a6, mcycle, s7
	csrrs	s10, minstret, s1
	csrrc	s4, pmpcfg0, a1
	csrrw	t5, pmpcfg2, t4
	csrrs	s8, pmpcfg14, t6
	csrrc	sp, pmpaddr0, a7
	csrrw	t3, pmpaddr15, s3
	csrrs	t1, pmpaddr63, t0
	csrrc	zero, mhpmcounter3, t2
	csrrw	a0, mhpmcounter31, s9
	csrrs	tp, mhpmevent3, s11
	csrrc	a4, mhpmevent31, a3
	csrrw	s0, tselect, a5
	csrrs	s2, tdata1, ra
	csrrc	a2, tdata2, gp
	csrrw	s6, tdata3, s5
	csrrs	a6, tinfo, s7
	csrrc	s10, mcontext, s1
	csrrw	s4, dcsr, a1
	csrrs	t5, dpc, t4
	csrrc	s8, dscratch0, t6
	csrrw	sp, dscratch1, a7
	csrrs	t3, seed, s3
	csrrc	t1, vstart, t0
	csrrw	zero, vxsat, t2
	csrrs	a0, vxrm, s9
	csrrc	tp, vcsr, s11
	csrrw	a4, vl, a3
	csrrs	s0, vtype, a5
	csrrc	s2, vlenb, ra
	csrrw	a2, sstateen0, gp
	csrrs	s6, sstateen3, s5
	csrrc	a6, siselect, s7
	csrrw	s10, sireg, s1
	csrrs	s4, stopei, a1
	csrrc	t5, stopi, t4
	csrrw	s8, hstatus, t6
	csrrs	sp, hedeleg, a7
	csrrc	t3, hgatp, s3
	csrrw	t1, hgeip, t0
	csrrs	zero, vsstatus, t2
	csrrc	a0, vsatp, s9
	csrrw	tp, miselect, s11
	csrrs	a4, mireg, a3
	csrrc	s0, mtopei, a5
	csrrw	s2, mtopi, ra
	csrrs	a2, mvien, gp
	csrrc	s6, mvip, s5
	csrrw	a6, mnscratch, s7
	csrrs	s10, mnepc, s1
	csrrc	s4, mncause, a1
	csrrw	t5, mnstatus, t4
	csrrwi	s8, 0x7c0, 0
	csrrwi	t6, 0x7c1, 1
	csrrwi	sp, 0x7df, 31
	csrrsi	a7, 0x7c0, 0
	csrrsi	t3, 0x7c1, 1
	csrrsi	s3, 0x7df, 31
	csrrci	t1, 0x7c0, 0
	csrrci	t0, 0x7c1, 1
	csrrci	zero, 0x7df, 31
	ecall
	ebreak
	sret
	mret
	wfi
	wrs.nto
	wrs.sto
	sfence.w.inval
	sfence.inval.ir
	sfence.vma	t2, a0
	sfence.vma	zero, zero
	sinval.vma	s9, tp
	sinval.vma	zero, zero

# Zbkb, Zbkx
	pack	t2, a0, s9
	pack	tp, s11, a4
	packh	a3, s0, a5
	packh	s2, ra, a2
	packw	gp, s6, s5
	packw	a6, s7, s10
	brev8	s1, s4
	brev8	a1, t5
	xperm4	t4, s8, t6
	xperm4	sp, a7, t3
	xperm8	s3, t1, t0
	xperm8	zero, t2, a0

# Zimop
	mop.r.0	a0, a1
	mop.r.1	t6, zero
	mop.r.4	s1, s2
	mop.r.16	s9, tp
	mop.r.31	zero, t3
	mop.rr.0	a0, a1, a2
	mop.rr.3	t6, s0, ra
	mop.rr.4	gp, t2, s11
	mop.rr.7	zero, t3, a7

# Zknd, Zkne, Zknh
	aes64ds	t2, a0, s9
	aes64ds	tp, s11, a4
	aes64dsm	a3, s0, a5
	aes64dsm	s2, ra, a2
	aes64im	gp, s6
	aes64im	a6, s7
	aes64es	s1, s4, a1
	aes64es	zero, t5, t4
	aes64esm	s8, t6, sp
	aes64esm	a7, t3, s3
	aes64ks1i	t1, t0, 0
	aes64ks1i	t2, a0, 7
	aes64ks1i	s9, tp, 10
	aes64ks2	s11, a4, a3
	aes64ks2	s0, a5, zero
	sha256sum0	ra, a2
	sha256sum1	gp, s6
	sha256sig0	s5, a6
	sha256sig1	s7, s10
	sha512sum0	s1, s4
	sha512sum1	a1, t5
	sha512sig0	t4, s8
	sha512sig1	t6, sp

# Zksed, Zksh
	sm4ed	a7, t3, s3, 0
	sm4ed	t1, t0, t2, 3
	sm4ks	a0, s9, tp, 1
	sm4ks	s11, a4, a3, 2
	sm3p0	s0, a5
	sm3p1	s2, ra

# Zabha
	amoswap.b	t2, a0, (s9)
	amoswap.b.rl	tp, s11, (a4)
	amoadd.b.aq	a3, s0, (a5)
	amoadd.b.aqrl	s2, ra, (a2)
	amoxor.b.rl	gp, s6, (s5)
	amoxor.b	a6, s7, (s10)
	amoand.b.aqrl	s1, s4, (a1)
	amoand.b.aq	t5, t4, (s8)
	amoor.b	t6, sp, (a7)
	amoor.b.rl	t3, s3, (t1)
	amomin.b.aq	t0, zero, (t2)
	amomin.b.aqrl	a0, s9, (tp)
	amomax.b.rl	s11, a4, (a3)
	amomax.b	s0, a5, (s2)
	amominu.b.aqrl	ra, a2, (gp)
	amominu.b.aq	s6, s5, (a6)
	amomaxu.b	s7, s10, (s1)
	amomaxu.b.rl	s4, a1, (t5)
	amoswap.h	t4, s8, (t6)
	amoswap.h.rl	sp, a7, (t3)
	amoadd.h.aq	s3, t1, (t0)
	amoadd.h.aqrl	zero, t2, (a0)
	amoxor.h.rl	s9, tp, (s11)
	amoxor.h	a4, a3, (s0)
	amoand.h.aqrl	a5, s2, (ra)
	amoand.h.aq	a2, gp, (s6)
	amoor.h	s5, a6, (s7)
	amoor.h.rl	s10, s1, (s4)
	amomin.h.aq	a1, t5, (t4)
	amomin.h.aqrl	s8, t6, (sp)
	amomax.h.rl	a7, t3, (s3)
	amomax.h	t1, t0, (zero)
	amominu.h.aqrl	t2, a0, (s9)
	amominu.h.aq	tp, s11, (a4)
	amomaxu.h	a3, s0, (a5)
	amomaxu.h.rl	s2, ra, (a2)

# Zacas
	amocas.b	gp, s6, (s5)
	amocas.b.aq	a6, s7, (s10)
	amocas.b.rl	s1, s4, (a1)
	amocas.b.aqrl	t5, t4, (s8)
	amocas.h	t6, sp, (a7)
	amocas.h.aq	t3, s3, (t1)
	amocas.h.rl	t0, zero, (t2)
	amocas.h.aqrl	a0, s9, (tp)
	amocas.w	s11, a4, (a3)
	amocas.w.aq	s0, a5, (s2)
	amocas.w.rl	ra, a2, (gp)
	amocas.w.aqrl	s6, s5, (a6)
	amocas.d	s7, s10, (s1)
	amocas.d.aq	s4, a1, (t5)
	amocas.d.rl	t4, s8, (t6)
	amocas.d.aqrl	sp, a7, (t3)
	amocas.q	a0, a2, (a4)
	amocas.q.aq	zero, t5, (sp)
	amocas.q.rl	s2, zero, (t0)
	amocas.q.aqrl	t5, sp, (ra)

# Zfh, and Zfa for it
	fmadd.h	fs2, fa5, fs0, fa3, dyn
	fmadd.h	fa4, fs11, ft4, fs9, rdn
	fmsub.h	fa0, ft7, ft0, ft5, dyn
	fmsub.h	ft6, fs3, ft8, fa7, rdn
	fnmsub.h	ft2, ft11, fs8, ft9, dyn
	fnmsub.h	ft10, fa1, fs4, fs1, rdn
	fnmadd.h	fs10, fs7, fa6, fs5, dyn
	fnmadd.h	fs6, ft3, fa2, ft1, rdn
	fadd.h	fs2, fa5, fs0, rne
	fadd.h	fa3, fa4, fs11, rtz
	fadd.h	ft4, fs9, fa0, rdn
	fadd.h	ft7, ft0, ft5, rup
	fadd.h	ft6, fs3, ft8, rmm
	fadd.h	fa7, ft2, ft11, dyn
	fsub.h	fs8, ft9, ft10, dyn
	fsub.h	fa1, fs4, fs1, rtz
	fmul.h	fs10, fs7, fa6, dyn
	fmul.h	fs5, fs6, ft3, rtz
	fdiv.h	fa2, ft1, fs2, dyn
	fdiv.h	fa5, fs0, fa3, rtz
	fsqrt.h	fa4, fs11, dyn
	fsqrt.h	ft4, fs9, rmm
	fround.h	fa0, ft7, dyn
	fround.h	ft0, ft5, rmm
	froundnx.h	ft6, fs3, dyn
	froundnx.h	ft8, fa7, rmm
	fsgnj.h	ft2, ft11, fs8
	fsgnjn.h	ft9, ft10, fa1
	fsgnjx.h	fs4, fs1, fs10
	fmin.h	fs7, fa6, fs5
	fmax.h	fs6, ft3, fa2
	fminm.h	ft1, fs2, fa5
	fmaxm.h	fs0, fa3, fa4
	feq.h	a3, fa4, fs11
	flt.h	a4, fs11, ft4
	fle.h	s11, ft4, fs9
	fleq.h	tp, fs9, fa0
	fltq.h	s9, fa0, ft7
	fclass.h	a0, ft7
	fcvt.w.h	a0, ft7, dyn
	fcvt.w.h	a0, ft7, rtz
	fcvt.h.w	ft0, t2, dyn
	fcvt.h.w	ft0, t2, rup
	fcvt.wu.h	a0, ft7, dyn
	fcvt.wu.h	a0, ft7, rtz
	fcvt.h.wu	ft0, t2, dyn
	fcvt.h.wu	ft0, t2, rup
	fcvt.l.h	a0, ft7, dyn
	fcvt.l.h	a0, ft7, rtz
	fcvt.h.l	ft0, t2, dyn
	fcvt.h.l	ft0, t2, rup
	fcvt.lu.h	a0, ft7, dyn
	fcvt.lu.h	a0, ft7, rtz
	fcvt.h.lu	ft0, t2, dyn
	fcvt.h.lu	ft0, t2, rup
	fli.h	ft0, -1.0
	fli.h	ft5, min
	fli.h	ft6, 0x1p-16
	fli.h	fs3, 0x1p-15
	fli.h	ft8, 0x1p-8
	fli.h	fa7, 0x1p-7
	fli.h	ft2, 0.0625
	fli.h	ft11, 0.125
	fli.h	fs8, 0.25
	fli.h	ft9, 0.3125
	fli.h	ft10, 0.375
	fli.h	fa1, 0.4375
	fli.h	fs4, 0.5
	fli.h	fs1, 0.625
	fli.h	fs10, 0.75
	fli.h	fs7, 0.875
	fli.h	fa6, 1.0
	fli.h	fs5, 1.25
	fli.h	fs6, 1.5
	fli.h	ft3, 1.75
	fli.h	fa2, 2.0
	fli.h	ft1, 2.5
	fli.h	fs2, 3.0
	fli.h	fa5, 4.0
	fli.h	fs0, 8.0
	fli.h	fa3, 16.0
	fli.h	fa4, 128.0
	fli.h	fs11, 256.0
	fli.h	ft4, 32768.0
	fli.h	fs9, 65536.0
	fli.h	fa0, inf
	fli.h	ft7, nan
