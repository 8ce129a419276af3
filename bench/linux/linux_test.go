package linux

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBoot boots to a program of the guest's that checks the harts, loads them and powers off.
func TestBoot(t *testing.T) {
	f := need(t)
	for _, bios := range []string{"", "fw_jump.bin", "fw_dynamic.bin", "fw_jump.elf"} {
		for _, harts := range hartCounts(t) {
			if bios == "fw_dynamic.bin" && harts != 2 || bios == "fw_jump.elf" && harts != 1 || bios != "" && harts > 8 {
				continue // the way into the kernel is the same, whatever the number of harts
			}
			name := bios
			if bios == "" {
				name = "built-in"
			}
			t.Run(fmt.Sprintf("%s/harts=%d", name, harts), func(t *testing.T) {
				s := boot{files: f, harts: harts, bios: bios, mode: "test"}.start(t)
				user := s.expect(t, "HARTWOOD-USER")
				checkConsole(t, s.finish(t), harts)
				t.Logf("%d harts on %s firmware: user space after %.1f s", harts, name, user.Seconds())
			})
		}
	}
}

// checkConsole looks for every line that a good run of mode test writes.
func checkConsole(t *testing.T, console string, harts int) {
	t.Helper()
	wanted := []string{
		fmt.Sprintf("HARTWOOD-CPUS nproc=%d cpuinfo=%d", harts, harts),
		fmt.Sprintf("HARTWOOD-LINUX-OK harts=%d", harts),
		"reboot: Power down",
	}
	for _, check := range []string{"mutex", "atomic", "pipeline", "sieve", "threads", "ring", "allocate", "collect", "float"} {
		wanted = append(wanted, fmt.Sprintf("HARTWOOD-CHECK %s ok, %d workers", check, 2*harts))
	}
	for _, line := range wanted {
		if !strings.Contains(console, line) {
			t.Errorf("the console lacks %q", line)
		}
	}
}

// TestShell types at a shell, and so needs console input, and interrupts for it. The run is profiled.
func TestShell(t *testing.T) {
	f, profile := need(t), filepath.Join(t.TempDir(), "profile")
	s := boot{files: f, harts: 2, mode: "shell", options: profileOptions(f, profile)}.start(t)
	s.expect(t, "HARTWOOD-SHELL")
	s.typeLine(t, "echo the answer is $((6 * 7))")
	s.expect(t, "the answer is 42")
	s.typeLine(t, "grep -c ^processor /proc/cpuinfo | sed s/^/processors:/")
	s.expect(t, "processors:2")
	s.typeLine(t, "exit")
	s.expect(t, "reboot: Power down")
	s.finish(t)
	checkProfile(t, profile)
}

const (
	imageSize   = 4 << 20
	patternAt   = 1 << 20 // where init.sh writes
	patternSize = 256 << 10
)

// TestDrive lets the guest write to a drive, and looks into the image afterwards.
func TestDrive(t *testing.T) {
	f := need(t)
	busybox, err := os.ReadFile(filepath.Join(f.cache, "busybox"))
	if err != nil {
		t.Fatal(err)
	}
	blank := bytes.Repeat([]byte{0x5a}, imageSize)
	written := bytes.Clone(blank)
	copy(written[patternAt:], busybox[:patternSize])

	for _, test := range []struct {
		bus, option, says string
		image             []byte // what the file holds in the end
	}{
		{"mmio", "", "HARTWOOD-DRIVE 8192 sectors", written},
		{"mmio", ",overlay", "HARTWOOD-DRIVE 8192 sectors", blank},
		{"mmio", ",readonly", "HARTWOOD-DRIVE read-only", blank},
		{"pci", "", "HARTWOOD-DRIVE 8192 sectors", written},
	} {
		t.Run(fmt.Sprintf("bus=%s/option=%s", test.bus, strings.TrimPrefix(test.option, ",")), func(t *testing.T) {
			image := filepath.Join(t.TempDir(), "disk.img")
			if err := os.WriteFile(image, blank, 0o644); err != nil {
				t.Fatal(err)
			}
			s := boot{files: f, harts: 2, mode: "drive", drive: image + test.option, options: []string{"--bus", test.bus}}.start(t)
			s.expect(t, test.says)
			s.finish(t)
			got, err := os.ReadFile(image)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, test.image) {
				t.Errorf("the image does not hold what it should")
			}
		})
	}
}
