package fdt

import (
	"encoding/binary"
	"strings"
)

// Tree is a device tree.
type Tree struct {
	// Root is the node "/"; its name is empty.
	Root *Node
	// Reserved is the memory reservation block: ranges the kernel must not use.
	Reserved []Reservation
	// BootCPU is the physical id of the CPU that boots.
	BootCPU uint32
}

// Reservation is a range of physical memory, in bytes.
type Reservation struct{ Start, Size uint64 }

// Node is a node of the tree. Order of properties and children is kept.
type Node struct {
	Name     string // with its unit address: "serial@10000000"
	Props    []Property
	Children []*Node
}

// Property is a named value.
type Property struct {
	Name  string
	Value []byte
}

// New returns a tree with an empty root.
func New() *Tree { return &Tree{Root: &Node{}} }

// Add appends a child and returns it. The caller sees to it that no other child
// has the name.
func (n *Node) Add(name string) *Node {
	c := &Node{Name: name}
	n.Children = append(n.Children, c)
	return c
}

// Child returns the child of that name or nil. A name without a unit address
// also finds a node that has one: "memory" finds "memory@80000000".
func (n *Node) Child(name string) *Node {
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	if strings.Contains(name, "@") {
		return nil
	}
	for _, c := range n.Children {
		if base, _, ok := strings.Cut(c.Name, "@"); ok && base == name {
			return c
		}
	}
	return nil
}

// Find returns the node at an absolute path such as "/soc/serial", or nil.
func (t *Tree) Find(path string) *Node {
	n := t.Root
	for _, part := range strings.Split(path, "/") {
		if part == "" {
			continue
		}
		if n = n.Child(part); n == nil {
			return nil
		}
	}
	return n
}

// Prop returns the value of a property; ok is false if the node has none.
func (n *Node) Prop(name string) (value []byte, ok bool) {
	for _, p := range n.Props {
		if p.Name == name {
			return p.Value, true
		}
	}
	return nil, false
}

// Set gives a property its value, replacing an old one.
func (n *Node) Set(name string, value []byte) {
	for i := range n.Props {
		if n.Props[i].Name == name {
			n.Props[i].Value = value
			return
		}
	}
	n.Props = append(n.Props, Property{name, value})
}

// Delete removes a property if it is there.
func (n *Node) Delete(name string) {
	for i, p := range n.Props {
		if p.Name == name {
			n.Props = append(n.Props[:i], n.Props[i+1:]...)
			return
		}
	}
}

// SetFlag sets a property that has no value, such as "interrupt-controller".
func (n *Node) SetFlag(name string) { n.Set(name, nil) }

// SetStrings sets a list of strings. They end at their first NUL byte, if any:
// one inside would make two strings of one.
func (n *Node) SetStrings(name string, values ...string) {
	var b []byte
	for _, s := range values {
		s, _, _ = strings.Cut(s, "\x00")
		b = append(append(b, s...), 0)
	}
	n.Set(name, b)
}

// SetCells sets a list of 32-bit cells.
func (n *Node) SetCells(name string, cells ...uint32) {
	b := make([]byte, 0, 4*len(cells))
	for _, c := range cells {
		b = binary.BigEndian.AppendUint32(b, c)
	}
	n.Set(name, b)
}

// SetU64 sets a list of 64-bit values, two cells each. With two address and two
// size cells a "reg" property is SetU64("reg", base, size).
func (n *Node) SetU64(name string, values ...uint64) {
	b := make([]byte, 0, 8*len(values))
	for _, v := range values {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	n.Set(name, b)
}

// String returns a property as a string, without its NUL; ok is false if the
// node has no such property or it is not a string.
func (n *Node) String(name string) (s string, ok bool) {
	v, ok := n.Prop(name)
	if !ok || len(v) == 0 || v[len(v)-1] != 0 {
		return "", false
	}
	return string(v[:len(v)-1]), true
}

// Cell returns a property of one cell; ok is false if it is not one.
func (n *Node) Cell(name string) (c uint32, ok bool) {
	v, ok := n.Prop(name)
	if !ok || len(v) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(v), true
}
