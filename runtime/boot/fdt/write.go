package fdt

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// writer collects the two blocks that grow while the tree is walked.
type writer struct {
	structs []byte
	strings []byte
	offset  map[string]uint32 // property name to its place in strings
}

// Write flattens the tree. It fails with ErrMalformed for names that the format
// cannot hold and with ErrTooBig beyond MaxBlob or the nesting limit.
func (t *Tree) Write() ([]byte, error) {
	w := &writer{offset: map[string]uint32{}}
	if t.Root == nil || t.Root.Name != "" {
		return nil, fmt.Errorf("%w: the root must exist and have no name", ErrMalformed)
	}
	if err := w.node(t.Root, 0); err != nil {
		return nil, err
	}
	w.u32(tokEnd)

	if size := reserveSize*len(t.Reserved) + len(w.structs) + len(w.strings); size > MaxBlob-headerSize-reserveSize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooBig, size, MaxBlob)
	}
	resOff := uint32(headerSize)
	structOff := resOff + uint32(reserveSize*(len(t.Reserved)+1))
	strOff := structOff + uint32(len(w.structs))
	total := strOff + uint32(len(w.strings))
	be := binary.BigEndian
	out := make([]byte, 0, total)
	for _, v := range []uint32{magic, total, structOff, strOff, resOff, version, compatible,
		t.BootCPU, uint32(len(w.strings)), uint32(len(w.structs))} {
		out = be.AppendUint32(out, v)
	}
	for _, r := range t.Reserved {
		out = be.AppendUint64(be.AppendUint64(out, r.Start), r.Size)
	}
	out = append(out, make([]byte, reserveSize)...)
	out = append(out, w.structs...)
	return append(out, w.strings...), nil
}

// Grow gives a flattened tree n free bytes at its end, for who adds to it in place.
func Grow(blob []byte, n int) []byte {
	blob = append(blob, make([]byte, n)...)
	binary.BigEndian.PutUint32(blob[4:], uint32(len(blob)))
	return blob
}

func (w *writer) u32(v uint32) { w.structs = binary.BigEndian.AppendUint32(w.structs, v) }

func (w *writer) pad() {
	for len(w.structs)%4 != 0 {
		w.structs = append(w.structs, 0)
	}
}

func (w *writer) node(n *Node, depth int) error {
	if depth > maxDepth || len(w.structs) > MaxBlob || len(w.strings) > MaxBlob {
		return fmt.Errorf("%w: at node %q", ErrTooBig, n.Name)
	}
	if depth > 0 && !validName(n.Name) {
		return fmt.Errorf("%w: node name %q", ErrMalformed, n.Name)
	}
	w.u32(tokBeginNode)
	w.structs = append(append(w.structs, n.Name...), 0)
	w.pad()
	for _, p := range n.Props {
		if !validName(p.Name) {
			return fmt.Errorf("%w: property name %q of node %q", ErrMalformed, p.Name, n.Name)
		}
		if len(p.Value) > MaxBlob {
			return fmt.Errorf("%w: property %q of node %q", ErrTooBig, p.Name, n.Name)
		}
		w.u32(tokProp)
		w.u32(uint32(len(p.Value)))
		w.u32(w.name(p.Name))
		w.structs = append(w.structs, p.Value...)
		w.pad()
	}
	for _, c := range n.Children {
		if err := w.node(c, depth+1); err != nil {
			return err
		}
	}
	w.u32(tokEndNode)
	return nil
}

// name returns the offset of a property's name in the strings block.
func (w *writer) name(s string) uint32 {
	off, ok := w.offset[s]
	if !ok {
		off = uint32(len(w.strings))
		w.offset[s] = off
		w.strings = append(append(w.strings, s...), 0)
	}
	return off
}

// validName reports whether s can stand as a node's or a property's name.
func validName(s string) bool {
	return s != "" && len(s) <= maxName && !strings.ContainsAny(s, "\x00/")
}
