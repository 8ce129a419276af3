package runtime

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/network"
)

// Which device stands in which virtio slot, and of which version.
func TestVirtIOSlots(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(disk, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	drives := func(n int) []Drive { return slices.Repeat([]Drive{{Path: disk, ReadOnly: true}}, n) }
	newLink := func() network.Link {
		link, _ := network.Pair()
		return link
	}
	queueSizes := map[uint64]uint64{1: 1024, 2: 256, 3: 256, 4: 256}
	for _, c := range []struct {
		name string
		with func(*Config)
		ids  []uint64
	}{
		{"default", func(*Config) {}, []uint64{4}},
		{"no entropy device", func(c *Config) { c.RNG = false }, nil},
		{"drive, console", func(c *Config) { c.Drives, c.Console = drives(1), ConsoleVirtio }, []uint64{2, 3, 4}},
		{"all drives", func(c *Config) { c.Drives, c.RNG, c.VirtIOLegacy = drives(8), false, true }, []uint64{2, 2, 2, 2, 2, 2, 2, 2}},
		{"network behind all others", func(c *Config) {
			c.Drives, c.Console, c.Link = drives(1), ConsoleVirtio, newLink()
		}, []uint64{2, 3, 4, 1}},
		{"legacy", func(c *Config) { c.Drives, c.Console, c.VirtIOLegacy = drives(1), ConsoleVirtio, true }, []uint64{2, 3, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := Default()
			cfg.ProgramData = []byte{0x6f, 0, 0, 0} // j .
			c.with(&cfg)
			m := newMachine(t, cfg)
			defer m.Close()
			version := uint64(2)
			if cfg.VirtIOLegacy {
				version = 1
			}
			for slot := range virtIOSlots {
				read := func(off uint64) uint64 {
					v, _ := m.core.Mem.LoadDevice(0x1000_1000+uint64(slot)*0x1000+off, 4)
					return v
				}
				want := uint64(0)
				if slot < len(c.ids) {
					want = c.ids[slot]
				}
				if m.core.Mem.StoreDevice(0x1000_1030+uint64(slot)*0x1000, 4, 0); want != 0 && read(0x34) != queueSizes[want] {
					t.Errorf("slot %d has a queue of %d entries", slot, read(0x34))
				}
				if v, id := read(4), read(8); v != version || id != want {
					t.Errorf("slot %d has device %d of version %d, want %d of %d", slot, id, v, want, version)
				}
			}
		})
	}
}
