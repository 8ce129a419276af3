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
	"github.com/hartwood-vm/hartwood/runtime/device"
)

func config(harts int) Config {
	return Config{
		Harts: harts, RAMBase: 0x80000000, RAMSize: 256 << 20,
		ISA:        "rv64imafdc_zicsr_zifencei_zba",
		Extensions: []string{"i", "m", "a", "f", "d", "c", "zicsr", "zifencei", "zba"},
		MMUType:    "riscv,sv57", CBOMBlock: 64, CBOZBlock: 64, CBOPBlock: 64, Devices: devices(),
	}
}

// devices is one of each kind: a switch, an interrupt controller, a console with an interrupt.
func devices() []device.Placed {
	return []device.Placed{
		{Base: 0x1000, Description: device.Description{Name: "switch", Size: 16, Node: device.Node{
			Compatible: []string{"acme,switch2", "acme,switch"},
			Switches:   []device.Switch{{Name: "off", Compatible: "acme-off", Offset: 4, Value: 7}, {Name: "on", Compatible: "acme-on"}},
		}}},
		{Base: 0x10_0000_0000, Description: device.Description{Name: "intc", Size: 0x2_0000_0000, Node: device.Node{
			Compatible: []string{"acme,intc"}, HartInterrupts: []uint32{11, 9}, Controller: true,
			Properties: []device.Property{{Name: "acme,lines", Cells: []uint32{3, 4}}},
		}}},
		{Base: 0x2000, IRQ: 5, Description: device.Description{Name: "port", Size: 8, Interrupt: true, Node: device.Node{
			Compatible: []string{"acme,port"}, Console: true,
		}}},
		{Base: 0x3000, IRQ: 6, Description: device.Description{Name: "port", Size: 8, Interrupt: true, Node: device.Node{
			Compatible: []string{"acme,port"}, Console: true,
		}}},
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

// TestAgreesWithVirt compares every property that both machines have, of what is no device, with the
// values that QEMU's virt gives for two harts and 256 MiB. The devices are compared in package runtime.
func TestAgreesWithVirt(t *testing.T) {
	tree := build(t, config(2))
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
	} {
		if got, _ := tree.Find(tc.path).String(tc.prop); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.path, tc.prop, got, tc.want)
		}
	}
}

