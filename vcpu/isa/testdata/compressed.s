# Every compressed instruction, each followed by the base instruction that it
# stands for. rebuild.sh assembles it.
	.option norelax

	.option rvc
	c.addi4spn s0, sp, 4
	.option norvc
	addi s0, sp, 4
	.option rvc
	c.addi4spn s0, sp, 8
	.option norvc
	addi s0, sp, 8
	.option rvc
	c.addi4spn s0, sp, 16
	.option norvc
	addi s0, sp, 16
	.option rvc
	c.addi4spn s0, sp, 32
	.option norvc
	addi s0, sp, 32
	.option rvc
	c.addi4spn s0, sp, 64
	.option norvc
	addi s0, sp, 64
	.option rvc
	c.addi4spn s0, sp, 128
	.option norvc
	addi s0, sp, 128
	.option rvc
	c.addi4spn s0, sp, 256
	.option norvc
	addi s0, sp, 256
	.option rvc
	c.addi4spn s0, sp, 512
	.option norvc
	addi s0, sp, 512
	.option rvc
	c.addi4spn s0, sp, 1020
	.option norvc
	addi s0, sp, 1020
	.option rvc
	c.addi4spn s0, sp, 680
	.option norvc
	addi s0, sp, 680
	.option rvc
	c.lw s0, 0(a5)
	.option norvc
	lw s0, 0(a5)
	.option rvc
	c.lw a5, 4(s0)
	.option norvc
	lw a5, 4(s0)
	.option rvc
	c.lw a1, 8(a5)
	.option norvc
	lw a1, 8(a5)
	.option rvc
	c.lw a5, 16(a5)
	.option norvc
	lw a5, 16(a5)
	.option rvc
	c.lw a1, 32(a5)
	.option norvc
	lw a1, 32(a5)
	.option rvc
	c.lw a5, 64(a5)
	.option norvc
	lw a5, 64(a5)
	.option rvc
	c.lw a5, 124(s0)
	.option norvc
	lw a5, 124(s0)
	.option rvc
	c.lwsp ra, 0(sp)
	.option norvc
	lw ra, 0(sp)
	.option rvc
	c.lwsp a0, 4(sp)
	.option norvc
	lw a0, 4(sp)
	.option rvc
	c.lwsp t6, 8(sp)
	.option norvc
	lw t6, 8(sp)
	.option rvc
	c.lwsp a0, 16(sp)
	.option norvc
	lw a0, 16(sp)
	.option rvc
	c.lwsp t6, 32(sp)
	.option norvc
	lw t6, 32(sp)
	.option rvc
	c.lwsp a0, 64(sp)
	.option norvc
	lw a0, 64(sp)
	.option rvc
	c.lwsp t6, 128(sp)
	.option norvc
	lw t6, 128(sp)
	.option rvc
	c.lwsp ra, 252(sp)
	.option norvc
	lw ra, 252(sp)
	.option rvc
	c.ld s0, 0(a5)
	.option norvc
	ld s0, 0(a5)
	.option rvc
	c.ld a5, 8(s0)
	.option norvc
	ld a5, 8(s0)
	.option rvc
	c.ld a1, 16(a5)
	.option norvc
	ld a1, 16(a5)
	.option rvc
	c.ld a5, 32(a5)
	.option norvc
	ld a5, 32(a5)
	.option rvc
	c.ld a1, 64(a5)
	.option norvc
	ld a1, 64(a5)
	.option rvc
	c.ld a5, 128(a5)
	.option norvc
	ld a5, 128(a5)
	.option rvc
	c.ld a5, 248(s0)
	.option norvc
	ld a5, 248(s0)
	.option rvc
	c.ldsp ra, 0(sp)
	.option norvc
	ld ra, 0(sp)
	.option rvc
	c.ldsp a0, 8(sp)
	.option norvc
	ld a0, 8(sp)
	.option rvc
	c.ldsp t6, 16(sp)
	.option norvc
	ld t6, 16(sp)
	.option rvc
	c.ldsp a0, 32(sp)
	.option norvc
	ld a0, 32(sp)
	.option rvc
	c.ldsp t6, 64(sp)
	.option norvc
	ld t6, 64(sp)
	.option rvc
	c.ldsp a0, 128(sp)
	.option norvc
	ld a0, 128(sp)
	.option rvc
	c.ldsp t6, 256(sp)
	.option norvc
	ld t6, 256(sp)
	.option rvc
	c.ldsp ra, 504(sp)
	.option norvc
	ld ra, 504(sp)
	.option rvc
	c.fld fs0, 0(a5)
	.option norvc
	fld fs0, 0(a5)
	.option rvc
	c.fld fa5, 8(s0)
	.option norvc
	fld fa5, 8(s0)
	.option rvc
	c.fld fa1, 16(a5)
	.option norvc
	fld fa1, 16(a5)
	.option rvc
	c.fld fa5, 32(a5)
	.option norvc
	fld fa5, 32(a5)
	.option rvc
	c.fld fa1, 64(a5)
	.option norvc
	fld fa1, 64(a5)
	.option rvc
	c.fld fa5, 128(a5)
	.option norvc
	fld fa5, 128(a5)
	.option rvc
	c.fld fa5, 248(s0)
	.option norvc
	fld fa5, 248(s0)
	.option rvc
	c.fldsp ft0, 0(sp)
	.option norvc
	fld ft0, 0(sp)
	.option rvc
	c.fldsp fa0, 8(sp)
	.option norvc
	fld fa0, 8(sp)
	.option rvc
	c.fldsp ft11, 16(sp)
	.option norvc
	fld ft11, 16(sp)
	.option rvc
	c.fldsp fa0, 32(sp)
	.option norvc
	fld fa0, 32(sp)
	.option rvc
	c.fldsp ft11, 64(sp)
	.option norvc
	fld ft11, 64(sp)
	.option rvc
	c.fldsp fa0, 128(sp)
	.option norvc
	fld fa0, 128(sp)
	.option rvc
	c.fldsp ft11, 256(sp)
	.option norvc
	fld ft11, 256(sp)
	.option rvc
	c.fldsp ft0, 504(sp)
	.option norvc
	fld ft0, 504(sp)
	.option rvc
	c.sw s0, 0(a5)
	.option norvc
	sw s0, 0(a5)
	.option rvc
	c.sw a5, 4(s0)
	.option norvc
	sw a5, 4(s0)
	.option rvc
	c.sw a1, 8(a5)
	.option norvc
	sw a1, 8(a5)
	.option rvc
	c.sw a5, 16(a5)
	.option norvc
	sw a5, 16(a5)
	.option rvc
	c.sw a1, 32(a5)
	.option norvc
	sw a1, 32(a5)
	.option rvc
	c.sw a5, 64(a5)
	.option norvc
	sw a5, 64(a5)
	.option rvc
	c.sw a5, 124(s0)
	.option norvc
	sw a5, 124(s0)
	.option rvc
	c.swsp ra, 0(sp)
	.option norvc
	sw ra, 0(sp)
	.option rvc
	c.swsp a0, 4(sp)
	.option norvc
	sw a0, 4(sp)
	.option rvc
	c.swsp t6, 8(sp)
	.option norvc
	sw t6, 8(sp)
	.option rvc
	c.swsp a0, 16(sp)
	.option norvc
	sw a0, 16(sp)
	.option rvc
	c.swsp t6, 32(sp)
	.option norvc
	sw t6, 32(sp)
	.option rvc
	c.swsp a0, 64(sp)
	.option norvc
	sw a0, 64(sp)
	.option rvc
	c.swsp t6, 128(sp)
	.option norvc
	sw t6, 128(sp)
	.option rvc
	c.swsp ra, 252(sp)
	.option norvc
	sw ra, 252(sp)
	.option rvc
	c.sd s0, 0(a5)
	.option norvc
	sd s0, 0(a5)
	.option rvc
	c.sd a5, 8(s0)
	.option norvc
	sd a5, 8(s0)
	.option rvc
	c.sd a1, 16(a5)
	.option norvc
	sd a1, 16(a5)
	.option rvc
	c.sd a5, 32(a5)
	.option norvc
	sd a5, 32(a5)
	.option rvc
	c.sd a1, 64(a5)
	.option norvc
	sd a1, 64(a5)
	.option rvc
	c.sd a5, 128(a5)
	.option norvc
	sd a5, 128(a5)
	.option rvc
	c.sd a5, 248(s0)
	.option norvc
	sd a5, 248(s0)
	.option rvc
	c.sdsp ra, 0(sp)
	.option norvc
	sd ra, 0(sp)
	.option rvc
	c.sdsp a0, 8(sp)
	.option norvc
	sd a0, 8(sp)
	.option rvc
	c.sdsp t6, 16(sp)
	.option norvc
	sd t6, 16(sp)
	.option rvc
	c.sdsp a0, 32(sp)
	.option norvc
	sd a0, 32(sp)
	.option rvc
	c.sdsp t6, 64(sp)
	.option norvc
	sd t6, 64(sp)
	.option rvc
	c.sdsp a0, 128(sp)
	.option norvc
	sd a0, 128(sp)
	.option rvc
	c.sdsp t6, 256(sp)
	.option norvc
	sd t6, 256(sp)
	.option rvc
	c.sdsp ra, 504(sp)
	.option norvc
	sd ra, 504(sp)
	.option rvc
	c.fsd fs0, 0(a5)
	.option norvc
	fsd fs0, 0(a5)
	.option rvc
	c.fsd fa5, 8(s0)
	.option norvc
	fsd fa5, 8(s0)
	.option rvc
	c.fsd fa1, 16(a5)
	.option norvc
	fsd fa1, 16(a5)
	.option rvc
	c.fsd fa5, 32(a5)
	.option norvc
	fsd fa5, 32(a5)
	.option rvc
	c.fsd fa1, 64(a5)
	.option norvc
	fsd fa1, 64(a5)
	.option rvc
	c.fsd fa5, 128(a5)
	.option norvc
	fsd fa5, 128(a5)
	.option rvc
	c.fsd fa5, 248(s0)
	.option norvc
	fsd fa5, 248(s0)
	.option rvc
	c.fsdsp ft0, 0(sp)
	.option norvc
	fsd ft0, 0(sp)
	.option rvc
	c.fsdsp fa0, 8(sp)
	.option norvc
	fsd fa0, 8(sp)
	.option rvc
	c.fsdsp ft11, 16(sp)
	.option norvc
	fsd ft11, 16(sp)
	.option rvc
	c.fsdsp fa0, 32(sp)
	.option norvc
	fsd fa0, 32(sp)
	.option rvc
	c.fsdsp ft11, 64(sp)
	.option norvc
	fsd ft11, 64(sp)
	.option rvc
	c.fsdsp fa0, 128(sp)
	.option norvc
	fsd fa0, 128(sp)
	.option rvc
	c.fsdsp ft11, 256(sp)
	.option norvc
	fsd ft11, 256(sp)
	.option rvc
	c.fsdsp ft0, 504(sp)
	.option norvc
	fsd ft0, 504(sp)
	.option rvc
	c.lbu a5, 0(s0)
	.option norvc
	lbu a5, 0(s0)
	.option rvc
	c.lbu a5, 1(s0)
	.option norvc
	lbu a5, 1(s0)
	.option rvc
	c.lbu a5, 2(s0)
	.option norvc
	lbu a5, 2(s0)
	.option rvc
	c.lbu a5, 3(s0)
	.option norvc
	lbu a5, 3(s0)
	.option rvc
	c.lhu a5, 0(s0)
	.option norvc
	lhu a5, 0(s0)
	.option rvc
	c.lhu a5, 2(s0)
	.option norvc
	lhu a5, 2(s0)
	.option rvc
	c.lh a5, 0(s0)
	.option norvc
	lh a5, 0(s0)
	.option rvc
	c.lh a5, 2(s0)
	.option norvc
	lh a5, 2(s0)
	.option rvc
	c.sb a5, 0(s0)
	.option norvc
	sb a5, 0(s0)
	.option rvc
	c.sb a5, 1(s0)
	.option norvc
	sb a5, 1(s0)
	.option rvc
	c.sb a5, 2(s0)
	.option norvc
	sb a5, 2(s0)
	.option rvc
	c.sb a5, 3(s0)
	.option norvc
	sb a5, 3(s0)
	.option rvc
	c.sh a5, 0(s0)
	.option norvc
	sh a5, 0(s0)
	.option rvc
	c.sh a5, 2(s0)
	.option norvc
	sh a5, 2(s0)
	.option rvc
	c.nop
	.option norvc
	addi zero, zero, 0
	.option rvc
	c.addi a0, 1
	.option norvc
	addi a0, a0, 1
	.option rvc
	c.addiw t6, 1
	.option norvc
	addiw t6, t6, 1
	.option rvc
	c.li s11, 1
	.option norvc
	addi s11, zero, 1
	.option rvc
	c.andi a4, 1
	.option norvc
	andi a4, a4, 1
	.option rvc
	c.addi a0, -1
	.option norvc
	addi a0, a0, -1
	.option rvc
	c.addiw t6, -1
	.option norvc
	addiw t6, t6, -1
	.option rvc
	c.li s11, -1
	.option norvc
	addi s11, zero, -1
	.option rvc
	c.andi a4, -1
	.option norvc
	andi a4, a4, -1
	.option rvc
	c.addi a0, 31
	.option norvc
	addi a0, a0, 31
	.option rvc
	c.addiw t6, 31
	.option norvc
	addiw t6, t6, 31
	.option rvc
	c.li s11, 31
	.option norvc
	addi s11, zero, 31
	.option rvc
	c.andi a4, 31
	.option norvc
	andi a4, a4, 31
	.option rvc
	c.addi a0, -32
	.option norvc
	addi a0, a0, -32
	.option rvc
	c.addiw t6, -32
	.option norvc
	addiw t6, t6, -32
	.option rvc
	c.li s11, -32
	.option norvc
	addi s11, zero, -32
	.option rvc
	c.andi a4, -32
	.option norvc
	andi a4, a4, -32
	.option rvc
	c.addi a0, 8
	.option norvc
	addi a0, a0, 8
	.option rvc
	c.addiw t6, 8
	.option norvc
	addiw t6, t6, 8
	.option rvc
	c.li s11, 8
	.option norvc
	addi s11, zero, 8
	.option rvc
	c.andi a4, 8
	.option norvc
	andi a4, a4, 8
	.option rvc
	c.addiw ra, 0
	.option norvc
	addiw ra, ra, 0
	.option rvc
	c.addi16sp sp, 16
	.option norvc
	addi sp, sp, 16
	.option rvc
	c.addi16sp sp, 32
	.option norvc
	addi sp, sp, 32
	.option rvc
	c.addi16sp sp, 64
	.option norvc
	addi sp, sp, 64
	.option rvc
	c.addi16sp sp, 128
	.option norvc
	addi sp, sp, 128
	.option rvc
	c.addi16sp sp, 256
	.option norvc
	addi sp, sp, 256
	.option rvc
	c.addi16sp sp, -512
	.option norvc
	addi sp, sp, -512
	.option rvc
	c.addi16sp sp, 496
	.option norvc
	addi sp, sp, 496
	.option rvc
	c.addi16sp sp, -16
	.option norvc
	addi sp, sp, -16
	.option rvc
	c.lui a0, 0x1
	.option norvc
	lui a0, 0x1
	.option rvc
	c.lui a0, 0x1f
	.option norvc
	lui a0, 0x1f
	.option rvc
	c.lui a0, 0xfffe0
	.option norvc
	lui a0, 0xfffe0
	.option rvc
	c.lui a0, 0xfffff
	.option norvc
	lui a0, 0xfffff
	.option rvc
	c.slli ra, 1
	.option norvc
	slli ra, ra, 1
	.option rvc
	c.srli s1, 1
	.option norvc
	srli s1, s1, 1
	.option rvc
	c.srai a5, 1
	.option norvc
	srai a5, a5, 1
	.option rvc
	c.slli ra, 2
	.option norvc
	slli ra, ra, 2
	.option rvc
	c.srli s1, 2
	.option norvc
	srli s1, s1, 2
	.option rvc
	c.srai a5, 2
	.option norvc
	srai a5, a5, 2
	.option rvc
	c.slli ra, 4
	.option norvc
	slli ra, ra, 4
	.option rvc
	c.srli s1, 4
	.option norvc
	srli s1, s1, 4
	.option rvc
	c.srai a5, 4
	.option norvc
	srai a5, a5, 4
	.option rvc
	c.slli ra, 8
	.option norvc
	slli ra, ra, 8
	.option rvc
	c.srli s1, 8
	.option norvc
	srli s1, s1, 8
	.option rvc
	c.srai a5, 8
	.option norvc
	srai a5, a5, 8
	.option rvc
	c.slli ra, 16
	.option norvc
	slli ra, ra, 16
	.option rvc
	c.srli s1, 16
	.option norvc
	srli s1, s1, 16
	.option rvc
	c.srai a5, 16
	.option norvc
	srai a5, a5, 16
	.option rvc
	c.slli ra, 32
	.option norvc
	slli ra, ra, 32
	.option rvc
	c.srli s1, 32
	.option norvc
	srli s1, s1, 32
	.option rvc
	c.srai a5, 32
	.option norvc
	srai a5, a5, 32
	.option rvc
	c.slli ra, 63
	.option norvc
	slli ra, ra, 63
	.option rvc
	c.srli s1, 63
	.option norvc
	srli s1, s1, 63
	.option rvc
	c.srai a5, 63
	.option norvc
	srai a5, a5, 63
	.option rvc
	c.sub s0, a5
	.option norvc
	sub s0, s0, a5
	.option rvc
	c.sub a3, s1
	.option norvc
	sub a3, a3, s1
	.option rvc
	c.xor s0, a5
	.option norvc
	xor s0, s0, a5
	.option rvc
	c.xor a3, s1
	.option norvc
	xor a3, a3, s1
	.option rvc
	c.or s0, a5
	.option norvc
	or s0, s0, a5
	.option rvc
	c.or a3, s1
	.option norvc
	or a3, a3, s1
	.option rvc
	c.and s0, a5
	.option norvc
	and s0, s0, a5
	.option rvc
	c.and a3, s1
	.option norvc
	and a3, a3, s1
	.option rvc
	c.subw s0, a5
	.option norvc
	subw s0, s0, a5
	.option rvc
	c.subw a3, s1
	.option norvc
	subw a3, a3, s1
	.option rvc
	c.addw s0, a5
	.option norvc
	addw s0, s0, a5
	.option rvc
	c.addw a3, s1
	.option norvc
	addw a3, a3, s1
	.option rvc
	c.mul s0, a5
	.option norvc
	mul s0, s0, a5
	.option rvc
	c.mul a3, s1
	.option norvc
	mul a3, a3, s1
	.option rvc
	c.zext.b a2
	.option norvc
	andi a2, a2, 255
	.option rvc
	c.sext.b a2
	.option norvc
	sext.b a2, a2
	.option rvc
	c.zext.h a2
	.option norvc
	zext.h a2, a2
	.option rvc
	c.sext.h a2
	.option norvc
	sext.h a2, a2
	.option rvc
	c.zext.w a2
	.option norvc
	add.uw a2, a2, zero
	.option rvc
	c.not a2
	.option norvc
	xori a2, a2, -1
	.option rvc
	c.j .+2
	.option norvc
	jal zero, .+2
	.option rvc
	c.j .+4
	.option norvc
	jal zero, .+4
	.option rvc
	c.j .+8
	.option norvc
	jal zero, .+8
	.option rvc
	c.j .+16
	.option norvc
	jal zero, .+16
	.option rvc
	c.j .+32
	.option norvc
	jal zero, .+32
	.option rvc
	c.j .+64
	.option norvc
	jal zero, .+64
	.option rvc
	c.j .+128
	.option norvc
	jal zero, .+128
	.option rvc
	c.j .+256
	.option norvc
	jal zero, .+256
	.option rvc
	c.j .+512
	.option norvc
	jal zero, .+512
	.option rvc
	c.j .+1024
	.option norvc
	jal zero, .+1024
	.option rvc
	c.j .+2046
	.option norvc
	jal zero, .+2046
	.option rvc
	c.j .-2048
	.option norvc
	jal zero, .-2048
	.option rvc
	c.j .-2
	.option norvc
	jal zero, .-2
	.option rvc
	c.beqz s0, .+2
	.option norvc
	beq s0, zero, .+2
	.option rvc
	c.bnez a5, .+2
	.option norvc
	bne a5, zero, .+2
	.option rvc
	c.beqz s0, .+4
	.option norvc
	beq s0, zero, .+4
	.option rvc
	c.bnez a5, .+4
	.option norvc
	bne a5, zero, .+4
	.option rvc
	c.beqz s0, .+8
	.option norvc
	beq s0, zero, .+8
	.option rvc
	c.bnez a5, .+8
	.option norvc
	bne a5, zero, .+8
	.option rvc
	c.beqz s0, .+16
	.option norvc
	beq s0, zero, .+16
	.option rvc
	c.bnez a5, .+16
	.option norvc
	bne a5, zero, .+16
	.option rvc
	c.beqz s0, .+32
	.option norvc
	beq s0, zero, .+32
	.option rvc
	c.bnez a5, .+32
	.option norvc
	bne a5, zero, .+32
	.option rvc
	c.beqz s0, .+64
	.option norvc
	beq s0, zero, .+64
	.option rvc
	c.bnez a5, .+64
	.option norvc
	bne a5, zero, .+64
	.option rvc
	c.beqz s0, .+128
	.option norvc
	beq s0, zero, .+128
	.option rvc
	c.bnez a5, .+128
	.option norvc
	bne a5, zero, .+128
	.option rvc
	c.beqz s0, .+254
	.option norvc
	beq s0, zero, .+254
	.option rvc
	c.bnez a5, .+254
	.option norvc
	bne a5, zero, .+254
	.option rvc
	c.beqz s0, .-256
	.option norvc
	beq s0, zero, .-256
	.option rvc
	c.bnez a5, .-256
	.option norvc
	bne a5, zero, .-256
	.option rvc
	c.beqz s0, .-2
	.option norvc
	beq s0, zero, .-2
	.option rvc
	c.bnez a5, .-2
	.option norvc
	bne a5, zero, .-2
	.option rvc
	c.jr ra
	.option norvc
	jalr zero, 0(ra)
	.option rvc
	c.jalr ra
	.option norvc
	jalr ra, 0(ra)
	.option rvc
	c.jr t6
	.option norvc
	jalr zero, 0(t6)
	.option rvc
	c.jalr t6
	.option norvc
	jalr ra, 0(t6)
	.option rvc
	c.mv ra, t6
	.option norvc
	add ra, zero, t6
	.option rvc
	c.add ra, t6
	.option norvc
	add ra, ra, t6
	.option rvc
	c.mv t6, ra
	.option norvc
	add t6, zero, ra
	.option rvc
	c.add t6, ra
	.option norvc
	add t6, t6, ra
	.option rvc
	c.mv a0, s0
	.option norvc
	add a0, zero, s0
	.option rvc
	c.add a0, s0
	.option norvc
	add a0, a0, s0
	.option rvc
	c.ebreak
	.option norvc
	ebreak

	.option rvc
	c.mop.1
	.option norvc
	nop
	.option rvc
	c.mop.3
	.option norvc
	nop
	.option rvc
	c.mop.5
	.option norvc
	nop
	.option rvc
	c.mop.7
	.option norvc
	nop
	.option rvc
	c.mop.9
	.option norvc
	nop
	.option rvc
	c.mop.11
	.option norvc
	nop
	.option rvc
	c.mop.13
	.option norvc
	nop
	.option rvc
	c.mop.15
	.option norvc
	nop
