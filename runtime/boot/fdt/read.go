package fdt

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// reader walks the structure block of a blob.
type reader struct {
	structs []byte
	strings []byte
	pos     int
	names   map[uint32]string // property names seen, by their offset in strings
}

// Read takes a blob apart. Bytes after the tree's own total size are ignored, as
// are trailing bytes inside it. The errors are the package's sentinels, wrapped.
func Read(blob []byte) (*Tree, error) {
	be := binary.BigEndian
	if len(blob) < 4 || be.Uint32(blob) != magic {
		return nil, fmt.Errorf("%w: no magic number", ErrNotFDT)
	}
	if len(blob) < headerSize {
		return nil, fmt.Errorf("%w: %d bytes, the header alone has %d", ErrTruncated, len(blob), headerSize)
	}
	total := be.Uint32(blob[4:])
	if total > MaxBlob {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooBig, total, MaxBlob)
	}
	if total < headerSize {
		return nil, fmt.Errorf("%w: total size %d", ErrMalformed, total)
	}
	if uint64(total) > uint64(len(blob)) {
		return nil, fmt.Errorf("%w: the header says %d bytes, there are %d", ErrTruncated, total, len(blob))
	}
	if v, compat := be.Uint32(blob[20:]), be.Uint32(blob[24:]); v < version || compat > version {
		return nil, fmt.Errorf("%w: version %d, compatible with %d", ErrVersion, v, compat)
	}
	return read(bytes.Clone(blob[:total]))
}

// read reads a blob whose size and version are right. The tree refers to b.
func read(b []byte) (*Tree, error) {
	be := binary.BigEndian
	structs, err := block(b, "structure block", be.Uint32(b[8:]), be.Uint32(b[36:]))
	if err != nil {
		return nil, err
	}
	strs, err := block(b, "strings block", be.Uint32(b[12:]), be.Uint32(b[32:]))
	if err != nil {
		return nil, err
	}
	t := &Tree{BootCPU: be.Uint32(b[28:])}
	if t.Reserved, err = readReserved(b, be.Uint32(b[16:])); err != nil {
		return nil, err
	}
	r := &reader{structs: structs, strings: strs, names: map[uint32]string{}}
	if t.Root, err = r.tree(); err != nil {
		return nil, err
	}
	return t, nil
}

func block(b []byte, what string, off, size uint32) ([]byte, error) {
	if uint64(off)+uint64(size) > uint64(len(b)) || off < headerSize {
		return nil, fmt.Errorf("%w: %s at %#x with %d bytes in a blob of %d", ErrMalformed, what, off, size, len(b))
	}
	return b[off : off+size], nil
}

// readReserved reads the memory reservation block, which ends with a pair of zeros.
func readReserved(b []byte, off uint32) ([]Reservation, error) {
	be := binary.BigEndian
	var out []Reservation
	for o := uint64(off); ; o += reserveSize {
		if o%8 != 0 || o < headerSize || o+reserveSize > uint64(len(b)) {
			return nil, fmt.Errorf("%w: memory reservation at %#x", ErrMalformed, o)
		}
		r := Reservation{be.Uint64(b[o:]), be.Uint64(b[o+8:])}
		if r == (Reservation{}) {
			return out, nil
		}
		out = append(out, r)
	}
}

// tree reads the whole structure block: one root node, then the end token. An
// explicit stack bounds the nesting instead of Go's.
func (r *reader) tree() (*Node, error) {
	var stack []*Node
	var root *Node
	for {
		tok, ok := r.u32()
		if !ok {
			return nil, fmt.Errorf("%w: structure block ends in the middle", ErrMalformed)
		}
		switch {
		case tok == tokNop:
		case tok == tokBeginNode && (len(stack) > 0 || root == nil):
			n, err := r.begin(stack)
			if err != nil {
				return nil, err
			}
			if root == nil {
				root = n
			}
			stack = append(stack, n)
		case tok == tokProp && len(stack) > 0:
			if err := r.prop(stack[len(stack)-1]); err != nil {
				return nil, err
			}
		case tok == tokEndNode && len(stack) > 0:
			stack = stack[:len(stack)-1]
		case tok == tokEnd && len(stack) == 0 && root != nil:
			return root, nil
		default:
			return nil, fmt.Errorf("%w: token %d at %#x of the structure block", ErrMalformed, tok, r.pos-4)
		}
	}
}

// begin reads a node's name and hangs the node under the top of the stack.
func (r *reader) begin(stack []*Node) (*Node, error) {
	if len(stack) > maxDepth {
		return nil, fmt.Errorf("%w: nodes nested deeper than %d", ErrTooBig, maxDepth)
	}
	name, ok := cstring(r.structs, uint64(r.pos))
	if !ok || (len(stack) == 0) != (name == "") || len(stack) > 0 && !validName(name) {
		return nil, fmt.Errorf("%w: node name at %#x of the structure block", ErrMalformed, r.pos)
	}
	r.skip(len(name) + 1)
	n := &Node{Name: name}
	if len(stack) > 0 {
		parent := stack[len(stack)-1]
		parent.Children = append(parent.Children, n)
	}
	return n, nil
}

// prop reads a property and adds it to n.
func (r *reader) prop(n *Node) error {
	size, ok1 := r.u32()
	nameOff, ok2 := r.u32()
	if !ok1 || !ok2 || uint64(size) > uint64(len(r.structs)-r.pos) {
		return fmt.Errorf("%w: property of %q with %d bytes", ErrMalformed, n.Name, size)
	}
	name, ok := r.names[nameOff]
	if !ok {
		if name, ok = cstring(r.strings, uint64(nameOff)); !ok || !validName(name) {
			return fmt.Errorf("%w: property name at %#x of the strings block", ErrMalformed, nameOff)
		}
		r.names[nameOff] = name
	}
	end := r.pos + int(size)
	n.Props = append(n.Props, Property{name, r.structs[r.pos:end:end]})
	r.skip(int(size))
	return nil
}

// u32 reads a token or a cell.
func (r *reader) u32() (uint32, bool) {
	if len(r.structs)-r.pos < 4 {
		return 0, false
	}
	v := binary.BigEndian.Uint32(r.structs[r.pos:])
	r.pos += 4
	return v, true
}

// skip moves past n bytes and their padding, at most to the end of the block.
func (r *reader) skip(n int) {
	r.pos = min((r.pos+n+3)&^3, len(r.structs))
}

// cstring returns the NUL-terminated string at off of b; ok is false if it is not
// inside or longer than names may be.
func cstring(b []byte, off uint64) (s string, ok bool) {
	if off >= uint64(len(b)) {
		return "", false
	}
	b = b[off:]
	b = b[:min(len(b), maxName+1)]
	i := bytes.IndexByte(b, 0)
	if i < 0 {
		return "", false
	}
	return string(b[:i]), true
}
