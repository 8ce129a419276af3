package runtime

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/aplic"
	"github.com/hartwood-vm/hartwood/runtime/device/plic"
)

// byAddress returns the devices of the board of c in the order of the memory map.
func byAddress(c *Config) []device.Placed {
	all := slices.DeleteFunc(places(board(c)), func(d device.Placed) bool { return d.Size == 0 })
	slices.SortFunc(all, func(a, b device.Placed) int { return cmp.Compare(a.Base, b.Base) })
	return all
}

// TestBoardHasRoom checks that no two devices share an address or an interrupt, on the smallest board and the largest.
func TestBoardHasRoom(t *testing.T) {
	small, large, pci, huge := Default(), Default(), Default(), Default()
	large.Harts, pci.Bus, huge.Bus, huge.Memory = MaxHarts, BusPCI, BusPCI, TiB
	all := []Config{small, large, pci, huge}
	for _, aia := range []AIAKind{AIAWired, AIAMessages} {
		for _, c := range all[:4:4] {
			c.AIA = aia
			all = append(all, c)
		}
	}
	for _, c := range all {
		harts := c.Harts
		last := uint32(plic.Sources)
		if c.AIA != AIANone {
			last = aplic.Sources
		}
		sources := map[uint32]string{}
		end := uint64(0)
		for _, d := range byAddress(&c) {
			ramEnd := RAMBase + uint64(c.Memory)
			if d.Base < end || d.Size == 0 || d.Base+d.Size > RAMBase && d.Base < ramEnd {
				t.Errorf("%d harts: %s of %#x bytes at %#x, behind one that ends at %#x", harts, d.Name, d.Size, d.Base, end)
			}
			end = d.Base + d.Size
			if d.Interrupt != (d.IRQ != 0) || d.IRQ > last || d.Interrupt && sources[d.IRQ] != "" {
				t.Errorf("%s has interrupt %d, as %q", d.Name, d.IRQ, sources[d.IRQ])
			}
			sources[d.IRQ] = d.Name
			for _, r := range d.Node.Routes {
				if name, taken := sources[r.IRQ]; r.IRQ > last || taken && name != "a pin" {
					t.Errorf("a pin of the bus has interrupt %d, as %q", r.IRQ, name)
				}
				sources[r.IRQ] = "a pin"
			}
			if d.Title == "" || d.Name == "" || len(d.Node.Compatible) == 0 && !strings.HasPrefix(d.Title, "PCI") {
				t.Errorf("%+v says too little of itself", d)
			}
		}
	}
	if slots := len(virtioDevices(&Config{})); slots != MaxDrives {
		t.Errorf("%d slots, and room for %d drives", slots, MaxDrives)
	}
}

