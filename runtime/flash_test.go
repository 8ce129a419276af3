package runtime

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
	"github.com/hartwood-vm/hartwood/runtime/device/pflash"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const bank1 = flashBase + pflash.Size

// flashConfig is a machine with p, and words at offsets, in the first bank of flash, and an erased second one.
func flashConfig(t *testing.T, p []byte, words map[int64]uint64) Config {
	t.Helper()
	dir := t.TempDir()
	cfg := Default()
	cfg.Memory, cfg.RNG, cfg.Net.Kind = 32*MiB, false, NetNone
	cfg.Pflash0, cfg.Pflash1 = filepath.Join(dir, "code.fd"), filepath.Join(dir, "vars.fd")
	for _, path := range []string{cfg.Pflash0, cfg.Pflash1} {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(pflash.Size); err != nil {
			t.Fatal(err)
		}
		if path == cfg.Pflash0 {
			if _, err := f.WriteAt(p, 0); err != nil {
				t.Fatal(err)
			}
			for off, w := range words {
				if _, err := f.WriteAt(binary.LittleEndian.AppendUint64(nil, w), off); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return cfg
}

// program appends that a word is programmed at T0 + off.
func programWord(p *asm.Program, off int32, v uint64) {
	p.LI(asm.T1, 0x400040).S(isa.SW, asm.T1, asm.T0, off)
	p.LI(asm.T1, v).S(isa.SW, asm.T1, asm.T0, off)
	p.LI(asm.T1, 0xff00ff).S(isa.SW, asm.T1, asm.T0, off)
}

// expect appends that the machine ends with code if a register has another value.
func expect(p *asm.Program, reg uint8, want uint64, code int32, label string) {
	p.LI(asm.T6, want).Branch(isa.BEQ, reg, asm.T6, label)
	exit(p, code)
	p.Label(label)
}

// TestFlash has firmware run where it lies in flash, read its data there at any alignment, erase and program the second bank,
// and execute what it has programmed, before and after a change. The bank's file has all that afterwards.
func TestFlash(t *testing.T) {
	const (
		misaligned, crossing = 0x2003, 0x2ffd
		five, four           = 0x00500513, 0x00400513 // li a0, 5
		ret                  = 0x00008067
	)
	p := asm.New(flashBase)
	p.LI(asm.T0, flashBase+misaligned).I(isa.LD, asm.A1, asm.T0, 0)
	expect(p, asm.A1, 0x1122_3344_5566_7788, 2, "aligned")
	p.LI(asm.T0, flashBase+crossing).I(isa.LD, asm.A1, asm.T0, 0)
	expect(p, asm.A1, 0x8877_6655_4433_2211, 3, "crossed")
	p.LI(asm.T0, flashBase)
	programWord(p, 0, 0)
	p.I(isa.LWU, asm.A1, asm.T0, 0).LI(asm.T2, 0)
	p.Branch(isa.BNE, asm.A1, asm.T2, "kept")
	exit(p, 4)
	p.Label("kept")
	p.LI(asm.T0, bank1)
	p.LI(asm.T1, 0x20).S(isa.SW, asm.T1, asm.T0, 0).LI(asm.T1, 0xd0).S(isa.SW, asm.T1, asm.T0, 0)
	programWord(p, 0, five)
	programWord(p, 4, ret)
	for i, want := range []uint64{5, 4} {
		loop, done := []string{"first", "second"}[i], []string{"called", "changed"}[i]
		p.Op(isa.FENCE_I).LI(asm.S1, 1000).Label(loop)
		p.I(isa.JALR, asm.RA, asm.T0, 0)
		p.I(isa.ADDI, asm.S1, asm.S1, -1).Branch(isa.BNE, asm.S1, asm.Zero, loop)
		expect(p, asm.A0, want, 5+int32(i), done)
		programWord(p, 0, four)
	}
	exit(p, 0)
	for _, mode := range []JITMode{JITOff, JITOn} {
		t.Run(string(mode), func(t *testing.T) {
			cfg := flashConfig(t, p.Bytes(), map[int64]uint64{misaligned: 0x1122_3344_5566_7788, crossing: 0x8877_6655_4433_2211})
			cfg.JIT.Mode, cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = mode, 1, 1
			res, err := newMachine(t, cfg).Run(t.Context())
			if err != nil || res.Reason != PoweredOff {
				t.Fatalf("ended with %v, code %d, %v", res.Reason, res.ExitCode, err)
			}
			vars, err := os.ReadFile(cfg.Pflash1)
			if err != nil || len(vars) != pflash.Size || binary.LittleEndian.Uint32(vars) != four || binary.LittleEndian.Uint32(vars[4:]) != ret ||
				vars[8] != 0xff || vars[256<<10] != 0 {
				t.Errorf("the file has %x… (%v)", vars[:8], err)
			}
			code, err := os.ReadFile(cfg.Pflash0)
			if err != nil || string(code[:len(p.Bytes())]) != string(p.Bytes()) {
				t.Errorf("the first bank's file has changed (%v)", err)
			}
		})
	}
}

// TestFirmwareDevices looks at what firmware finds: flash and fw_cfg in the device tree, and the kernel that it is to start.
func TestFirmwareDevices(t *testing.T) {
	cfg := flashConfig(t, spinForever, nil)
	cfg.Harts, cfg.Append, cfg.Kernel = 3, "console=ttyS0", filepath.Join(t.TempDir(), "kernel")
	if err := os.WriteFile(cfg.Kernel, []byte("a kernel"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, cfg)
	defer m.Close()
	tree, err := fdt.Read(m.DeviceTree())
	if err != nil {
		t.Fatal(err)
	}
	reg, _ := tree.Find("/soc/flash@20000000").Prop("reg")
	for i, want := range []uint64{flashBase, pflash.Size, bank1, pflash.Size} {
		if len(reg) != 32 || binary.BigEndian.Uint64(reg[8*i:]) != want {
			t.Fatalf("flash at %x", reg)
		}
	}
	if width, _ := tree.Find("/soc/flash").Cell("bank-width"); width != 4 {
		t.Errorf("flash of %d bytes a word", width)
	}
	if kind, _ := tree.Find("/soc/fw-cfg@10100000").String("compatible"); kind != "qemu,fw-cfg-mmio" {
		t.Errorf("fw_cfg is %q", kind)
	}
	item := func(key uint16) uint64 {
		m.core.Mem.StoreDevice(fwcfgBase+8, 2, uint64(bits.ReverseBytes16(key)))
		v, _ := m.core.Mem.LoadDevice(fwcfgBase, 8)
		return v
	}
	text := func(s string) uint64 { return binary.LittleEndian.Uint64([]byte(s)) }
	for key, want := range map[uint16]uint64{3: uint64(cfg.Memory), 5: 3, 0xf: 3, 8: 8, 0x11: text("a kernel"), 0x14: 14, 0x15: text("console="), 0xb: 0} {
		if got := item(key); got != want {
			t.Errorf("item %#x is %#x, want %#x", key, got, want)
		}
	}
	if m.plan.Entry != flashBase {
		t.Errorf("the machine starts at %#x", m.plan.Entry)
	}
}

func TestFlashRefuses(t *testing.T) {
	for _, c := range []struct {
		with func(*Config)
		says string
	}{
		{func(c *Config) { c.Pflash1 = c.Pflash0 }, "--pflash1: both banks"},
		{func(c *Config) { c.ProgramData = spinForever }, "--pflash0: a bare-metal program"},
		{func(c *Config) { os.Truncate(c.Pflash0, 8<<20) }, "truncate -s 33554432"},
		{func(c *Config) { os.Remove(c.Pflash1) }, "--pflash1: "},
		{func(c *Config) { c.Pflash0 = "" }, "nothing to run"},
	} {
		cfg := flashConfig(t, spinForever, nil)
		c.with(&cfg)
		m, err := New(cfg)
		if err == nil {
			err = errors.Join(errors.New("accepted"), m.Close())
		}
		if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}
