# Instructions of ratified extensions that the table does not cover, under a
# label that names the extension. rebuild.sh assembles it.
	.option norelax

Zicfiss:
	csrr	a0, ssp
H:
	hlv.b	a0, (a1)
	hlv.bu	a0, (a1)
	hlv.h	a0, (a1)
	hlv.hu	a0, (a1)
	hlvx.hu	a0, (a1)
	hlv.w	a0, (a1)
	hlv.wu	a0, (a1)
	hlvx.wu	a0, (a1)
	hlv.d	a0, (a1)
	hsv.b	a0, (a1)
	hsv.h	a0, (a1)
	hsv.w	a0, (a1)
	hsv.d	a0, (a1)
	hfence.vvma	a0, a1
	hfence.gvma	a0, a1
	hinval.vvma	a0, a1
	hinval.gvma	a0, a1
	csrr	a0, hstatus
	csrw	vsatp, a0
Smrnmi:
	csrr	a0, mncause
Sdext:
	dret
Zfbfmin:
	fcvt.bf16.s	fa0, fa1
	fcvt.s.bf16	fa0, fa1
Q:
	flq	fa0, 0(a0)
	fsq	fa0, 0(a0)
	fadd.q	fa0, fa1, fa2
	fmadd.q	fa0, fa1, fa2, fa3
	fcvt.d.q	fa0, fa1
	fcvt.w.q	a0, fa1
Zvbb:
	vandn.vv	v1, v2, v3
	vandn.vx	v1, v2, a0
	vrol.vv	v1, v2, v3
	vror.vx	v1, v2, a0
	vror.vi	v1, v2, 3
	vror.vi	v1, v2, 33
	vwsll.vi	v2, v4, 3
	vbrev.v	v1, v2
	vbrev8.v	v1, v2
	vrev8.v	v1, v2
	vclz.v	v1, v2
	vctz.v	v1, v2
	vcpop.v	v1, v2
Zvbc:
	vclmul.vv	v1, v2, v3
	vclmulh.vx	v1, v2, a0
Zvfbfmin:
	vfncvtbf16.f.f.w	v1, v2
	vfwcvtbf16.f.f.v	v2, v4
Zvfbfwma:
	vfwmaccbf16.vv	v2, v4, v6
	vfwmaccbf16.vf	v2, fa0, v6
Zvksh:
	vsm3me.vv	v1, v2, v3
	vsm3c.vi	v2, v4, 3
Zvksed:
	vsm4k.vi	v1, v2, 3
	vsm4r.vv	v1, v2
	vsm4r.vs	v1, v2
Zvkg:
	vghsh.vv	v1, v2, v3
	vgmul.vv	v1, v2
Zvknh:
	vsha2ms.vv	v1, v2, v3
	vsha2ch.vv	v1, v2, v3
	vsha2cl.vv	v1, v2, v3
Zvkned:
	vaesef.vv	v1, v2
	vaesem.vs	v1, v2
	vaesdf.vv	v1, v2
	vaesdm.vs	v1, v2
	vaesz.vs	v1, v2
	vaeskf1.vi	v1, v2, 3
	vaeskf2.vi	v1, v2, 3
V:
	vsetvli	a0, a1, e8, m1, ta, ma
	vsetivli	a0, 4, e8, m1, ta, ma
	vsetvl	a0, a1, a2
	vle8.v	v1, (a0)
	vle64.v	v1, (a0)
	vse16.v	v1, (a0)
	vlse32.v	v1, (a0), a1
	vluxei64.v	v1, (a0), v2
	vadd.vv	v1, v2, v3
	vfadd.vf	v1, v2, fa0
	vmv.x.s	a0, v1
	vredsum.vs	v1, v2, v3
	csrr	a0, vl
	csrw	vstart, a0
Zkr:
	csrrw	a0, seed, zero
Smstateen:
	csrr	a0, mstateen0
Smaia:
	csrr	a0, mtopi
Ssaia:
	csrr	a0, stopei
Sdtrig:
	csrr	a0, tselect
