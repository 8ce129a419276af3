package difftest

import (
	"encoding/binary"
	"fmt"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// segment is bytes at an address.
type segment struct {
	addr  uint64
	bytes []byte
	exec  bool
}

// Image is a batch of programs, ready to be loaded.
type Image struct {
	Programs []*Program // by rising slot
	entry    uint64
	faults   bool // programs raise exceptions on purpose

	// routines and code are executed, records and data written.
	routines, code, records, data segment
}

// segments returns the image's parts by rising address.
func (img *Image) segments() []segment {
	return []segment{img.routines, img.code, img.records, img.data}
}

// Layout of the pages at ramBase: the entry, then the routines of the frames.
const (
	restAddr    = ramBase + 4 // a jump to itself
	endAddr     = ramBase + 0x40
	restoreBase = ramBase + 0x100
	routineSize = 0x110 // room for one routine of 66 instructions
)

func restoreAddr(frame int) uint64 { return restoreBase + uint64(frame)*2*routineSize }
func saveAddr(frame int) uint64    { return restoreAddr(frame) + routineSize }

// NewImage puts programs into an image. Each must have a slot of its own.
func NewImage(programs []*Program) *Image {
	first, last := programs[0].Slot, programs[len(programs)-1].Slot
	slots := last - first + 1
	img := &Image{
		Programs: programs, entry: ramBase,
		routines: segment{ramBase, make([]byte, codeBase-ramBase), true},
		code:     segment{stubAddr(first), make([]byte, slots*codeStride), true},
		records:  segment{recordAddr(first), make([]byte, slots*recordStride), false},
		data:     segment{dataAddr(first), make([]byte, slots*dataStride), false},
	}
	img.putRoutines(first)
	for i, p := range programs {
		next := uint64(endAddr)
		if i+1 < len(programs) {
			next = stubAddr(programs[i+1].Slot)
		}
		stub := &code{at: stubAddr(p.Slot)}
		stub.la(frames[p.Frame].record, recordAddr(p.Slot))
		stub.jump(frames[p.Frame].link, restoreAddr(p.Frame))
		stub.bytes = append(stub.bytes, p.Code...)
		if len(stub.bytes) > codeStride {
			panic(fmt.Sprintf("BUG: body of %d bytes", len(p.Code)))
		}
		img.code.put(stub)
		img.faults = img.faults || p.faults
		p.putRecord(img.records.bytes[(p.Slot-first)*recordStride:], next)
		fillData(img.data.bytes[(p.Slot-first)*dataStride:][:dataStride], p.Data)
	}
	return img
}

func (s *segment) put(c *code) { copy(s.bytes[c.at-s.addr:], c.bytes) }

// putRoutines writes what programs share: the entry, the end and the frames' routines.
func (img *Image) putRoutines(first int) {
	start := &code{at: ramBase}
	start.jump(0, stubAddr(first))
	start.jump(0, restAddr)
	img.routines.put(start)
	end := &code{at: endAddr}
	end.write(img.records.addr, len(img.records.bytes))
	end.write(img.data.addr, len(img.data.bytes))
	end.exit()
	img.routines.put(end)
	for i := range frames {
		img.routines.put(restore(i))
		img.routines.put(save(i))
	}
}

// putRecord writes the initial record of p.
func (p *Program) putRecord(b []byte, next uint64) {
	put := func(word int, v uint64) { binary.LittleEndian.PutUint64(b[8*word:], v) }
	put(0, next)
	for i := 1; i < 32; i++ {
		put(i, p.X[i])
	}
	for i, v := range p.F {
		put(recordF+i, v)
	}
	put(recordFCSR, p.FCSR)
}

// restore is the routine that loads all registers of a record but the frame's own
// and returns to the body.
func restore(n int) *code {
	f, c := frames[n], &code{at: restoreAddr(n)}
	t := uint8(6)
	c.op(isa.LD, t, f.record, 0, 8*recordFCSR)
	c.op(isa.CSRRW, 0, t, 0, int32(isa.CSR_FCSR))
	for i := range uint8(32) {
		c.op(isa.FLD, i, f.record, 0, 8*(recordF+int32(i)))
	}
	for i := uint8(1); i < 32; i++ {
		if i != f.record && i != f.link {
			c.op(isa.LD, i, f.record, 0, 8*int32(i))
		}
	}
	c.op(isa.JALR, 0, f.link, 0, 0)
	return c
}

// save is the routine that stores all registers and goes on to the next stub.
func save(n int) *code {
	f, c := frames[n], &code{at: saveAddr(n)}
	t := uint8(6)
	for i := uint8(1); i < 32; i++ {
		if i != f.record {
			c.op(isa.SD, 0, f.record, i, 8*int32(i))
		}
	}
	for i := range uint8(32) {
		c.op(isa.FSD, 0, f.record, i, 8*(recordF+int32(i)))
	}
	c.op(isa.CSRRS, t, 0, 0, int32(isa.CSR_FCSR))
	c.op(isa.SD, 0, f.record, t, 8*recordFCSR)
	c.op(isa.LD, t, f.record, 0, 0)
	c.op(isa.JALR, 0, t, 0, 0)
	return c
}

// outputSize is the number of bytes that an image writes.
func (img *Image) outputSize() int { return len(img.records.bytes) + len(img.data.bytes) }

// raw returns the final record and data of p within the records and data of the
// image.
func (img *Image) raw(p *Program, records, data []byte) (record, window []byte) {
	i := p.Slot - img.Programs[0].Slot
	return records[i*recordStride:][:8*recordWords], data[i*dataStride:][:dataStride]
}

// result decodes what a program left behind.
func result(record, window []byte) *Result {
	r := &Result{Data: window}
	get := func(word int) uint64 { return binary.LittleEndian.Uint64(record[8*word:]) }
	for i := 1; i < 32; i++ {
		r.X[i] = get(i)
	}
	for i := range r.F {
		r.F[i] = get(recordF + i)
	}
	r.FCSR = get(recordFCSR)
	return r
}
