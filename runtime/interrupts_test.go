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
	"github.com/hartwood-vm/hartwood/vcpu"
)

// aiaMachine is a machine of two harts on PCI with the given interrupt controllers; with a kernel, it runs on the built-in firmware.
func aiaMachine(t *testing.T, aia AIAKind, kernel bool) *Machine {
	t.Helper()
	return pciMachine(t, 1, func(c *Config) {
		c.AIA = aia
		if kernel {
			c.ProgramData, c.Kernel = nil, filepath.Join(t.TempDir(), "kernel")
			if err := os.WriteFile(c.Kernel, binary.LittleEndian.AppendUint32(nil, 0x6f), 0o600); err != nil { // it jumps to itself
				t.Fatal(err)
			}
		}
	})
}

// TestAIAAgreesWithVirt compares what the device tree says of the controllers with what QEMU's virt gives for two harts, and with
// what is mapped.
func TestAIAAgreesWithVirt(t *testing.T) {
	for _, aia := range []AIAKind{AIAWired, AIAMessages} {
		for _, kernel := range []bool{false, true} {
			m := aiaMachine(t, aia, kernel)
			tree, err := fdt.Read(m.DeviceTree())
			if err != nil {
				t.Fatal(err)
			}
			cells := func(path, prop string) (out []uint32) {
				n := tree.Find(path)
				if n == nil {
					return nil
				}
				v, _ := n.Prop(prop)
				for ; len(v) > 3; v = v[4:] {
					out = append(out, binary.BigEndian.Uint32(v))
				}
				return out
			}
			phandle := func(path string) uint32 { return append(cells(path, "phandle"), 0)[0] }
			h0, h1 := phandle("/cpus/cpu@0/interrupt-controller"), phandle("/cpus/cpu@1/interrupt-controller")
			aplicS, aplicM := "/soc/aplic@d000000", "/soc/aplic@c000000"
			imsicS, imsicM := "/soc/imsics@28000000", "/soc/imsics@24000000"
			type want struct {
				path, prop string
				want       []uint32
			}
			list := []want{
				{aplicS, "reg", []uint32{0, 0xd000000, 0, 0x8000}}, {aplicS, "riscv,num-sources", []uint32{0x60}},
				{aplicS, "#interrupt-cells", []uint32{2}},
				{"/soc/serial@10000000", "interrupts", []uint32{10, 4}}, {"/soc/serial@10000000", "interrupt-parent", []uint32{phandle(aplicS)}},
			}
			messages := []want{
				{aplicS, "msi-parent", []uint32{phandle(imsicS)}}, {imsicS, "reg", []uint32{0, 0x28000000, 0, 0x2000}},
				{imsicS, "interrupts-extended", []uint32{h0, 9, h1, 9}}, {imsicS, "riscv,num-ids", []uint32{0xff}},
				{imsicS, "#interrupt-cells", []uint32{0}}, {"/soc/pci@30000000", "msi-parent", []uint32{phandle(imsicS)}},
			}
			machine := []want{
				{aplicM, "reg", []uint32{0, 0xc000000, 0, 0x8000}}, {aplicM, "riscv,children", []uint32{phandle(aplicS)}},
				{aplicM, "riscv,delegate", []uint32{phandle(aplicS), 1, 0x60}}, {aplicM, "riscv,delegation", []uint32{phandle(aplicS), 1, 0x60}},
				{aplicM, "#interrupt-cells", []uint32{2}},
			}
			switch {
			case aia == AIAWired:
				list = append(list, want{aplicS, "interrupts-extended", []uint32{h0, 9, h1, 9}}, want{"/soc/pci@30000000", "msi-parent", nil})
				machine = append(machine, want{aplicM, "interrupts-extended", []uint32{h0, 11, h1, 11}})
			default:
				list = append(list, messages...)
				machine = append(machine, want{aplicM, "msi-parent", []uint32{phandle(imsicM)}},
					want{imsicM, "reg", []uint32{0, 0x24000000, 0, 0x2000}}, want{imsicM, "interrupts-extended", []uint32{h0, 11, h1, 11}})
			}
			if kernel { // nobody is there to use them
				for _, path := range []string{aplicM, imsicM} {
					if tree.Find(path) != nil {
						t.Errorf("%s: the tree has %s", aia, path)
					}
				}
			} else {
				list = append(list, machine...)
			}
			for _, c := range list {
				if got := cells(c.path, c.prop); !slices.Equal(got, c.want) {
					t.Errorf("%s, kernel %v: %s %s is %#x, want %#x", aia, kernel, c.path, c.prop, got, c.want)
				}
			}
			routes := cells("/soc/pci@30000000", "interrupt-map")
			if len(routes) != 16*7 || !slices.Equal(routes[7:14], []uint32{0, 0, 0, 2, phandle(aplicS), 0x21, 4}) {
				t.Errorf("%s: interrupt-map %#x", aia, routes)
			}
			isa, _ := tree.Find("/cpus/cpu@0").String("riscv,isa")
			if !strings.Contains(isa, "_smaia_smcntrpmf_ssaia_sscofpmf_") {
				t.Errorf("%s: ISA %s", aia, isa)
			}
			if tree.Find("/soc/plic") != nil {
				t.Errorf("%s: there is a PLIC", aia)
			}
			for _, n := range tree.Find("/soc").Children {
				reg, _ := n.Prop("reg")
				if base, size := binary.BigEndian.Uint64(reg), binary.BigEndian.Uint64(reg[8:]); !m.core.Mem.IsDevice(base, size) {
					t.Errorf("%s: nothing is mapped at %#x", n.Name, base)
				}
			}
		}
	}
}

