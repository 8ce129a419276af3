package difftest

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Layout of our side's own pages.
const (
	bootTable   = bootBase + 0x400 // values of the CSRs that the boot code sets
	trapHandler = bootBase + 0x800
	pageTables  = bootBase + 0x1000
	trapBase    = 0x1000_0000 // physical address of the trap device
)

// bootSegments returns the code that leads from reset to the image in U-mode, the
// trap handler, and the page tables if there are any.
func bootSegments(entry uint64, paged bool) []segment {
	satp := uint64(0)
	if paged {
		satp = 8<<60 | pageTables/pageSize
	}
	const envcfg = 1<<4 | 1<<6 | 1<<7 // cache-block operations in U-mode
	settings := []struct {
		csr isa.CSR
		v   uint64
	}{
		{isa.CSR_MTVEC, trapHandler},
		{isa.CSR_MSCRATCH, trapBase},
		{isa.CSR_PMPADDR0, 1<<54 - 1},
		{isa.CSR_PMPCFG0, 0x1f}, // everything, RWX
		{isa.CSR_MENVCFG, envcfg},
		{isa.CSR_SENVCFG, envcfg},
		{isa.CSR_MCOUNTEREN, 7},
		{isa.CSR_SCOUNTEREN, 7},
		{isa.CSR_SATP, satp},
		{isa.CSR_MIE, 1 << 7},
		{isa.CSR_MSTATUS, 1 << 13}, // FS initial, MPP = U
		{isa.CSR_MEPC, entry},
	}
	boot := &code{at: bootBase}
	boot.la(regA0, bootTable)
	var table []byte
	for i, s := range settings {
		boot.op(isa.LD, regA1, regA0, 0, int32(8*i))
		boot.op(isa.CSRRW, 0, regA1, 0, int32(s.csr))
		table = binary.LittleEndian.AppendUint64(table, s.v)
	}
	boot.op(isa.MRET, 0, 0, 0, 0)
	handler := trapCode()
	out := []segment{{addr: boot.at, bytes: boot.bytes}, {addr: bootTable, bytes: table}, {addr: handler.at, bytes: handler.bytes}}
	if paged {
		out = append(out, segment{addr: pageTables, bytes: imageTables()})
	}
	return out
}

// physical returns where a paged machine keeps the byte that the image has at addr:
// neighbouring pages have changed places, so that nothing that crosses pages finds
// both in a row.
func physical(addr uint64) uint64 { return addr ^ pageSize }

// imageTables returns Sv39 tables that map the image for U-mode in pages of 4 KiB.
func imageTables() []byte {
	const (
		valid, leafFlags = 1, 0xdf // V R W X U A D
		leaves           = (bootBase - ramBase) / pageSize
		perTable         = pageSize / 8
	)
	out := make([]byte, pageSize*(2+(leaves+perTable-1)/perTable))
	put := func(table, index int, pte uint64) { binary.LittleEndian.PutUint64(out[table*pageSize+8*index:], pte) }
	pointer := func(table int) uint64 { return (pageTables/pageSize+uint64(table))<<10 | valid }
	put(0, ramBase>>30, pointer(1))
	for i := range leaves {
		put(1, i/perTable, pointer(2+i/perTable))
		put(2+i/perTable, i%perTable, physical(ramBase+uint64(i)*pageSize)/pageSize<<10|leafFlags)
	}
	return out
}

// Registers of the trap device, as the handler uses them.
const (
	trapSaved  = 0x00 // where the handler keeps a register
	trapCause  = 0x08
	trapPC     = 0x10
	trapNumber = 0x18 // a7
	trapValue  = 0x20 // the last to be written: Go takes the trap
	trapResume = 0x28 // where to go on
	trapArg0   = 0x30 // a0 and a1, here and there
	trapArg1   = 0x38
)

// trapCode hands every trap to the device and returns where that says.
func trapCode() *code {
	c := &code{at: trapHandler}
	c.op(isa.CSRRW, regT6, regT6, 0, int32(isa.CSR_MSCRATCH))
	c.op(isa.SD, 0, regT6, regT5, trapSaved)
	for _, r := range []struct {
		csr isa.CSR
		reg int32
	}{{isa.CSR_MCAUSE, trapCause}, {isa.CSR_MEPC, trapPC}} {
		c.op(isa.CSRRS, regT5, 0, 0, int32(r.csr))
		c.op(isa.SD, 0, regT6, regT5, r.reg)
	}
	c.op(isa.SD, 0, regT6, regA7, trapNumber)
	c.op(isa.SD, 0, regT6, regA0, trapArg0)
	c.op(isa.SD, 0, regT6, regA1, trapArg1)
	c.op(isa.CSRRS, regT5, 0, 0, int32(isa.CSR_MTVAL))
	c.op(isa.SD, 0, regT6, regT5, trapValue)
	c.op(isa.LD, regT5, regT6, 0, trapResume)
	c.op(isa.CSRRW, 0, regT5, 0, int32(isa.CSR_MEPC))
	c.op(isa.LD, regA0, regT6, 0, trapArg0)
	c.op(isa.LD, regA1, regT6, 0, trapArg1)
	c.op(isa.LD, regT5, regT6, 0, trapSaved)
	c.op(isa.CSRRW, regT6, regT6, 0, int32(isa.CSR_MSCRATCH))
	c.op(isa.MRET, 0, 0, 0, 0)
	return c
}

// trapDevice is the Linux of our side: it takes system calls, delivers signals if
// the image has a handler for them, goes on behind what raised an exception if the
// image's programs do that on purpose, and ends the run otherwise.
type trapDevice struct {
	m      *Machine
	words  [8]uint64
	signal uint64 // address of the image's handler, or 0
	skips  bool   // exceptions are expected
	log    []Trap // those
}

// causeEcallU is the environment call from U-mode.
const causeEcallU = 8

func (d *trapDevice) Load(off uint64, size int) (uint64, bool) {
	if size != 8 || off/8 >= uint64(len(d.words)) {
		return 0, false
	}
	return d.words[off/8], true
}

func (d *trapDevice) Store(off uint64, size int, v uint64) bool {
	if size != 8 || off/8 >= uint64(len(d.words)) {
		return false
	}
	d.words[off/8] = v
	if off == trapValue {
		d.trap(Trap{d.words[trapCause/8], d.words[trapPC/8], v})
	}
	return true
}

func (d *trapDevice) trap(t Trap) {
	resume := &d.words[trapResume/8]
	switch {
	case t.Cause == causeEcallU:
		*resume = t.PC + 4
		d.words[trapArg0/8] = 0
		if d.words[trapNumber/8] == sysExit {
			d.end(nil)
		}
	case d.signal != 0:
		*resume, d.words[trapArg0/8], d.words[trapArg1/8] = d.signal, t.Cause, t.PC
	case d.skips:
		d.log = append(d.log, t)
		*resume = t.PC + d.length(t.PC)
	default:
		*resume = restAddr
		d.end(&t)
	}
}

// length returns the length of the instruction at pc.
func (d *trapDevice) length(pc uint64) uint64 {
	var first [2]byte
	if err := d.m.copy(first[:], pc, d.m.mem.ReadAt); err != nil || first[0]&3 != 3 {
		return 2
	}
	return 4
}

// end ends the run: the hart leaves its worker at the next poll.
func (d *trapDevice) end(err error) {
	if d.m.done {
		return
	}
	d.m.done, d.m.failure = true, err
	d.m.Hart.Interrupt()
}
