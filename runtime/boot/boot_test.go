package boot

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"strings"
	"testing"
)

func TestBareMetalELF(t *testing.T) {
	m := newRAM(t, 4*mib)
	p := load(t, m, Config{Kernel: file("prog", elf(exec, base, base, "a bare-metal program"))})
	if p.Entry != base || p.Mode != Machine || !p.AllHarts || p.SymbolBias != 0 {
		t.Errorf("%+v", p)
	}
	if p.HTIF == nil || *p.HTIF != (HTIF{base + 8, base + 16}) {
		t.Errorf("%+v", p.HTIF)
	}
	if got := read(t, m, base, 20); got != "a bare-metal program" {
		t.Errorf("%q", got)
	}
	readTree(t, m, p)
}

func TestPositionIndependentELF(t *testing.T) {
	m := newRAM(t, 4*mib)
	for _, at := range []uint64{0, base + 0x10000} {
		p := load(t, m, Config{Kernel: file("pie", elf(dyn, 0x1000, 0x1000, "position independent")), LoadAddress: at})
		want := max(at, base)
		if p.Entry != want || p.Mode != Machine || p.SymbolBias != want-0x1000 || p.HTIF.ToHost != want+8 {
			t.Errorf("%+v", p)
		}
	}
}

func TestRaw(t *testing.T) {
	m := newRAM(t, 4*mib)
	for _, at := range []uint64{0, base + 0x4000} {
		p := load(t, m, Config{Kernel: file("test.bin", []byte("\x13\x00\x00\x00raw")), Program: true, LoadAddress: at})
		if p.Entry != max(at, base) || p.Mode != Machine || !p.AllHarts {
			t.Errorf("%#x: %+v", at, p)
		}
		if got := read(t, m, p.Entry+4, 3); got != "raw" {
			t.Errorf("%q", got)
		}
	}
}

// A raw kernel is made for S-mode and lies behind the firmware, whether that takes room there or not.
func TestRawKernel(t *testing.T) {
	m := newRAM(t, 4*mib)
	kernel := file("kernel.bin", []byte("\x13\x00\x00\x00raw"))
	for _, at := range []uint64{0, base + 0x4000} {
		p := load(t, m, Config{Kernel: kernel, LoadAddress: at})
		if want := max(at, base+0x200000*b2u(at == 0)); p.Entry != want || p.Mode != Supervisor || p.AllHarts {
			t.Errorf("%#x: %+v", at, p)
		}
		if got := read(t, m, p.Entry+4, 3); got != "raw" {
			t.Errorf("%q", got)
		}
	}
	p := load(t, m, Config{Kernel: kernel, NoFirmware: true})
	if p.Entry != base || p.Mode != Machine || !p.AllHarts {
		t.Errorf("without firmware: %+v", p)
	}
}

// TestModeOfELF: a kernel behind the firmware's place starts in S-mode, what lies in it in M-mode.
func TestModeOfELF(t *testing.T) {
	for _, tc := range []struct {
		at   uint64
		cfg  Config
		mode Mode
	}{
		{base, Config{}, Machine},
		{base + 0x20000, Config{}, Machine},
		{base + 2*mib, Config{}, Supervisor},
		{base + 4*mib, Config{}, Supervisor},
		{base + 4*mib, Config{Program: true}, Machine},
		{base + 2*mib, Config{Program: true}, Supervisor},
		{base + 2*mib, Config{NoFirmware: true}, Machine},
	} {
		tc.cfg.Kernel = file("k", elf(exec, tc.at, tc.at, "kernel"))
		if p := load(t, newRAM(t, 16*mib), tc.cfg); p.Mode != tc.mode || p.Entry != tc.at || p.AllHarts != (tc.mode == Machine) {
			t.Errorf("at %#x, %+v: %+v", tc.at, tc.cfg, p)
		}
	}
}

// A kernel for M-mode says that it wants to be at the start of RAM.
func TestLinuxWithoutFirmware(t *testing.T) {
	p := load(t, newRAM(t, 16*mib), Config{Kernel: file("Image", linux(mib, 0, 0)), NoFirmware: true})
	if p.Entry != base || p.Mode != Machine || !p.AllHarts {
		t.Errorf("%+v", p)
	}
}