// TestDevices checks that the tree says what the devices say of themselves.
func TestDevices(t *testing.T) {
	tree := build(t, config(2))
	h0, h1 := cells(t, tree, "/cpus/cpu@0/interrupt-controller", "phandle")[0], cells(t, tree, "/cpus/cpu@1/interrupt-controller", "phandle")[0]
	intc, sw := cells(t, tree, "/soc/intc", "phandle")[0], cells(t, tree, "/soc/switch", "phandle")[0]
	for _, tc := range []struct {
		path, prop string
		want       []uint32
	}{
		{"/soc/switch@1000", "reg", []uint32{0, 0x1000, 0, 16}},
		{"/soc/intc@1000000000", "reg", []uint32{0x10, 0, 2, 0}},
		{"/soc/intc", "interrupts-extended", []uint32{h0, 11, h0, 9, h1, 11, h1, 9}},
		{"/soc/intc", "acme,lines", []uint32{3, 4}},
		{"/soc/intc", "#interrupt-cells", []uint32{1}}, {"/soc/intc", "#address-cells", []uint32{0}},
		{"/soc/port@2000", "interrupts", []uint32{5}}, {"/soc/port@2000", "interrupt-parent", []uint32{intc}},
		{"/soc/port@3000", "interrupts", []uint32{6}},
		{"/off", "regmap", []uint32{sw}}, {"/off", "offset", []uint32{4}}, {"/off", "value", []uint32{7}},
		{"/on", "regmap", []uint32{sw}}, {"/on", "offset", []uint32{0}}, {"/on", "value", []uint32{0}},
	} {
		if got := cells(t, tree, tc.path, tc.prop); !slices.Equal(got, tc.want) {
			t.Errorf("%s %s: %#x, want %#x", tc.path, tc.prop, got, tc.want)
		}
	}
	for _, tc := range []struct{ path, prop, want string }{
		{"/soc/switch", "compatible", "acme,switch2\x00acme,switch"}, {"/off", "compatible", "acme-off"},
		{"/chosen", "stdout-path", "/soc/port@2000"}, {"/aliases", "serial0", "/soc/port@2000"},
	} {
		if got, _ := tree.Find(tc.path).String(tc.prop); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.path, tc.prop, got, tc.want)
		}
	}
	if _, ok := tree.Find("/soc/intc").Prop("interrupt-controller"); !ok {
		t.Error("the interrupt controller is none")
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
	if got := len(cells(t, tree, "/soc/intc", "interrupts-extended")); got != 4*MaxHarts {
		t.Errorf("%d cells", got)
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
	c.MMUType, c.Extensions, c.CBOMBlock, c.CBOZBlock, c.CBOPBlock, c.Devices = "", nil, 0, 0, 0, nil
	tree := build(t, c)
	cpu := tree.Find("/cpus/cpu@0")
	for _, p := range cpu.Props {
		if p.Name == "mmu-type" || strings.HasPrefix(p.Name, "riscv,c") || strings.HasPrefix(p.Name, "riscv,isa-") {
			t.Errorf("unexpected %s", p.Name)
		}
	}
	if n := len(tree.Find("/soc").Children); n != 0 {
		t.Errorf("%d devices appeared", n)
	}
}

func TestBadConfig(t *testing.T) {
	for i, edit := range []func(*Config){
		func(c *Config) { c.Harts = 0 }, func(c *Config) { c.Harts = 5000 }, func(c *Config) { c.Harts = -1 },
		func(c *Config) { c.BootHart = 2 }, func(c *Config) { c.BootHart = -1 },
		func(c *Config) { c.RAMSize = 0 }, func(c *Config) { c.ISA = "" },
		func(c *Config) { c.Devices[2].IRQ = 0 }, func(c *Config) { c.Devices[0].IRQ = 1 }, func(c *Config) { c.Devices[3].Base = c.Devices[2].Base },
		func(c *Config) { c.Devices = c.Devices[2:] }, func(c *Config) { c.Devices[0].Node.Controller = true },
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

// Nodes name each other by labels; what a controller wants to know of a source stands behind its number; and what is M-mode's alone is left
// out where nobody is in M-mode.
func TestReferences(t *testing.T) {
	c := config(1)
	c.Devices[1].Node.Trigger = []uint32{4}
	c.Devices[1].Node.Label = "intc"
	c.Devices[1].Node.Routes = []device.Route{{From: []uint32{7}, IRQ: 9}}
	c.Devices[2].Node.References = []device.Reference{{Name: "acme,parent", Label: "intc", Cells: []uint32{1, 2}}}
	c.Devices = append(c.Devices, device.Placed{Base: 0x4000, Description: device.Description{Name: "secret", Size: 4, Node: device.Node{
		Compatible: []string{"acme,secret"}, Label: "secret", Machine: true, References: []device.Reference{{Name: "acme,up", Label: "intc"}},
	}}})
	tree := build(t, c)
	intc := cells(t, tree, "/soc/intc", "phandle")[0]
	for _, tc := range []struct {
		path, prop string
		want       []uint32
	}{
		{"/soc/intc", "#interrupt-cells", []uint32{2}}, {"/soc/intc", "interrupt-map", []uint32{7, intc, 9, 4}},
		{"/soc/port@2000", "interrupts", []uint32{5, 4}}, {"/soc/port@2000", "acme,parent", []uint32{intc, 1, 2}},
		{"/soc/secret@4000", "acme,up", []uint32{intc}},
	} {
		if got := cells(t, tree, tc.path, tc.prop); !slices.Equal(got, tc.want) {
			t.Errorf("%s %s: %#x, want %#x", tc.path, tc.prop, got, tc.want)
		}
	}
	c.Supervisor = true
	if build(t, c).Find("/soc/secret@4000") != nil {
		t.Error("there is what nobody can use")
	}
	c.Devices[3].Node.References = []device.Reference{{Name: "acme,up", Label: "secret"}}
	if _, err := Build(c); !errors.Is(err, ErrConfig) {
		t.Errorf("a reference to what is left out: %v", err)
	}
	c.Supervisor = false
	c.Devices[4].Node.Label = "intc"
	if _, err := Build(c); !errors.Is(err, ErrConfig) {
		t.Errorf("two devices with one label: %v", err)
	}
}
