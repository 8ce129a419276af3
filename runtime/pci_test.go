package runtime

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
)

// pciMachine is a machine whose virtio devices are on PCI, with so many drives.
func pciMachine(t *testing.T, drives int, with func(*Config)) *Machine {
	t.Helper()
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(disk, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.ProgramData, cfg.Bus, cfg.Harts = spinForever, BusPCI, 2
	cfg.Drives = slices.Repeat([]Drive{{Path: disk, ReadOnly: true}}, drives)
	if with != nil {
		with(&cfg)
	}
	m := newMachine(t, cfg)
	t.Cleanup(func() { m.Close() })
	return m
}

// TestPCIAgreesWithVirt compares what the device tree says of the bridge with what QEMU's virt gives for 512 MiB.
func TestPCIAgreesWithVirt(t *testing.T) {
	m := pciMachine(t, 0, nil)
	tree, err := fdt.Read(m.DeviceTree())
	if err != nil {
		t.Fatal(err)
	}
	n := tree.Find("/soc/pci@30000000")
	if n == nil {
		t.Fatal("there is no bridge")
	}
	cells := func(n *fdt.Node, prop string) (out []uint32) {
		v, _ := n.Prop(prop)
		for ; len(v) > 3; v = v[4:] {
			out = append(out, binary.BigEndian.Uint32(v))
		}
		return out
	}
	intc := cells(tree.Find("/soc/plic"), "phandle")[0]
	for _, c := range []struct {
		prop string
		want []uint32
	}{
		{"reg", []uint32{0, 0x30000000, 0, 0x10000000}},
		{"ranges", []uint32{
			0x1000000, 0, 0, 0, 0x3000000, 0, 0x10000,
			0x2000000, 0, 0x40000000, 0, 0x40000000, 0, 0x40000000,
			0x3000000, 4, 0, 4, 0, 4, 0,
		}},
		{"#address-cells", []uint32{3}}, {"#size-cells", []uint32{2}}, {"#interrupt-cells", []uint32{1}},
		{"bus-range", []uint32{0, 0xff}}, {"interrupt-map-mask", []uint32{0x1800, 0, 0, 7}}, {"linux,pci-domain", []uint32{0}},
	} {
		if got := cells(n, c.prop); !slices.Equal(got, c.want) {
			t.Errorf("%s: %#x, want %#x", c.prop, got, c.want)
		}
	}
	routes := cells(n, "interrupt-map")
	if len(routes) != 16*6 {
		t.Fatalf("%d cells of interrupt-map", len(routes))
	}
	for i := range uint32(16) {
		slot, pin := i/4, i%4
		if got, want := routes[6*i:6*i+6], []uint32{slot << 11, 0, 0, pin + 1, intc, 0x20 + (slot+pin)%4}; !slices.Equal(got, want) {
			t.Errorf("interrupt %#x, want %#x", got, want)
		}
	}
	if kind, _ := n.String("device_type"); kind != "pci" {
		t.Errorf("device_type %q", kind)
	}
	if _, coherent := n.Prop("dma-coherent"); !coherent {
		t.Error("the bus is not coherent")
	}
	if tree.Find("/soc/virtio_mmio") != nil {
		t.Error("there are virtio-mmio slots")
	}
}

// TestPCISlots looks at which device has which number, with more drives than there are virtio-mmio slots. Every one has its BAR.
func TestPCISlots(t *testing.T) {
	m := pciMachine(t, 28, func(c *Config) { c.Console, c.Memory = ConsoleVirtio, 20*GiB })
	mem := m.core.Mem
	want := append(slices.Repeat([]uint64{0x10421af4}, 28), 0x10431af4, 0x10441af4, 0xffff_ffff)
	for i, id := range want {
		slot := uint64(i + 1)
		if v, _ := mem.LoadDevice(0x3000_0000|slot<<15, 4); v != id {
			t.Errorf("device %d is %#x, want %#x", slot, v, id)
		}
	}
	mem.StoreDevice(0x3000_0000|28<<15|0x20, 4, 0x4000_0000)
	mem.StoreDevice(0x3000_0000|29<<15|0x24, 4, 0x8)
	for slot := uint64(28); slot < 30; slot++ {
		mem.StoreDevice(0x3000_0000|slot<<15|4, 2, 2)
	}
	if v, ok := mem.LoadDevice(0x4000_2000, 8); v != 8 || !ok { // a block device's capacity in sectors
		t.Errorf("%#x by the window of 32 bits", v)
	}
	if v, ok := mem.LoadDevice(0x8_0000_0012, 2); v != 2 || !ok { // the console's queues
		t.Errorf("%#x by the window of 64 bits, which is behind RAM", v)
	}
	if v, ok := mem.LoadDevice(0x0300_0000, 1); v != 0xff || !ok {
		t.Errorf("an I/O port reads %#x", v)
	}
}

func TestPCIRefuses(t *testing.T) {
	for _, c := range []struct {
		with func(*Config)
		says string
	}{
		{func(c *Config) { c.Drives = slices.Repeat([]Drive{{Path: "d", ReadOnly: true}}, 31) }, "room for 30"},
		{func(c *Config) { c.Drives, c.Bus = slices.Repeat([]Drive{{Path: "d", ReadOnly: true}}, 8), BusMMIO }, "--bus pci"},
		{func(c *Config) { c.VirtIOLegacy = true }, "--bus mmio"},
	} {
		cfg := Default()
		cfg.ProgramData, cfg.Bus = spinForever, BusPCI
		c.with(&cfg)
		if err := cfg.Validate(); !errors.As(err, new(*ConfigError)) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}
