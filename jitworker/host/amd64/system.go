package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Kernels disable and enable interrupts and look at what has trapped far more often than they trap. So
// accesses to sstatus and to the words of a trap's handler are native, where all that follows from them is a
// new value, and of SUM and FS, which they change in each trap and twice for each visit to a process's memory: a change of MXR,
// and enabling interrupts when one may be pending, are left to the hart, as is every other system instruction. Code is the same in all privilege modes, so each
// access asks which one it is in.
//
// What becomes pending later kicks the hart, which is seen at the head of the block that follows.

// systemWords are the CSRs that are words of which a write changes what is not in keeps.
var systemWords = map[isa.CSR]struct {
	off   int32
	keeps int32 // and what it takes
}{
	isa.CSR_SSCRATCH: {offSScratch, -1},
	isa.CSR_SEPC:     {offSEPC, -2},
	isa.CSR_SCAUSE:   {offSCause, -1},
	isa.CSR_STVAL:    {offSTVal, -1},
}

// system compiles a system instruction.
func (c *Compiler) system(u *code.Uop) {
	in := c.plan.System()
	if in.Op.Row().Class != isa.ClassCSR {
		c.interpret()
		return
	}
	csr := isa.CSR(in.Imm & 0xfff)
	word, isWord := systemWords[csr]
	writes := in.Op == isa.CSRRW || in.Rs1 != 0 && in.Op != isa.CSRRWI
	switch {
	case in.Op == isa.CSRRWI, !isWord && csr != isa.CSR_SSTATUS, isWord && writes && in.Op != isa.CSRRW:
		c.interpret()
		return
	}
	done := c.NewLabel()
	slow := c.interpretAside(done)
	c.AluMI(x86.CMP, x86.At(rState, offPriv), int32(shardedtlb.S))
	c.Jcc(x86.B, slow)
	if isWord {
		c.systemWord(u, word.off, word.keeps, writes)
	} else {
		c.status(u, in, writes, slow)
	}
	c.Bind(done)
	end := c.plan.Behind(u)
	c.takeExit(&end)
}

// systemWord reads a word, and writes it if u is to.
func (c *Compiler) systemWord(u *code.Uop, off, takes int32, writes bool) {
	if writes {
		c.load64(x86.RCX, u.Rs1)
		if takes != -1 {
			c.AluRI(x86.AND, x86.RCX, takes)
		}
	}
	if u.Rd != hart.Sink {
		c.MovRM(x86.RAX, x86.At(rState, off))
	}
	if writes {
		c.MovMR(x86.At(rState, off), x86.RCX)
	}
	if u.Rd != hart.Sink {
		c.put(u.Rd, x86.RAX)
	}
}

// status is the access in to sstatus. RCX holds the bits that are to change.
func (c *Compiler) status(u *code.Uop, in isa.Insn, writes bool, slow x86.Label) {
	status, imm := x86.At(rState, offStatus), in.Op == isa.CSRRSI || in.Op == isa.CSRRCI
	if writes && in.Op != isa.CSRRC && in.Op != isa.CSRRCI {
		c.AluMI(x86.CMP, x86.At(rState, offMasked), 0)
		c.Jcc(x86.NE, slow)
	}
	if writes && !imm {
		c.load64(x86.RCX, u.Rs1)
		switch in.Op {
		case isa.CSRRS:
			c.MovRM(x86.RDX, status)
			c.AluRI(x86.XOR, x86.RDX, -1)
			c.AluRR(x86.AND, x86.RCX, x86.RDX)
		case isa.CSRRC:
			c.AluRM(x86.AND, x86.RCX, status)
		default:
			c.AluRM(x86.XOR, x86.RCX, status)
		}
		c.changeView(slow)
	}
	if u.Rd != hart.Sink {
		c.call(CallStatus)
	}
	sie := int32(in.Rs1) & hart.StatusSIE // of an immediate
	switch {
	case !writes:
	case in.Op == isa.CSRRSI:
		c.AluMI(x86.OR, status, sie)
	case in.Op == isa.CSRRCI:
		c.AluMI(x86.AND, status, ^sie)
	default:
		c.AluRI32(x86.AND, x86.RCX, hart.StatusSIE|hart.StatusTrap|hart.StatusSUM|hart.FSMask)
		c.AluMR(x86.XOR, status, x86.RCX)
	}
	if u.Rd != hart.Sink {
		c.put(u.Rd, x86.RAX)
	}
}