// TestBoardAgreesWithVirt compares what the device tree says of devices with the values that QEMU's virt gives for
// two harts, and with what is mapped.
func TestBoardAgreesWithVirt(t *testing.T) {
	cfg := Default()
	cfg.ProgramData, cfg.Harts = spinForever, 2
	m := newMachine(t, cfg)
	defer m.Close()
	tree, err := fdt.Read(m.DeviceTree())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range tree.Find("/soc").Children {
		if reg, _ := n.Prop("reg"); len(reg) != 16 || !m.core.Mem.IsDevice(binary.BigEndian.Uint64(reg), binary.BigEndian.Uint64(reg[8:])) {
			t.Errorf("%s: nothing is mapped at %x", n.Name, reg)
		}
	}
	cells := func(path, prop string) (out []uint32) {
		v, _ := tree.Find(path).Prop(prop)
		for ; len(v) > 3; v = v[4:] {
			out = append(out, binary.BigEndian.Uint32(v))
		}
		return out
	}
	h0, h1 := cells("/cpus/cpu@0/interrupt-controller", "phandle")[0], cells("/cpus/cpu@1/interrupt-controller", "phandle")[0]
	intc, test := cells("/soc/plic", "phandle")[0], cells("/soc/test", "phandle")[0]
	for _, tc := range []struct {
		path, prop string
		want       []uint32
	}{
		{"/soc/clint@2000000", "reg", []uint32{0, 0x2000000, 0, 0x10000}},
		{"/soc/clint@2000000", "interrupts-extended", []uint32{h0, 3, h0, 7, h1, 3, h1, 7}},
		{"/soc/plic@c000000", "reg", []uint32{0, 0xc000000, 0, 0x600000}},
		{"/soc/plic@c000000", "interrupts-extended", []uint32{h0, 11, h0, 9, h1, 11, h1, 9}},
		{"/soc/plic@c000000", "riscv,ndev", []uint32{0x60}},
		{"/soc/serial@10000000", "reg", []uint32{0, 0x10000000, 0, 0x100}},
		{"/soc/serial@10000000", "interrupts", []uint32{10}},
		{"/soc/serial@10000000", "interrupt-parent", []uint32{intc}},
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
		if got := cells(tc.path, tc.prop); !slices.Equal(got, tc.want) {
			t.Errorf("%s %s: %#x, want %#x", tc.path, tc.prop, got, tc.want)
		}
	}
	for _, tc := range []struct{ path, prop, want string }{
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

// span is a device, or several equal ones in a row, in a memory map.
type span struct {
	device.Placed
	n uint32
}

func spans(c *Config) (all []span) {
	for _, d := range byAddress(c) {
		if last := len(all) - 1; last >= 0 && all[last].Title == d.Title {
			all[last].n++
			continue
		}
		all = append(all, span{d, 1})
	}
	return all
}

func (s span) address() string { return fmt.Sprintf("0x%04x_%04x", s.Base>>16, s.Base&0xffff) }

func (s span) size() (text string) {
	switch {
	case s.Size%uint64(MiB) == 0:
		text = fmt.Sprintf("%d MiB", s.Size/uint64(MiB))
	case s.Size%uint64(KiB) == 0:
		text = fmt.Sprintf("%d KiB", s.Size/uint64(KiB))
	default:
		text = fmt.Sprintf("%d bytes", s.Size)
	}
	if s.n > 1 {
		text = fmt.Sprintf("%d × %s", s.n, text)
	}
	return text
}

func (s span) interrupts() string {
	switch {
	case s.IRQ == 0:
		return "–"
	case s.n > 1:
		return fmt.Sprintf("%d–%d", s.IRQ, s.IRQ+s.n-1)
	}
	return fmt.Sprint(s.IRQ)
}

// TestMemoryMapInDocs compares the memory maps in docs with the board's table.
func TestMemoryMapInDocs(t *testing.T) {
	c := Default()
	var lines []string
	for _, s := range spans(&c) {
		lines = append(lines, strings.TrimRight(fmt.Sprintf(" %s  %9s  %4s  %s", s.address(), s.size(), s.interrupts(), s.Title), " "))
	}
	if got, want := chapter(t, "ARCHITECTURE.md", "## Memory map"), strings.Join(lines, "\n"); !strings.Contains(got, "\n"+want+"\n 0x8000_0000") {
		t.Errorf("docs/ARCHITECTURE.md, \"Memory map\" has other devices than the machine, which has\n%s", want)
	}

	var rows []string // address, IRQ and what drivers know the device by
	for line := range strings.Lines(chapter(t, "GUESTS.md", "## Devices")) {
		if f := strings.Split(line, "|"); len(f) == 6 && strings.Contains(line, "| 0x") {
			rows = append(rows, fmt.Sprintf("%s | %s | %s", strings.TrimSpace(f[2]), strings.TrimSpace(f[3]), strings.TrimSpace(f[4])))
		}
	}
	lines = nil
	for _, s := range spans(&c) {
		lines = append(lines, fmt.Sprintf("%s, %s | %s | %s", s.address(), s.size(), s.interrupts(), s.Node.Compatible[0]))
	}
	lines = append(lines, "0x8000_0000, `--memory` |  | ")
	if !slices.EqualFunc(rows, lines, strings.HasPrefix) {
		t.Errorf("docs/GUESTS.md, \"Devices\" has\n%s\nand the machine\n%s", strings.Join(rows, "\n"), strings.Join(lines, "\n"))
	}
}

// chapter returns the part of a page of docs that begins with a heading.
func chapter(t *testing.T, page, heading string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("docs/%s has no chapter %q", page, heading)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	return rest
}

// TestResetLeavesNothingPending has a device raise its interrupt before a reset, which takes it back everywhere.
func TestResetLeavesNothingPending(t *testing.T) {
	cfg := Default()
	cfg.ProgramData = spinForever
	m := newMachine(t, cfg)
	defer m.Close()
	const (
		clock, pending = 0x0010_1000, 0x0c00_1000
		alarm          = 1 << 11
	)
	m.core.Mem.StoreDevice(clock+0x10, 4, 1) // enable the interrupt
	m.core.Mem.StoreDevice(clock+0x0c, 4, 0)
	m.core.Mem.StoreDevice(clock+0x08, 4, 1) // an alarm of long ago
	if v, _ := m.core.Mem.LoadDevice(pending, 4); v != alarm {
		t.Fatalf("pending %#x, want the alarm", v)
	}
	m.bus.reset()
	if v, _ := m.core.Mem.LoadDevice(pending, 4); v != 0 {
		t.Errorf("pending %#x after a reset", v)
	}
}
