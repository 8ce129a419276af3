package linux

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAIA boots with the controllers of the Advanced Interrupt Architecture on PCI, and uses the drive on both harts: each
// queue has a vector of its own, which interrupts its hart.
func TestAIA(t *testing.T) {
	f := need(t)
	for _, c := range []struct {
		aia, bios string
		chips     []string // what /proc/interrupts calls the controllers of wires and of the drive
	}{
		{"aplic-imsic", "", []string{"APLIC-MSI-", "PCI-MSIX-"}},
		{"aplic-imsic", "fw_dynamic.bin", []string{"APLIC-MSI-", "PCI-MSIX-"}},
		{"aplic", "", []string{"APLIC-DIRECT|RISC-V APLIC", "APLIC-DIRECT|RISC-V APLIC"}},
	} {
		t.Run(fmt.Sprintf("%s/bios=%s", c.aia, c.bios), func(t *testing.T) {
			image := filepath.Join(t.TempDir(), "disk.img")
			if err := os.WriteFile(image, make([]byte, imageSize), 0o644); err != nil {
				t.Fatal(err)
			}
			s := boot{files: f, harts: 2, bios: c.bios, mode: "shell", drive: image, options: []string{"--aia", c.aia, "--bus", "pci"}}.start(t)
			s.expect(t, "HARTWOOD-SHELL")
			s.typeLine(t, "for h in 1 2; do taskset $h dd if=/dev/vda of=/dev/null bs=4096 count=64 iflag=direct 2>&1 | sed s/^/DD:/; done; echo R''EAD")
			s.expect(t, "READ")
			s.typeLine(t, "sed s/^/IRQ:/ /proc/interrupts; echo SH''OWN")
			s.expect(t, "SHOWN")
			s.typeLine(t, "exit")
			s.expect(t, "reboot: Power down")
			checkInterrupts(t, s.finish(t), c.aia, c.chips)
		})
	}
}

// checkInterrupts looks at what /proc/interrupts says on the console.
func checkInterrupts(t *testing.T, console, aia string, chips []string) {
	t.Helper()
	line := func(pattern string) (counts []string) {
		t.Helper()
		m := regexp.MustCompile(`(?m)^IRQ: *\w+: +(\d+) +(\d+) +` + pattern).FindStringSubmatch(console)
		if m == nil {
			t.Errorf("/proc/interrupts has no line %q", pattern)
			return []string{"0", "0"}
		}
		return m[1:]
	}
	busy := func(counts []string) bool { return counts[0] != "0" || counts[1] != "0" }
	if !busy(line(".*(" + chips[0] + ").* ttyS0")) {
		t.Error("the serial port has raised no interrupt")
	}
	if aia != "aplic-imsic" {
		if !busy(line(".*(" + chips[1] + ").* virtio0")) {
			t.Error("the drive has raised no interrupt")
		}
		return
	}
	for queue := range 2 {
		counts := line(fmt.Sprintf(".*(%s).* virtio0-req.%d", chips[1], queue))
		if !busy(counts) || counts[0] != "0" && counts[1] != "0" {
			t.Errorf("queue %d has interrupted the harts %v times, which is one hart's", queue, counts)
		}
	}
	if !busy(line("Function call interrupts")) || !strings.Contains(console, "providing IPIs using interrupt 1") {
		t.Error("harts do not interrupt each other by their IMSICs")
	}
}
