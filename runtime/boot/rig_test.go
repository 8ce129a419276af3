package boot

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/devicetree"
	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

const (
	base = 0x80000000
	mib  = 1 << 20
)

func newRAM(t testing.TB, size uint64) *physmem.Memory {
	t.Helper()
	m, err := physmem.New(base, size, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func file(name string, b []byte) *File {
	return &File{Name: name, Data: strings.NewReader(string(b)), Size: int64(len(b))}
}

// machine is the description of a machine of two harts.
func machine() devicetree.Config {
	return devicetree.Config{Harts: 2, ISA: "rv64imafdc", MMUType: "riscv,sv57"}
}

// linux makes a Linux Image of n bytes.
func linux(n int, textOffset, imageSize uint64) []byte {
	b := make([]byte, n)
	copy(b, "MZ")
	binary.LittleEndian.PutUint64(b[8:], textOffset)
	binary.LittleEndian.PutUint64(b[16:], imageSize)
	copy(b[48:], "RISCV\x00\x00\x00RSC\x05")
	copy(b[n-6:], "kernel")
	return b
}

// elf makes an ELF file of one segment with the given addresses, whose symbol
// table names the segment's bytes from 8 on "tohost" and from 16 on "fromhost".
func elf(typ uint16, vaddr, paddr uint64, code string) []byte {
	le := binary.LittleEndian
	const header, phdr, section, symbol = 64, 56, 64, 24
	b := make([]byte, header+phdr)
	copy(b, "\x7fELF\x02\x01\x01")
	le.PutUint16(b[16:], typ)
	le.PutUint16(b[18:], 243)
	le.PutUint64(b[24:], vaddr)
	le.PutUint64(b[32:], header)
	le.PutUint16(b[54:], phdr)
	le.PutUint16(b[56:], 1)
	le.PutUint16(b[58:], section)
	le.PutUint16(b[60:], 3)
	p := b[header:]
	le.PutUint32(p, 1)
	le.PutUint32(p[4:], 5)
	le.PutUint64(p[8:], header+phdr)
	le.PutUint64(p[16:], vaddr)
	le.PutUint64(p[24:], paddr)
	le.PutUint64(p[32:], uint64(len(code)))
	le.PutUint64(p[40:], uint64(len(code))+64)
	b = append(b, code...)
	const names = "\x00tohost\x00fromhost\x00"
	tab := len(b)
	for i, name := range []uint32{1, 8} {
		var s [symbol]byte
		le.PutUint32(s[:], name)
		le.PutUint16(s[6:], 1)
		le.PutUint64(s[8:], vaddr+8+8*uint64(i))
		b = append(b, s[:]...)
	}
	str := len(b)
	b = append(b, names...)
	le.PutUint64(b[40:], uint64(len(b)))
	sects := make([]byte, 3*section)
	s := sects[section:]
	le.PutUint32(s[4:], 2)
	le.PutUint64(s[24:], uint64(tab))
	le.PutUint64(s[32:], uint64(str-tab))
	le.PutUint32(s[40:], 2)
	s = sects[2*section:]
	le.PutUint64(s[24:], uint64(str))
	le.PutUint64(s[32:], uint64(len(names)))
	return append(b, sects...)
}

const (
	exec = 2
	dyn  = 3
)

func load(t *testing.T, m *physmem.Memory, cfg Config) *Plan {
	t.Helper()
	if cfg.Tree.Harts == 0 {
		cfg.Tree = machine()
	}
	used := extents(t, m, cfg)
	for i, r := range used {
		if !m.IsRAM(r.Start, r.Size) {
			t.Errorf("%+v is not RAM", r)
		}
		if i > 0 && r.Start < used[i-1].Start+used[i-1].Size {
			t.Errorf("%+v overlaps %+v", r, used[i-1])
		}
	}
	p, err := Load(m, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// extents is what Load takes of memory.
func extents(t *testing.T, m *physmem.Memory, cfg Config) []extent {
	t.Helper()
	if cfg.Tree.Harts == 0 {
		cfg.Tree = machine()
	}
	l, err := planFor(m, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l.space.used
}

// keptFree says that nothing is loaded in r.
func keptFree(r extent) bool {
	return r.What == "firmware's memory" || r.What == "room for fw_jump's device tree"
}

// read returns n bytes of guest memory.
func read(t *testing.T, m *physmem.Memory, pa uint64, n int) string {
	t.Helper()
	b := make([]byte, n)
	if err := m.ReadAt(b, pa); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// readTree reads the device tree that the guest finds through a1.
func readTree(t *testing.T, m *physmem.Memory, p *Plan) *fdt.Tree {
	t.Helper()
	if p.A1 == 0 || p.A1%8 != 0 {
		t.Fatalf("device tree at %#x", p.A1)
	}
	b, err := m.Slice(p.A1, min(fdt.MaxBlob, base+m.Size()-p.A1))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := fdt.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// initrd returns the range that the device tree gives the kernel.
func initrd(t *testing.T, tree *fdt.Tree) (start, end uint64) {
	t.Helper()
	s, ok1 := tree.Find("/chosen").Prop("linux,initrd-start")
	e, ok2 := tree.Find("/chosen").Prop("linux,initrd-end")
	if !ok1 || !ok2 || len(s) != 8 || len(e) != 8 {
		t.Fatalf("initrd %x %x", s, e)
	}
	return binary.BigEndian.Uint64(s), binary.BigEndian.Uint64(e)
}