func TestLinuxOnBuiltInFirmware(t *testing.T) {
	m := newRAM(t, 64*mib)
	disk := bytes.Repeat([]byte("initrd! "), 1000)
	p := load(t, m, Config{
		Kernel: file("Image", linux(3*mib, 0x200000, 8*mib)), Initrd: file("initrd", disk),
		Append: "console=ttyS0 root=/dev/vda", RNGSeed: []byte("random"),
	})
	if p.Entry != base+0x200000 || p.Mode != Supervisor || p.AllHarts || p.A2 != 0 || p.HTIF != nil || len(p.Notes) != 0 {
		t.Errorf("%+v", p)
	}
	if got := read(t, m, base+0x200000+3*mib-6, 6); got != "kernel" {
		t.Errorf("%q", got)
	}
	tree := readTree(t, m, p)
	chosen := tree.Find("/chosen")
	if s, _ := chosen.String("bootargs"); s != "console=ttyS0 root=/dev/vda" {
		t.Errorf("bootargs %q", s)
	}
	if v, _ := chosen.Prop("rng-seed"); string(v) != "random" {
		t.Errorf("seed %q", v)
	}
	start, end := initrd(t, tree)
	if end-start != uint64(len(disk)) || start%4096 != 0 || start < base+0x200000+8*mib {
		t.Errorf("initrd %#x to %#x", start, end)
	}
	if got := read(t, m, start, len(disk)); got != string(disk) {
		t.Error("initrd differs")
	}
	if p.A1%(2*mib) != 0 {
		t.Errorf("device tree at %#x", p.A1)
	}
	if got, err := tree.MemoryRanges(); err != nil || len(got) != 1 || got[0].Start != base || got[0].Size != 64*mib {
		t.Errorf("%+v %v", got, err)
	}
}

func TestPackedKernel(t *testing.T) {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, _ = z.Write(linux(8192, 0x200000, 0))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	m := newRAM(t, 16*mib)
	p := load(t, m, Config{Kernel: file("Image.gz", buf.Bytes())})
	if p.Entry != base+0x200000 || read(t, m, p.Entry+8192-6, 6) != "kernel" {
		t.Errorf("%+v", p)
	}
}

func TestVmlinux(t *testing.T) {
	const high = 0xffffffff80000000
	for _, paddr := range []uint64{0, high, base + 0x200000} {
		m := newRAM(t, 16*mib)
		p := load(t, m, Config{Kernel: file("vmlinux", elf(exec, high, paddr, "vmlinux"))})
		if p.Entry != base+0x200000 || p.Mode != Supervisor || p.SymbolBias != 0 || p.HTIF != nil {
			t.Errorf("paddr %#x: %+v", paddr, p)
		}
		if got := read(t, m, base+0x200000, 7); got != "vmlinux" {
			t.Errorf("%q", got)
		}
		if s, ok := p.Symbols.Lookup("tohost"); !ok || s.Value != high+8 {
			t.Errorf("symbol %+v", s)
		}
	}
}

func TestSupervisorELFAtTheKernelsPlace(t *testing.T) {
	p := load(t, newRAM(t, 16*mib), Config{Kernel: file("os", elf(exec, base+0x200000, base+0x200000, "payload"))})
	if p.Mode != Supervisor || p.Entry != base+0x200000 {
		t.Errorf("%+v", p)
	}
}

func TestFirmware(t *testing.T) {
	for name, bios := range map[string][]byte{
		"bin": append([]byte{0x33, 0x04, 0x05, 0x00}, make([]byte, 1000)...),
		"elf": elf(dyn, 0, 0, "\x33\x04\x05\x00 opensbi"),
		"exe": elf(exec, base, base, "\x33\x04\x05\x00 opensbi"),
	} {
		m := newRAM(t, 64*mib)
		cfg := Config{
			BIOS: file("fw", bios), Kernel: file("Image", linux(mib, 0x200000, 0)), Initrd: file("initrd", []byte("disk")),
		}
		p := load(t, m, cfg)
		if p.Entry != base || p.Mode != Machine || !p.AllHarts || len(p.Notes) != 0 {
			t.Errorf("%s: %+v", name, p)
		}
		if got := read(t, m, base, 4); got != "\x33\x04\x05\x00" {
			t.Errorf("%s: %q", name, got)
		}
		info := read(t, m, p.A2, 48)
		for i, want := range []uint64{0x4942534f, 2, base + 0x200000, 1, 0, 0} {
			if got := binary.LittleEndian.Uint64([]byte(info[8*i:])); got != want {
				t.Errorf("%s: fw_dynamic_info word %d: %#x", name, i, got)
			}
		}
		for _, r := range extents(t, m, cfg) {
			if keptFree(r) {
				continue
			}
			if end := r.Start + r.Size; r.What != "firmware" && r.Start < base+0x200000 {
				t.Errorf("%s: %+v in the firmware's memory", name, r)
			} else if r.Start < base+0x2400000 && end > base+0x2200000 {
				t.Errorf("%s: %+v where fw_jump puts the device tree", name, r)
			}
		}
		if end := p.A1 + 64<<10; end > base+64*mib {
			t.Errorf("%s: no slack behind the device tree at %#x", name, p.A1)
		}
	}
}

