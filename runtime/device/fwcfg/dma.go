package fwcfg

import "encoding/binary"

// What a request asks for.
const (
	dmaError  = 1 << 0
	dmaRead   = 1 << 1
	dmaSkip   = 1 << 2
	dmaSelect = 1 << 3 // the item of the upper 16 bits
	dmaWrite  = 1 << 4
)

// requestSize is the bytes of a request: what, how many, where.
const requestSize = 16

// request carries out the request at pa and says so there. What cannot be read as one is ignored. Caller holds d.mu.
func (d *Device) request(pa uint64) {
	d.dmaHigh = 0
	var b [requestSize]byte
	if d.mem.ReadAt(b[:], pa) != nil {
		return
	}
	control, length := binary.BigEndian.Uint32(b[:]), binary.BigEndian.Uint32(b[4:])
	answer := uint32(0)
	if !d.do(control, length, binary.BigEndian.Uint64(b[8:])) {
		answer = dmaError
	}
	// The memory is there: it was a moment ago, and RAM does not go.
	_ = d.mem.WriteAt(binary.BigEndian.AppendUint32(nil, answer), pa)
}

// do carries a request out, and reports whether it could.
func (d *Device) do(control, length uint32, pa uint64) bool {
	if control&dmaSelect != 0 {
		d.choose(Key(control >> 16))
	}
	switch {
	case control&dmaRead != 0:
		if length > MaxRequest {
			return false
		}
		to, err := d.mem.Slice(pa, uint64(length))
		if err != nil {
			return length == 0
		}
		d.take(to)
		d.mem.NoteWrite(pa, uint64(length))
	case control&dmaWrite != 0:
		return false
	case control&dmaSkip != 0:
		d.skip(length)
	}
	return true
}
