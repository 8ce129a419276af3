package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// lookFar returns the routine that looks in the far part of the first level for a load
// or store that the near part does not know. RDX is the tag to be found, RCX the
// displacement of the near entry. It returns with Z set, and RAX the addend, if the
// entry is there, which it copies to the near part. RAX and RCX are used.
func lookFar(k lookup) []byte {
	var a x86.Asm
	far(&a, k)
	return a.Finish()
}

// look returns the routine that looks in both parts, for code that is seldom executed. ECX
// is the address of the first byte, RDX that of the last one; the rest is as in lookFar.
func look(k lookup) []byte {
	var a x86.Asm
	unknown := a.NewLabel()
	a.Copy(&looks[k], unknown)
	a.Ret()
	a.Bind(unknown)
	far(&a, k)
	return a.Finish()
}

func far(a *x86.Asm, k lookup) {
	near, far := k.table(), offFarLoad
	if k != loads {
		far = offFarStore
	}
	const nearMask, farMask = (shardedtlb.FirstLevelEntries - 1) << 4, (shardedtlb.FarEntries - 1) << 4
	missed := a.NewLabel()
	a.MovRR(x86.RAX, x86.RDX)
	a.ShiftRI(x86.SHR, x86.RAX, 12-4)
	a.AluRI32(x86.AND, x86.RAX, farMask)
	// Bytes in two pages do not hit: RCX is of the first one's page, RDX of the last one's.
	a.AluRR32(x86.XOR, x86.RCX, x86.RAX)
	a.AluRI32(x86.AND, x86.RCX, nearMask)
	a.Jcc(x86.NE, missed)
	a.AluRM(x86.CMP, x86.RDX, x86.Indexed(rState, x86.RAX, far))
	a.Jcc(x86.NE, missed)
	a.MovRR32(x86.RCX, x86.RAX)
	a.AluRI32(x86.AND, x86.RCX, nearMask)
	a.MovRM(x86.RAX, x86.Indexed(rState, x86.RAX, far+offAddend))
	a.MovMR(x86.Indexed(rState, x86.RCX, near), x86.RDX)
	a.MovMR(x86.Indexed(rState, x86.RCX, near+offAddend), x86.RAX)
	a.AluRR32(x86.CMP, x86.RCX, x86.RCX)
	a.Bind(missed)
	a.Ret()
}

// probeAside is what the near part's miss of an access leads to: it goes on at l.end
// with the addend in RAX, or leaves the access to the interpreter.
func (c *Compiler) probeAside(l *aside) {
	c.Bind(l.start)
	if c.floats.rough != 0 {
		c.call(farRoutine(l.look))
		c.Jcc(x86.E, l.end)
		l.exit = c.leaveOp(code.NativeUop, int(l.index))
		c.resumeAside(l)
		return
	}
	c.toRoutine(c.Len()+callField, farRoutine(l.look))
	c.Copy2(&askingFar, l.end, c.tail)
	l.exit = c.newExit(int(l.index))
	c.fillExit(code.NativeUop, l.exit)
	c.resumeAside(l)
}

var askingFar = x86.NewTemplate(func(a *x86.Asm, hit, tail x86.Label) {
	a.CallAnywhere()
	a.Jcc(x86.E, hit)
	leaveWith(a, tail)
})

// callField is where a call has its rel32 field.
const callField = 1

// addendAside is probeAside for who goes on at l.slow if there is no addend.
func (c *Compiler) addendAside(l *aside) {
	c.Bind(l.start)
	if l.look == references {
		c.testMarking(x86.NE, l.slow)
	}
	c.call(farRoutine(l.look))
	c.Jcc(x86.NE, l.slow)
	c.Jmp(l.end)
}

// farRoutine is the routine that looks in the far part.
func farRoutine(k lookup) Routine {
	if k == loads {
		return CallLoadFar
	}
	return CallStoreFar
}