func TestFirmwareAlone(t *testing.T) {
	p := load(t, newRAM(t, 16*mib), Config{BIOS: file("fw", []byte("\x13\x00\x00\x00 firmware with its own payload"))})
	if p.Entry != base || p.Mode != Machine || p.A1 == 0 || p.A2 == 0 {
		t.Errorf("%+v", p)
	}
}

func TestKernelUnderJumpTree(t *testing.T) {
	p := load(t, newRAM(t, 128*mib), Config{
		BIOS: file("fw", []byte("firmware")), Kernel: file("Image", linux(mib, 0x200000, 40*mib)),
	})
	if len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "fw_jump") {
		t.Errorf("%q", p.Notes)
	}
}

func TestPlacementInLargeMemory(t *testing.T) {
	m := newRAM(t, 64<<30) // committed only where it is touched
	p := load(t, m, Config{Kernel: file("Image", linux(mib, 0x200000, 0)), Initrd: file("initrd", []byte("disk"))})
	start, end := initrd(t, readTree(t, m, p))
	if p.A1 >= base+1<<30 || end > base+1<<30 || start < base+512*mib {
		t.Errorf("device tree %#x, initrd %#x", p.A1, start)
	}
}

func TestLoadTwice(t *testing.T) {
	m := newRAM(t, 16*mib)
	cfg := Config{Kernel: file("prog", elf(exec, base, base, "first boot"))}
	load(t, m, cfg)
	if err := m.WriteAt(bytes.Repeat([]byte{0xff}, 256), base); err != nil {
		t.Fatal(err)
	}
	load(t, m, cfg)
	if got := read(t, m, base, 74); got != "first boot"+strings.Repeat("\x00", 64) {
		t.Errorf("%q", got)
	}
}

func TestMostHarts(t *testing.T) {
	tree := machine()
	tree.Harts = 4095
	tree.BootHart = 4094
	m := newRAM(t, 16*mib)
	p := load(t, m, Config{Kernel: file("prog", elf(exec, base, base, "many harts")), Tree: tree})
	if p.BootHart != 4094 || readTree(t, m, p).Find("/cpus/cpu@ffe") == nil {
		t.Errorf("%+v", p)
	}
}

func TestNoRoomForTheTree(t *testing.T) {
	m := newRAM(t, 8192)
	p := load(t, m, Config{Kernel: file("tiny", append([]byte{0x13}, make([]byte, 8000)...)), Program: true})
	if p.A1 != 0 || len(p.Notes) != 1 {
		t.Errorf("%+v", p)
	}
}

// TestTreeHasRoom has the built-in firmware hand over a tree that grows in place, and others one that is as large as it need be.
func TestTreeHasRoom(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  Config
		room uint32
	}{
		"on the built-in firmware": {Config{Kernel: file("kernel.bin", []byte("\x13\x00\x00\x00raw"))}, treeRoom},
		"bare metal":               {Config{Kernel: file("test.bin", []byte("\x13\x00\x00\x00raw")), Program: true}, 0},
	} {
		m := newRAM(t, 4*mib)
		p := load(t, m, c.cfg)
		be := binary.BigEndian
		total, structs, strs := be.Uint32(p.Tree[4:]), be.Uint32(p.Tree[8:]), be.Uint32(p.Tree[12:])
		used := max(structs+be.Uint32(p.Tree[36:]), strs+be.Uint32(p.Tree[32:]))
		if int(total) != len(p.Tree) || total-used != c.room || !m.IsRAM(p.A1, uint64(total)) {
			t.Errorf("%s: %d bytes of %d are free", name, total-used, total)
		}
	}
}
