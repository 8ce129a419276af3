package virtio

import (
	"encoding/binary"
	"fmt"
)

// Segment is a piece of guest RAM.
type Segment struct {
	Addr uint64
	Len  uint32
}

type descriptor struct {
	addr        uint64
	len         uint32
	flags, next uint16
}

// readDescriptor copies entry i of a table: the guest may change it afterwards.
func readDescriptor(table []byte, i uint16) descriptor {
	b := table[int(i)*descSize:][:descSize]
	addr, rest := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	return descriptor{addr: addr, len: uint32(rest), flags: uint16(rest >> 32), next: uint16(rest >> 48)}
}

// walk follows the chain that starts at r.head and gathers its segments. Every
// table is entered at most once and gives at most as many descriptors as it has,
// which bounds the walk. Caller holds life.
func (q *Queue) walk(r *Request) error {
	table, entries, i := q.desc, uint32(q.size), r.head
	indirect := false
	for left := entries; ; left-- {
		if uint32(i) >= entries {
			return fmt.Errorf("%w: descriptor %d of %d", ErrProtocol, i, entries)
		}
		if left == 0 {
			return fmt.Errorf("%w: cyclic descriptor chain", ErrProtocol)
		}
		d := readDescriptor(table, i)
		if d.flags&descIndirect != 0 {
			t, err := q.indirectTable(d, indirect)
			if err != nil {
				return err
			}
			table, entries, i, indirect = t, uint32(len(t)/descSize), 0, true
			left = entries + 1 // the loop takes one away
			continue
		}
		if err := r.add(d); err != nil {
			return err
		}
		if d.flags&descNext == 0 {
			return nil
		}
		i = d.next
	}
}

// indirectTable returns the table that d refers to (chapter 2.7.5.3).
func (q *Queue) indirectTable(d descriptor, nested bool) ([]byte, error) {
	switch {
	case q.features&FeatureIndirect == 0:
		return nil, fmt.Errorf("%w: indirect descriptor, which was not negotiated", ErrProtocol)
	case nested:
		return nil, fmt.Errorf("%w: nested indirect descriptor", ErrProtocol)
	case d.flags&descNext != 0:
		return nil, fmt.Errorf("%w: indirect descriptor with a successor", ErrProtocol)
	case d.len == 0 || d.len%descSize != 0 || d.len > MaxSegments*descSize:
		return nil, fmt.Errorf("%w: indirect table of %d bytes", ErrProtocol, d.len)
	}
	t, err := q.mem.Slice(d.addr, uint64(d.len))
	if err != nil {
		return nil, fmt.Errorf("%w: indirect table: %w", ErrProtocol, err)
	}
	return t, nil
}

// add appends a buffer to the request. Buffers of no bytes are legal and skipped.
func (r *Request) add(d descriptor) error {
	write := d.flags&descWrite != 0
	if !write && r.sawWritable {
		return fmt.Errorf("%w: readable descriptor after a writable one", ErrProtocol)
	}
	r.sawWritable = r.sawWritable || write
	if d.len == 0 {
		return nil
	}
	if !r.q.mem.IsRAM(d.addr, uint64(d.len)) {
		return fmt.Errorf("%w: buffer of %d bytes at %#x is not RAM", ErrProtocol, d.len, d.addr)
	}
	if len(r.readable)+len(r.writable) == MaxSegments {
		return fmt.Errorf("%w: request of more than %d segments", ErrProtocol, MaxSegments)
	}
	if write {
		r.writable = append(r.writable, Segment{d.addr, d.len})
		r.writableLen += uint64(d.len)
	} else {
		r.readable = append(r.readable, Segment{d.addr, d.len})
		r.readableLen += uint64(d.len)
	}
	return nil
}
