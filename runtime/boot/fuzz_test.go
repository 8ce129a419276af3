package boot

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzLoad looks for files that make Load panic, write to memory although it refuses them, or start harts where no
// memory is.
func FuzzLoad(f *testing.F) {
	var tree bytes.Buffer
	tree.WriteString("\xd0\x0d\xfe\xed\x00\x00\x00\x48")
	f.Add(elf(exec, base, base, "a program"), []byte(nil), []byte(nil), uint64(0), byte(0))
	f.Add(linux(4096, 0x200000, 8192), []byte("\x13\x00\x00\x00 firmware"), tree.Bytes(), uint64(0), byte(0))
	f.Add([]byte("\x13\x00\x00\x00 raw"), []byte(nil), []byte(nil), uint64(base+0x1000), byte(1))
	f.Add(elf(exec, base+2*mib, base+2*mib, "a kernel"), []byte(nil), []byte("\xd0\x0d\xfe\xed"), uint64(0), byte(2))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), []byte("QFI\xfb"), []byte(nil), uint64(1), byte(3))
	f.Fuzz(func(t *testing.T, kernel, bios, dtb []byte, address uint64, flags byte) {
		m := newRAM(t, 4*mib)
		cfg := Config{Tree: machine(), LoadAddress: address, Program: flags&1 != 0, NoFirmware: flags&2 != 0}
		if len(kernel) > 0 {
			cfg.Kernel = file("kernel", kernel)
		}
		if len(bios) > 0 {
			cfg.BIOS = file("bios", bios)
		}
		if len(dtb) > 0 {
			cfg.DTB = file("dtb", dtb)
		}
		p, err := Load(m, cfg)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %q", err)
			}
			if all, err := m.Slice(base, m.Size()); err != nil || bytes.Count(all, []byte{0}) != len(all) {
				t.Errorf("memory was written (%v)", err)
			}
			return
		}
		if !m.IsRAM(p.Entry, 2) || p.Entry%2 != 0 {
			t.Errorf("harts start at %#x", p.Entry)
		}
		if p.A1 != 0 && !m.IsRAM(p.A1, uint64(len(p.Tree))) {
			t.Errorf("the device tree is at %#x", p.A1)
		}
	})
}
