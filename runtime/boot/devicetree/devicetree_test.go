package devicetree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
)

func config(harts int) Config {
	return Config{
		Harts: harts, RAMBase: 0x80000000, RAMSize: 256 << 20,
		ISA:        "rv64imafdc_zicsr_zifencei_zba",
		Extensions: []string{"i", "m", "a", "f", "d", "c", "zicsr", "zifencei", "zba"},
		MMUType:    "riscv,sv57", CBOMBlock: 64, CBOZBlock: 64, CBOPBlock: 64, VirtIOSlots: 8,
	}
}

func build(t *testing.T, c Config) *fdt.Tree {
	t.Helper()
	tree, err := Build(c)
	if err != nil {
		t.Fatal(err)
	}
	blob, err := tree.Write()
	if err != nil {
		t.Fatal(err)
	}
	if tree, err = fdt.Read(blob); err != nil {
		t.Fatal(err)
	}
	return tree
}

func cells(t *testing.T, tree *fdt.Tree, path, prop string) []uint32 {
	t.Helper()
	n := tree.Find(path)
	if n == nil {
		t.Fatalf("no node %s", path)
	}
	v, ok := n.Prop(prop)
	if !ok || len(v)%4 != 0 {
		t.Fatalf("%s: no cells %q", path, prop)
	}
	var out []uint32
	for ; len(v) > 0; v = v[4:] {
		out = append(out, binary.BigEndian.Uint32(v))
	}
	return out
}

// TestAgreesWithVirt compares every property that both machines have with the
// values that QEMU's virt gives for two harts and 256 MiB.
func TestAgreesWithVirt(t *testing.T) {
	tree := build(t, config(2))
	h0, h1 := cells(t, tree, "/cpus/cpu@0/interrupt-controller", "phandle")[0], cells(t, tree, "/cpus/cpu@1/interrupt-controller", "phandle")[0]
	plic, test := cells(t, tree, "/soc/plic", "phandle")[0], cells(t, tree, "/soc/test", "phandle")[0]
	for _, tc := range []struct {
		path, prop string
		want       []uint32
	}{
		{"/", "#address-cells", []uint32{2}}, {"/", "#size-cells", []uint32{2}},
		{"/memory@80000000", "reg", []uint32{0, 0x80000000, 0, 0x10000000}},
		{"/cpus", "timebase-frequency", []uint32{10000000}},
		{"/cpus", "#address-cells", []uint32{1}}, {"/cpus", "#size-cells", []uint32{0}},
		{"/cpus/cpu@1", "reg", []uint32{1}},
		{"/cpus/cpu@1", "riscv,cboz-block-size", []uint32{64}},
		{"/cpus/cpu-map/cluster0/core1", "cpu", cells(t, tree, "/cpus/cpu@1", "phandle")},
		{"/soc/clint@2000000", "reg", []uint32{0, 0x2000000, 0, 0x10000}},
		{"/soc/clint@2000000", "interrupts-extended", []uint32{h0, 3, h0, 7, h1, 3, h1, 7}},
		{"/soc/plic@c000000", "reg", []uint32{0, 0xc000000, 0, 0x600000}},
		{"/soc/plic@c000000", "interrupts-extended", []uint32{h0, 11, h0, 9, h1, 11, h1, 9}},
		{"/soc/plic@c000000", "riscv,ndev", []uint32{0x60}},
		{"/soc/serial@10000000", "reg", []uint32{0, 0x10000000, 0, 0x100}},
		{"/soc/serial@10000000", "interrupts", []uint32{10}},
		{"/soc/serial@10000000", "interrupt-parent", []uint32{plic}},
		{"/soc/serial@10000000", "clock-frequency", []uint32{0x384000}},
		{"/soc/rtc@101000", "interrupts", []uint32{11}},
		{"/soc/rtc@101000", "reg", []uint32{0, 0x101000, 0, 0x1000}},
		{"/soc/test@100000", "reg", []uint32{0, 0x100000, 0, 0x1000}},
		{"/soc/virtio_mmio@10001000", "interrupts", []uint32{1}},
		{"/soc/virtio_mmio@10008000", "interrupts", []uint32{8}},
		{"/soc/virtio_mmio@10008000", "reg", []uint32{0, 0x10008000, 0, 0x1000}},
		{"/poweroff", "value", []uint32{0x5555}}, {"/reboot", "value", []uint32{0x7777}},
		{"/poweroff", "regmap", []uint32{test}}, {"/reboot", "offset", []uint32{0}},
	} {
		if got := cells(t, tree, tc.path, tc.prop); !slices.Equal(got, tc.want) {
			t.Errorf("%s %s: %#x, want %#x", tc.path, tc.prop, got, tc.want)
		}
	}
	for _, tc := range []struct{ path, prop, want string }{
		{"/", "compatible", "riscv-virtio"},
		{"/memory", "device_type", "memory"},
		{"/cpus/cpu@0", "device_type", "cpu"}, {"/cpus/cpu@0", "status", "okay"}, {"/cpus/cpu@0", "compatible", "riscv"},
		{"/cpus/cpu@0", "riscv,isa", "rv64imafdc_zicsr_zifencei_zba"},
		{"/cpus/cpu@0", "riscv,isa-base", "rv64i"}, {"/cpus/cpu@0", "mmu-type", "riscv,sv57"},
		{"/cpus/cpu@0", "riscv,isa-extensions", "i\x00m\x00a\x00f\x00d\x00c\x00zicsr\x00zifencei\x00zba"},
		{"/cpus/cpu@0/interrupt-controller", "compatible", "riscv,cpu-intc"},
		{"/soc", "compatible", "simple-bus"},
		{"/soc/clint", "compatible", "sifive,clint0\x00riscv,clint0"},
		{"/soc/plic", "compatible", "sifive,plic-1.0.0\x00riscv,plic0"},
		{"/soc/test", "compatible", "sifive,test1\x00sifive,test0\x00syscon"},
		{"/soc/rtc", "compatible", "google,goldfish-rtc"}, {"/soc/serial", "compatible", "ns16550a"},
		{"/soc/virtio_mmio@10003000", "compatible", "virtio,mmio"},
		{"/poweroff", "compatible", "syscon-poweroff"}, {"/reboot", "compatible", "syscon-reboot"},
		{"/chosen", "stdout-path", "/soc/serial@10000000"}, {"/aliases", "serial0", "/soc/serial@10000000"},
	} {
		if got, _ := tree.Find(tc.path).String(tc.prop); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.path, tc.prop, got, tc.want)
		}
	}
}

