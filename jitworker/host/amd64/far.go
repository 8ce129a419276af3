package amd64

import (
	"math"

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

// far is lookFar's code.
func far(a *x86.Asm, k lookup) {
	missed := a.NewLabel()
	findFar(a, k, missed)
	a.AluRR32(x86.CMP, x86.RCX, x86.RCX)
	a.Bind(missed)
	a.Ret()
}

// findFar goes on with RAX the addend, or to missed with Z not set. RCX is used.
func findFar(a *x86.Asm, k lookup, missed x86.Label) {
	near, far := k.table(), offFarLoad
	if k != loads {
		far = offFarStore
	}
	const nearMask, farMask = (shardedtlb.FirstLevelEntries - 1) << 4, (shardedtlb.FarEntries - 1) << 4
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
}

// lookFarOrLeave is lookFar for who leaves its code with the exit word in RAX if the entry is not there: it
// returns with RAX the addend.
func lookFarOrLeave(k lookup) []byte {
	var a x86.Asm
	missed := a.NewLabel()
	a.Push(x86.RAX)
	findFar(&a, k, missed)
	a.Pop(x86.RCX)
	a.Ret()
	a.Bind(missed)
	a.Pop(x86.RAX)
	a.JmpM(x86.At(rState, offLeaveFrom))
	return a.Finish()
}

// probeAside is what the near part's miss of an access leads to: it goes on at l.end
// with the addend in RAX, or leaves the access to the interpreter.
func (c *Compiler) probeAside(l *aside) {
	c.Bind(l.start)
	if c.home() && c.floats.rough == 0 {
		l.exit = c.newExit(int(l.index))
		c.toRoutine(c.Len()+askingField, farOrLeave(l.look))
		c.Copy(&asking, l.end)
		c.SetImm32(c.Len()-askingWord, int32(code.NativeUop|l.exit<<8))
	} else {
		c.call(farRoutine(l.look))
		c.Jcc(x86.E, l.end)
		l.exit = c.leaveOp(code.NativeUop, int(l.index))
	}
	c.resumeAside(l)
}

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

// asking looks in the far part and leaves if nothing is there, with an exit word that is filled in.
var asking = x86.NewTemplate(func(a *x86.Asm, hit, _ x86.Label) {
	a.MovRI(x86.RAX, math.MaxInt32)
	a.CallAnywhere()
	a.Jmp(hit)
})

// Where asking has the call's rel32 field, from the beginning, and the exit word, from the end.
const (
	askingField = 5 + 1
	askingWord  = 4 + 5 + 5
)

// farRoutine is the routine that looks in the far part.
func farRoutine(k lookup) Routine {
	if k == loads {
		return CallLoadFar
	}
	return CallStoreFar
}

// farOrLeave is the one that leaves if nothing is there.
func farOrLeave(k lookup) Routine {
	if k == loads {
		return LoadFarOrLeave
	}
	return StoreFarOrLeave
}