// TestAIALeadsToHarts follows an interrupt of the clock from its wire, and a message of a device on PCI, to the pending bits of harts.
func TestAIALeadsToHarts(t *testing.T) {
	const (
		clock         = 0x0010_1000
		sourceCfg     = 4 * 11
		setEnable     = 0x1edc
		target        = 0x3000 + 4*11
		deliver, hart = 1 << 8, 1
	)
	for _, aia := range []AIAKind{AIAWired, AIAMessages} {
		for _, kernel := range []bool{false, true} {
			m := aiaMachine(t, aia, kernel)
			mem, h := m.core.Mem, m.core.Harts[hart]
			if !kernel {
				mem.StoreDevice(aplicBases[0]+sourceCfg, 4, 1<<10) // delegated; on the built-in firmware it is so already
			}
			mem.StoreDevice(aplicBases[1]+sourceCfg, 4, 6)
			mem.StoreDevice(aplicBases[1], 4, deliver)
			mem.StoreDevice(aplicBases[1]+setEnable, 4, 11)
			mem.StoreDevice(aplicBases[1]+target, 4, hart<<18|77)
			if aia == AIAWired {
				mem.StoreDevice(aplicBases[1]+0x4000+32*hart, 4, 1)
			}
			files := m.bus.imsics
			if aia == AIAMessages {
				for l := range files {
					f := files[l].File(hart)
					f.Write(0x70, 1, ^uint64(0))
					f.Write(0xc2, ^uint64(0), ^uint64(0)) // 64 to 127
				}
			}
			raise := func() {
				mem.StoreDevice(clock+0x10, 4, 1) // enable the interrupt
				mem.StoreDevice(clock+0x0c, 4, 0)
				mem.StoreDevice(clock+0x08, 4, 1) // an alarm of long ago
			}
			raise()
			if got := pendingOf(h); got != vcpu.LineSEIP {
				t.Errorf("%s, kernel %v: pending %#x", aia, kernel, got)
			}
			if other := pendingOf(m.core.Harts[0]); other != 0 {
				t.Errorf("%s: the other hart has %#x", aia, other)
			}
			m.bus.reset()
			for _, h := range m.core.Harts {
				if got := pendingOf(h); got != 0 {
					t.Errorf("%s: pending %#x after a reset", aia, got)
				}
			}
			if aia != AIAMessages {
				continue
			}
			for l := range files {
				f := files[l].File(hart)
				f.Write(0x70, 1, ^uint64(0))
				f.Write(0xc2, ^uint64(0), ^uint64(0))
			}
			for _, address := range []uint64{0, RAMBase, 0x1000_0000, 0x2400_2000, 0x2800_2000, 0x2800_1004, ^uint64(3)} {
				m.bus.message(address, 77) // nobody's
			}
			if got := pendingOf(h); got != 0 {
				t.Errorf("pending %#x after messages to nobody", got)
			}
			m.bus.message(0x2800_1000, 77)
			if got := pendingOf(h); got != vcpu.LineSEIP {
				t.Errorf("pending %#x after a message", got)
			}
			m.bus.message(0x2400_1000, 78)
			if got := pendingOf(h); got != vcpu.LineSEIP|vcpu.LineMEIP || files[0].File(hart).Top() != 78<<16|78 {
				t.Errorf("pending %#x after two messages", got)
			}
		}
	}
}

// pendingOf is the external interrupts of a hart that does not run.
func pendingOf(h *vcpu.Hart) uint64 {
	v, _ := h.ProbeCSR(0x344)
	return v & (vcpu.LineMEIP | vcpu.LineSEIP)
}

// TestMSIXNeedsFiles looks for MSI-X on the functions of PCI: it is there where messages lead somewhere.
func TestMSIXNeedsFiles(t *testing.T) {
	for _, aia := range []AIAKind{AIANone, AIAWired, AIAMessages} {
		m := aiaMachine(t, aia, false)
		found := false
		config := func(reg uint64, size int) uint64 {
			v, _ := m.core.Mem.LoadDevice(pciConfigBase|1<<15|reg, size)
			return v
		}
		for at := config(0x34, 1); at != 0; at = config(at+1, 1) {
			found = found || config(at, 1) == 0x11
		}
		if found != (aia == AIAMessages) {
			t.Errorf("%s: MSI-X is there: %v", aia, found)
		}
	}
}

func TestAIARefuses(t *testing.T) {
	cfg := Default()
	cfg.ProgramData, cfg.AIA = spinForever, "imsic"
	if err := cfg.Validate(); !errors.As(err, new(*ConfigError)) || !strings.Contains(err.Error(), "--aia") || !strings.Contains(err.Error(), "aplic-imsic") {
		t.Errorf("%v", err)
	}
}
