package linux

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// firmwareFile is a file of the cache's that newer caches have.
func firmwareFile(t *testing.T, f *files, name string) string {
	t.Helper()
	if os.Getenv("HARTWOOD_LINUX_QEMU") != "" {
		t.Skip("QEMU has other options for firmware")
	}
	path := filepath.Join(f.cache, "firmware", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%v; 'make linux-files' brings it", err)
	}
	return path
}

// TestEDK2 starts Debian's EDK2 in flash, which starts Debian's kernel by its EFI stub, with a drive on PCI. What EDK2
// knows of ways to boot is in the file of its variables afterwards. Interrupts come by messages; the PLIC is TestImage's.
func TestEDK2(t *testing.T) {
	f := need(t)
	code := firmwareFile(t, f, "RISCV_VIRT_CODE.fd")
	vars := filepath.Join(t.TempDir(), "vars.fd")
	fresh, err := os.ReadFile(firmwareFile(t, f, "RISCV_VIRT_VARS.fd"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vars, fresh, 0o600); err != nil {
		t.Fatal(err)
	}
	options := []string{"--bus", "pci", "--aia", "aplic-imsic", "--pflash0", code, "--pflash1", vars, "--net", "none"}
	image := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(image, make([]byte, imageSize), 0o600); err != nil {
		t.Fatal(err)
	}
	s := boot{files: f, harts: 2, mode: "drive", drive: image, options: options}.start(t)
	s.expect(t, "EFI stub: Booting Linux Kernel")
	s.expect(t, "riscv-imsic")
	s.expect(t, "HARTWOOD-DRIVE 8192 sectors, written and read back")
	s.finish(t)
	if now, err := os.ReadFile(vars); err != nil || len(now) != len(fresh) || bytes.Equal(now, fresh) {
		t.Errorf("EDK2 has kept no variable in %d bytes (%v)", len(now), err)
	}
}

// TestUBoot starts Debian's U-Boot, which finds the drive on PCI, with an APLIC in the PLIC's place.
func TestUBoot(t *testing.T) {
	f := need(t)
	uboot := firmwareFile(t, f, "u-boot.bin")
	image := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(image, make([]byte, imageSize), 0o600); err != nil {
		t.Fatal(err)
	}
	s := boot{files: f, harts: 1, firmware: []string{"--bus", "pci", "--aia", "aplic", "--kernel", uboot, "--drive", image + ",readonly", "--net", "none"}}.start(t)
	s.expect(t, "Capacity: 4.0 MB")
	s.expect(t, "=> ")
	s.typeLine(t, "poweroff")
	s.finish(t)
}