func TestMostHarts(t *testing.T) {
	tree, err := Build(config(MaxHarts))
	if err != nil {
		t.Fatal(err)
	}
	blob, err := tree.Write()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d harts: %d bytes", MaxHarts, len(blob))
	if got := len(cells(t, tree, "/soc/plic", "interrupts-extended")); got != 4*MaxHarts {
		t.Errorf("%d cells", got)
	}
	l := Virt()
	if end := l.PLIC.Base + PLICSize(MaxHarts); end > l.UART.Base {
		t.Errorf("PLIC ends at %#x, in the UART", end)
	}
	seen := map[string]bool{}
	for _, n := range tree.Find("/cpus").Children {
		if seen[n.Name] {
			t.Fatalf("two nodes %s", n.Name)
		}
		seen[n.Name] = true
	}
}

// TestPhandles checks that phandles are unique and that every reference hits one.
func TestPhandles(t *testing.T) {
	tree := build(t, config(5))
	seen := map[uint32]string{}
	var walk func(n *fdt.Node, f func(*fdt.Node))
	walk = func(n *fdt.Node, f func(*fdt.Node)) {
		f(n)
		for _, c := range n.Children {
			walk(c, f)
		}
	}
	walk(tree.Root, func(n *fdt.Node) {
		if p, ok := n.Cell("phandle"); ok {
			if other, dup := seen[p]; dup || p == 0 {
				t.Errorf("phandle %d of %s and %s", p, n.Name, other)
			}
			seen[p] = n.Name
		}
	})
	walk(tree.Root, func(n *fdt.Node) {
		for _, prop := range []string{"interrupt-parent", "regmap", "cpu"} {
			if p, ok := n.Cell(prop); ok && seen[p] == "" {
				t.Errorf("%s: %s points at nothing", n.Name, prop)
			}
		}
	})
	if len(seen) != 5+5+2 {
		t.Errorf("%d phandles", len(seen))
	}
}

func TestOptionalParts(t *testing.T) {
	c := config(1)
	c.MMUType, c.Extensions, c.CBOMBlock, c.CBOZBlock, c.CBOPBlock, c.VirtIOSlots = "", nil, 0, 0, 0, 0
	tree := build(t, c)
	cpu := tree.Find("/cpus/cpu@0")
	for _, p := range cpu.Props {
		if p.Name == "mmu-type" || strings.HasPrefix(p.Name, "riscv,c") || strings.HasPrefix(p.Name, "riscv,isa-") {
			t.Errorf("unexpected %s", p.Name)
		}
	}
	if tree.Find("/soc/virtio_mmio") != nil {
		t.Error("virtio slots appeared")
	}
}

func TestBadConfig(t *testing.T) {
	for i, edit := range []func(*Config){
		func(c *Config) { c.Harts = 0 }, func(c *Config) { c.Harts = 5000 }, func(c *Config) { c.Harts = -1 },
		func(c *Config) { c.BootHart = 2 }, func(c *Config) { c.BootHart = -1 },
		func(c *Config) { c.RAMSize = 0 }, func(c *Config) { c.ISA = "" },
		func(c *Config) { c.VirtIOSlots = 9 }, func(c *Config) { c.VirtIOSlots = -1 },
	} {
		c := config(2)
		edit(&c)
		if _, err := Build(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestDeterministic(t *testing.T) {
	var first []byte
	for i := range 3 {
		tree, err := Build(config(3))
		if err != nil {
			t.Fatal(err)
		}
		b, err := tree.Write()
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = b
		} else if !bytes.Equal(b, first) {
			t.Fatal(fmt.Sprint("build ", i, " differs"))
		}
	}
}
