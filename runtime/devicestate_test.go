package runtime

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDevicesStateMoves takes the state of each device of boards that have all of them, in use, into another machine's.
func TestDevicesStateMoves(t *testing.T) {
	for _, bus := range []BusKind{BusMMIO, BusPCI} {
		for _, aia := range []AIAKind{AIANone, AIAWired, AIAMessages} {
			t.Run(string(bus+"/"+BusKind(aia)), func(t *testing.T) { moveDevices(t, bus, aia) })
		}
	}
}

func moveDevices(t *testing.T, bus BusKind, aia AIAKind) {
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(disk, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.ProgramData, cfg.Harts, cfg.Console, cfg.Bus, cfg.AIA = spinForever, 3, ConsoleVirtio, bus, aia
	cfg.Drives = []Drive{{Path: disk, ReadOnly: true}}
	from, to := newMachine(t, cfg), newMachine(t, cfg)
	defer from.Close()
	defer to.Close()
	for slot := uint64(1); slot <= 3 && bus == BusPCI; slot++ {
		bar := 0x4000_0000 + slot<<15
		for _, w := range [][2]uint64{{0x20, bar}, {4, 2}} {
			from.core.Mem.StoreDevice(pciConfigBase|slot<<15|w[0], 4, w[1])
		}
		from.core.Mem.StoreDevice(bar+0x16, 2, slot) // queue_select
	}
	for _, r := range from.board {
		for off := uint64(0); off < min(r.Size, 0x400); off += 4 {
			if r.Name != "test" && r.Name != "gcpar" { // the one ends the machine, the other's registers are wider
				v := uint64(1)
				if r.Base == aplicBases[0] && off%8 == 0 {
					v = 1 << 10 // half of the sources are delegated to the second domain
				}
				from.core.Mem.StoreDevice(r.Base+off, 4, v)
			}
		}
		for off := uint64(0); off < 0x100 && r.Name == "gcpar"; off += 8 {
			from.core.Mem.StoreDevice(r.Base+off, 8, off)
		}
	}
	for i, r := range from.board {
		text, err := json.Marshal(from.bus.devices[i].State())
		if err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		fresh, err := json.Marshal(to.bus.devices[i].State())
		if err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		used := r.Name != "test" && r.name[:min(len(r.name), 6)] != "virtio" && !strings.HasPrefix(r.Title, "PCI Express I/O") &&
			!strings.HasPrefix(r.Title, "PCI Express memory")
		if used && bytes.Equal(text, fresh) {
			t.Errorf("%s has the state of a new device, %s", r.name, text)
		}
		if err := json.Unmarshal(text, to.bus.devices[i].State()); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		if again, err := json.Marshal(to.bus.devices[i].State()); err != nil || r.Name != "clint" && !bytes.Equal(text, again) {
			t.Errorf("%s: the state came back as\n%s\nand was\n%s\n(%v)", r.name, again, text, err)
		}
	}
}
