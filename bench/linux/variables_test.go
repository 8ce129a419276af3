package linux

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestVariables has EDK2's shell set a variable, and read it after the image is booted again by another process. An
// APLIC is in the PLIC's place.
func TestVariables(t *testing.T) {
	f := need(t)
	firmwareFile(t, f, "RISCV_VIRT_CODE.fd")
	const name = "HartwoodKept -guid 8be4df62-93ca-11d2-aa0d-00e098032b8c"
	image, cache := shellImage(t, "setvar "+name, "setvar "+name+" -nv -bs =0x6b657074", "echo HARTWOOD-SET", "reset -s"), t.TempDir()
	for i, kept := range []bool{false, true} {
		s := start(t, hang, func(ctx context.Context) *exec.Cmd {
			cmd := exec.CommandContext(ctx, f.hartwood, "boot", image, "--harts", "1", "--memory", "512M", "--image-cache", cache, "--net", "none", "--cloud-init=false",
				"--aia", "aplic")
			cmd.Env = append(os.Environ(), "HARTWOOD_LINUX="+f.cache)
			return cmd
		})
		s.expect(t, "seconds to skip")
		s.typeLine(t, "") // goes on at once
		s.expect(t, "HARTWOOD-SET\r\n")
		console := s.finish(t)
		shown, missing := strings.Contains(console, "74 70 65 6B"), strings.Contains(console, "Unable to get")
		if shown != kept || missing == kept {
			t.Errorf("boot %d: the variable is kept: %t, want %t; the console:\n%s", i, shown, kept, console)
		}
	}
}

// shellImage makes a disk with an EFI system partition, on which there is a script for EDK2's shell and nothing to start.
func shellImage(t *testing.T, script ...string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "startup.nsh")
	saveFile(t, path, []byte(strings.Join(script, "\r\n")+"\r\n"))
	esp := filepath.Join(dir, "esp")
	const size = 8 << 20
	saveFile(t, esp, make([]byte, size))
	tool(t, "mformat", "-i", esp, "-v", "EFI", "::")
	tool(t, "mcopy", "-i", esp, path, "::/startup.nsh")
	system, err := os.ReadFile(esp)
	if err != nil {
		t.Fatal(err)
	}
	disk := make([]byte, 1<<20, 1<<20+size)
	entry := disk[446:]
	entry[4] = 0xef
	binary.LittleEndian.PutUint32(entry[8:], 1<<20/512)
	binary.LittleEndian.PutUint32(entry[12:], size/512)
	disk[510], disk[511] = 0x55, 0xaa
	return saveFile(t, filepath.Join(dir, "shell.img"), append(disk, system...))
}