// changeView readies what SUM and FS are about if RCX says that they change. A system instruction is the last one of its unit, so
// no code has looked at a page by the view that goes and relies on it behind.
func (c *Compiler) changeView(slow x86.Label) {
	view, done := c.NewLabel(), c.NewLabel()
	c.TestRI32(x86.RCX, hart.StatusSUM|hart.StatusMXR|hart.FSMask)
	c.Jcc(x86.NE, view)
	c.Bind(done)
	c.asideFunc(func() {
		c.Bind(view)
		c.TestRI32(x86.RCX, hart.StatusMXR)
		c.Jcc(x86.NE, slow)
		c.call(CallView)
		c.Jcc(x86.E, slow)
		c.Jmp(done)
	})
}

// changeView returns the routine that readies loads and stores for the other SUM, if RCX has that bit, and floating point for
// another FS, if it has of these. It clears ZF, or changes nothing and sets ZF: the other view is the MMU's to find out, or the
// collector of the managed heap marks. RAX and RDX are used.
func changeView() []byte {
	var a x86.Asm
	float, known, done, other := a.NewLabel(), a.NewLabel(), a.NewLabel(), a.NewLabel()
	a.TestRI32(x86.RCX, hart.StatusSUM)
	a.Jcc(x86.E, float)
	a.MovRM(x86.RAX, x86.At(rState, offDataID))
	a.AluRM(x86.CMP, x86.RAX, x86.At(rState, offRefID))
	a.Jcc(x86.NE, other)
	a.AluMI(x86.CMP, x86.At(rState, offSUM), 0)
	a.Jcc(x86.E, other)
	a.AluRM(x86.XOR, x86.RAX, x86.At(rState, offSUM))
	a.MovMR(x86.At(rState, offDataID), x86.RAX)
	a.MovMR(x86.At(rState, offRefID), x86.RAX)
	a.Bind(float)
	a.TestRI32(x86.RCX, hart.FSMask)
	a.Jcc(x86.E, done)
	a.MovRM32(x86.RDX, x86.At(rState, offMode))
	a.AluRI32(x86.AND, x86.RDX, ^(hart.FloatOff | hart.FloatClean))
	a.MovRM(x86.RAX, x86.At(rState, offStatus))
	a.AluRR32(x86.XOR, x86.RAX, x86.RCX)
	a.AluRI32(x86.AND, x86.RAX, hart.FSMask)
	a.AluRI32(x86.CMP, x86.RAX, hart.FSDirty)
	a.Jcc(x86.E, known)
	a.AluRI32(x86.OR, x86.RDX, hart.FloatClean)
	a.TestRI32(x86.RAX, hart.FSMask)
	a.Jcc(x86.NE, known)
	a.AluRI32(x86.OR, x86.RDX, hart.FloatOff)
	a.Bind(known)
	a.MovMR32(x86.At(rState, offMode), x86.RDX)
	a.Bind(done)
	a.AluRI32(x86.OR, x86.RAX, 1)
	a.Ret()
	a.Bind(other)
	a.AluRR(x86.XOR, x86.RAX, x86.RAX)
	a.Ret()
	return a.Finish()
}

// readStatus returns the routine that sets RAX to sstatus. RDX is used.
func readStatus() []byte {
	var a x86.Asm
	dirty, done := a.NewLabel(), a.NewLabel()
	a.MovRM(x86.RAX, x86.At(rState, offStatus))
	a.AluRI32(x86.AND, x86.RAX, hart.SStatus)
	a.MovRR32(x86.RDX, x86.RAX)
	a.AluRI32(x86.AND, x86.RDX, hart.FSMask)
	a.AluRI32(x86.CMP, x86.RDX, hart.FSDirty)
	a.Jcc(x86.E, dirty)
	a.MovRI(x86.RDX, hart.StatusUXL64)
	a.Bind(done)
	a.AluRR(x86.OR, x86.RAX, x86.RDX)
	a.Ret()
	a.Bind(dirty)
	a.MovRI(x86.RDX, -1<<63|hart.StatusUXL64)
	a.Jmp(done)
	return a.Finish()
}
