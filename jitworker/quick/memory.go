package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// loadSizes and storeSizes are by the order of the operations.
var (
	loadSizes  = [...]int{1, 2, 4, 8, 1, 2, 4} // LB LH LW LD LBU LHU LWU
	storeSizes = [...]int{1, 2, 4, 8}          // SB SH SW SD
)

// probe leaves the host address of the access to imm(rs1) in RAX, or goes to slow.
// table is the displacement of the first level's table. RCX and RDX are used.
//
// The tag compared is that of the page of the last byte at the index of the page
// of the first, so an access that crosses a page does not hit.
func (c *Compiler) probe(u interp.Uop, imm int64, size int, table int32, slow Label) {
	if p := pin(u.Rs1); p != NoReg {
		c.Lea(RAX, At(p, int32(imm)))
	} else {
		c.load64(RAX, u.Rs1)
		if imm != 0 {
			c.AluRI(ADD, RAX, int32(imm))
		}
	}
	c.probeAt(size, table, slow)
}

// probeAt is probe of the virtual address in RAX.
func (c *Compiler) probeAt(size int, table int32, slow Label) {
	if size > 1 {
		c.Lea(RDX, At(RAX, int32(size-1)))
	} else {
		c.MovRR(RDX, RAX)
	}
	c.MovRR32(RCX, RAX)
	c.ShiftRI32(SHR, RCX, 12-4)
	c.AluRI32(AND, RCX, (shardedtlb.FirstLevelEntries-1)<<4)
	c.AluRI(AND, RDX, -4096)
	c.AluRM(OR, RDX, At(rState, offDataID))
	c.AluRM(CMP, RDX, Indexed(rState, RCX, table))
	c.Jcc(NE, slow)
	c.AluRM(ADD, RAX, Indexed(rState, RCX, table+offAddend))
}

func (c *Compiler) load(u interp.Uop) {
	resume := c.NewLabel()
	slow := c.slowCase(resume)
	size := loadSizes[u.Op-isa.LB]
	c.probe(u, u.Imm, size, offLoad, slow)
	d := c.dst(u.Rd, RAX)
	if u.Op <= isa.LD {
		c.MovsxRM(d, At(RAX, 0), size)
	} else {
		c.MovzxRM(d, At(RAX, 0), size)
	}
	c.put(u.Rd, d)
	c.Bind(resume)
}

func (c *Compiler) store(u interp.Uop) {
	resume := c.NewLabel()
	slow := c.slowCase(resume)
	size := storeSizes[u.Op-isa.SB]
	c.probe(u, u.Imm, size, offStore, slow)
	v := c.get(u.Rs2, RDX)
	switch size {
	case 1:
		c.MovMR8(At(RAX, 0), v)
	case 2:
		c.MovMR16(At(RAX, 0), v)
	case 4:
		c.MovMR32(At(RAX, 0), v)
	default:
		c.MovMR(At(RAX, 0), v)
	}
	c.Bind(resume)
}

// link sets the return address of a JAL.
func (c *Compiler) link(u interp.Uop) {
	if u.Rs2 == hart.Sink {
		return
	}
	d := c.dst(u.Rs2, RAX)
	c.pcAt(d, int64(u.Off)*2+int64(u.Rs3))
	c.put(u.Rs2, d)
}

// exit leaves the block by link u.Rd, to u.Imm bytes from its start.
func (c *Compiler) exit(u interp.Uop) {
	c.AluRI(ADD, rCount, int32(u.N))
	off := int64(c.b.PA()&0xfff) + u.Imm
	c.out.Targets[u.Rd] = int32(u.Imm)
	switch {
	case u.Imm == 0 && !c.b.Open(u.Rd):
		c.Jmp(c.head)
	case off >= 0 && off < 4096 || c.b.Open(u.Rd):
		stub := c.NewLabel()
		c.out.Links[u.Rd] = c.JmpPatchable(stub)
		c.outOfLine(func() {
			c.Bind(stub)
			c.out.Stubs[u.Rd] = c.Len()
			c.leave(interp.NativeLink, int(u.Rd))
		})
	default:
		c.pcAt(RAX, u.Imm)
		c.dispatch()
	}
}

// jalr compiles an indirect jump.
func (c *Compiler) jalr(u interp.Uop) {
	c.load64(RAX, u.Rs1)
	if u.Imm != 0 {
		c.AluRI(ADD, RAX, int32(u.Imm))
	}
	c.AluRI(AND, RAX, -2)
	if u.Rd != hart.Sink {
		d := c.dst(u.Rd, RDX)
		c.pcAt(d, int64(u.Off)*2+int64(u.Rs3))
		c.put(u.Rd, d)
	}
	c.AluRI(ADD, rCount, int32(u.N))
	c.dispatch()
}

// dispatch jumps to the code of the virtual address in RAX by way of the hart's
// table, or leaves.
func (c *Compiler) dispatch() {
	miss := c.NewLabel()
	c.MovRR32(RCX, RAX)
	c.AluRI32(AND, RCX, (hart.JumpEntries-1)<<1)
	c.ShiftRI32(SHL, RCX, 4)
	c.MovRM(RDX, At(rState, offFetchID))
	c.AluRM(CMP, RAX, Indexed(rState, RCX, offJump))
	c.Jcc(NE, miss)
	c.AluRM(CMP, RDX, Indexed(rState, RCX, offJumpView))
	c.Jcc(NE, miss)
	c.AluRI(AND, RAX, -4096)
	c.MovMR(At(rState, offPage), RAX)
	c.JmpM(Indexed(rState, RCX, offJumpEntry))
	c.outOfLine(func() {
		c.Bind(miss)
		c.MovMR(At(rState, offPC), RAX)
		c.MovRI(RAX, interp.NativeJump)
		c.JmpM(At(rState, offLeave))
	})
}
