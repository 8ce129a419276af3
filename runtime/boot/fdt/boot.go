package fdt

import (
	"encoding/binary"
	"fmt"
)

// Chosen is what a boot loader tells the kernel through the node /chosen.
type Chosen struct {
	// Bootargs is the kernel's command line; "" leaves the tree's own one.
	Bootargs string
	// InitrdStart and InitrdEnd delimit the initial RAM disk, the end exclusive. If
	// both are 0 a range that the tree names is removed: it would be a lie.
	InitrdStart, InitrdEnd uint64
	// RNGSeed feeds the kernel's random number generator; nil leaves the tree's own.
	RNGSeed []byte
}

// SetChosen fills in /chosen, which is created if needed.
func (t *Tree) SetChosen(c Chosen) {
	n := t.Find("/chosen")
	if n == nil {
		n = t.Root.Add("chosen")
	}
	if c.Bootargs != "" {
		n.SetStrings("bootargs", c.Bootargs)
	}
	n.Delete("linux,initrd-start")
	n.Delete("linux,initrd-end")
	if c.InitrdStart != c.InitrdEnd {
		n.SetU64("linux,initrd-start", c.InitrdStart)
		n.SetU64("linux,initrd-end", c.InitrdEnd)
	}
	if c.RNGSeed != nil {
		n.Set("rng-seed", c.RNGSeed)
	}
}

// cells returns the number of address and size cells of the root's children.
func (t *Tree) cells() (addr, size int, err error) {
	addr, size = 2, 1 // the specification's defaults, section 2.3.5
	if c, ok := t.Root.Cell("#address-cells"); ok {
		addr = int(c)
	}
	if c, ok := t.Root.Cell("#size-cells"); ok {
		size = int(c)
	}
	if addr < 1 || addr > 2 || size < 1 || size > 2 {
		return 0, 0, fmt.Errorf("%w: %d address and %d size cells at the root", ErrMalformed, addr, size)
	}
	return addr, size, nil
}

// isMemory reports whether n describes RAM.
func isMemory(n *Node) bool {
	typ, _ := n.String("device_type")
	return typ == "memory"
}

// MemoryRanges returns the RAM that the tree promises the kernel.
func (t *Tree) MemoryRanges() ([]Reservation, error) {
	addr, size, err := t.cells()
	if err != nil {
		return nil, err
	}
	var out []Reservation
	for _, n := range t.Root.Children {
		if !isMemory(n) {
			continue
		}
		reg, _ := n.Prop("reg")
		step := 4 * (addr + size)
		if len(reg)%step != 0 {
			return nil, fmt.Errorf("%w: reg of %q has %d bytes", ErrMalformed, n.Name, len(reg))
		}
		for ; len(reg) > 0; reg = reg[step:] {
			r := Reservation{number(reg, addr), number(reg[4*addr:], size)}
			if r.Size != 0 {
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// number reads a value of one or two cells.
func number(b []byte, cells int) uint64 {
	if cells == 1 {
		return uint64(binary.BigEndian.Uint32(b))
	}
	return binary.BigEndian.Uint64(b)
}

// SetMemory replaces all memory nodes by one for size bytes at base.
func (t *Tree) SetMemory(base, size uint64) error {
	addr, sz, err := t.cells()
	if err != nil {
		return err
	}
	if addr == 1 && base>>32 != 0 || sz == 1 && size>>32 != 0 {
		return fmt.Errorf("%w: %d bytes of memory at %#x need more than %d and %d cells", ErrTooBig, size, base, addr, sz)
	}
	var keep []*Node
	for _, n := range t.Root.Children {
		if !isMemory(n) {
			keep = append(keep, n)
		}
	}
	t.Root.Children = keep
	n := t.Root.Add(fmt.Sprintf("memory@%x", base))
	n.SetStrings("device_type", "memory")
	n.Set("reg", appendNumber(appendNumber(nil, base, addr), size, sz))
	return nil
}

func appendNumber(b []byte, v uint64, cells int) []byte {
	if cells == 1 {
		return binary.BigEndian.AppendUint32(b, uint32(v))
	}
	return binary.BigEndian.AppendUint64(b, v)
}
