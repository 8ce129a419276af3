package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/device/pflash"
	"github.com/hartwood-vm/hartwood/runtime/storage"
)

// publicKey is a key that somebody might have.
const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@here\n"

// bootRig is a folder with an image without a partition table, one with an EFI system partition, firmware that ends the machine
// with code 7, and a home. The process finds no other firmware and no other home.
func bootRig(t *testing.T) (dir string) {
	t.Helper()
	esp := make([]byte, 1<<20)
	esp[450], esp[510], esp[511] = 0xef, 0x55, 0xaa
	flash := append(bytes.Clone(exit7), make([]byte, pflash.Size-len(exit7))...)
	dir = writeFiles(t, map[string][]byte{
		"plain.img": make([]byte, 1<<20), "esp.img": esp, "esp.img.gz": gzipped(t, esp),
		"bad.img":    append(bytes.Clone(esp[:450]), append([]byte{0xee}, esp[451:]...)...),
		"u-boot.bin": exit7, edk2Code: flash, edk2Variables: make([]byte, pflash.Size), "id.pub": []byte(publicKey),
	})
	for from, to := range map[string]string{"u-boot.bin": "", edk2Code: "", edk2Variables: "", "id.pub": "../home/.ssh"} {
		folder := filepath.Join(dir, "linux", "firmware", to)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, from), filepath.Join(folder, from)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HARTWOOD_LINUX", filepath.Join(dir, "linux"))
	t.Setenv("HOME", filepath.Join(dir, "linux", "home"))
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	root := firmwareRoot
	firmwareRoot = filepath.Join(dir, "nothing")
	t.Cleanup(func() { firmwareRoot = root })
	return dir
}

// bootIn runs the command in this process, and returns its exit code and what it has said, with dir written as DIR.
func bootIn(t *testing.T, dir, line string) (code int, said string) {
	t.Helper()
	args := strings.Fields("boot " + strings.ReplaceAll(line, "DIR", dir))
	var stdout, stderr strings.Builder
	code = execute(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
	return code, strings.ReplaceAll(stderr.String(), dir, "DIR")
}

// TestBoot boots images whose firmware ends the machine: what is chosen is said, the image stays as it is, and what is kept is
// found again.
func TestBoot(t *testing.T) {
	dir := bootRig(t)
	for _, c := range []struct {
		line        string
		says, never []string
	}{
		{"DIR/plain.img", []string{"DIR/plain.img stays as it is; what the guest writes is kept in DIR/cache/hartwood/images/overlays/",
			"U-Boot starts it (DIR/linux/firmware/u-boot.bin)", "log in with: ssh -p 2"}, []string{"EDK2", "no public key"}},
		{"DIR/plain.img", []string{"what guests have written is in DIR/cache"}, nil},
		{"--fresh DIR/plain.img", []string{"is kept in DIR/cache"}, nil},
		{"DIR/esp.img", []string{"EDK2 starts it (DIR/linux/firmware/RISCV_VIRT_CODE.fd) and keeps its variables in DIR/cache/"}, []string{"U-Boot"}},
		{"--firmware u-boot DIR/esp.img", []string{"U-Boot starts it"}, []string{"EDK2"}},
		{"DIR/esp.img.gz", []string{"DIR/esp.img.gz is packed: it is unpacked into DIR/cache", "EDK2 starts it"}, nil},
		{"--write DIR/esp.img", []string{"the guest writes to DIR/esp.img itself"}, []string{"stays as it is"}},
		{"DIR/bad.img", []string{"DIR/bad.img: the partition table is damaged", "U-Boot starts it"}, nil},
		{"--disk-size 1G DIR/plain.img", []string{"what guests have written is in DIR/cache"}, nil},
		{"--net none DIR/plain.img", []string{"log in at the console"}, []string{"ssh -p"}},
		{"--forward tcp:127.0.0.1:0:22 --user me DIR/plain.img", []string{"me@127.0.0.1"}, nil},
		{"--kernel DIR/linux/firmware/u-boot.bin DIR/esp.img", []string{"stays as it is"}, []string{"EDK2", "U-Boot"}},
	} {
		before, err := os.ReadFile(filepath.Join(dir, "esp.img"))
		if err != nil {
			t.Fatal(err)
		}
		code, said := bootIn(t, dir, c.line)
		if code != 7 {
			t.Errorf("%s: exit code %d: %s", c.line, code, said)
		}
		for _, text := range c.says {
			if !strings.Contains(said, text) {
				t.Errorf("%s: it does not say %q:\n%s", c.line, text, said)
			}
		}
		for _, text := range c.never {
			if strings.Contains(said, text) {
				t.Errorf("%s: it says %q:\n%s", c.line, text, said)
			}
		}
		if after, err := os.ReadFile(filepath.Join(dir, "esp.img")); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the image has changed (%v)", c.line, err)
		}
	}
	listed := runCommand(t, "", "image", "list")
	for _, text := range []string{"plain.img", "esp.img", "esp.img.gz", ".qcow2", "--fresh"} {
		if !strings.Contains(listed.stdout, text) {
			t.Errorf("image list does not show %s:\n%s", text, listed.stdout)
		}
	}
}

// TestBootMachine looks at the machine that is made for an image.
func TestBootMachine(t *testing.T) {
	dir := bootRig(t)
	machine := func(given ...string) runtime.Config {
		t.Helper()
		b := &boot{run: run{app: &app{stderr: new(bytes.Buffer)}, config: runtime.Default()}, image: filepath.Join(dir, "esp.img"), firmware: firmwareByImage}
		b.guest.tell = true
		b.config.Drives = []runtime.Drive{{Path: "second.img"}}
		seed, err := b.prepareMachine(t.Context(), func(name string) bool { return strings.Contains(strings.Join(given, " "), name) })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { seed.Close() })
		return b.config
	}
	c := machine()
	if c.Harts != goruntime.NumCPU() || c.Memory < 512*runtime.MiB || c.Memory > maxBootMemory || c.Memory%(256*runtime.MiB) != 0 || c.Bus != runtime.BusPCI {
		t.Errorf("%d harts, %s, %s", c.Harts, c.Memory, c.Bus)
	}
	if len(c.Drives) != 3 || c.Drives[0].Format != storage.QCOW2 || c.Drives[1].Path != "second.img" || !c.Drives[2].ReadOnly || c.Drives[2].Format != storage.Raw {
		t.Errorf("drives %v", c.Drives)
	} else if disk, err := os.ReadFile(c.Drives[2].Path); err != nil || !bytes.Contains(disk, []byte(strings.TrimSpace(publicKey))) || !bytes.Contains(disk, []byte("local-hostname: esp\n")) {
		t.Errorf("the disk for cloud-init has no key, or another host (%v)", err)
	}
	if len(c.Forwards) != 1 || c.Forwards[0].Guest != 22 || !c.Forwards[0].Host.Addr().IsLoopback() || c.Forwards[0] != machine().Forwards[0] {
		t.Errorf("forwards %v", c.Forwards)
	}
	if c := machine("harts", "memory", "bus"); c.Harts != 1 || c.Memory != 512*runtime.MiB || c.Bus != runtime.BusMMIO {
		t.Errorf("what is given: %d harts, %s, %s", c.Harts, c.Memory, c.Bus)
	}
}

// TestBootErrors are one line each, which names what is wrong, and leave nothing behind.
func TestBootErrors(t *testing.T) {
	dir := bootRig(t)
	for name, data := range map[string][]byte{"large": make([]byte, maxUserData+1), "secret": []byte("-----BEGIN OPENSSH PRIVATE KEY-----\n"), "a.yaml": []byte("program: x\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for line, says := range map[string]string{
		"":                                               "name one disk image",
		"a b":                                            "2 images",
		"DIR/none.img":                                   "DIR/none.img",
		"DIR":                                            "neither a regular file",
		"--format x DIR/esp.img":                         "--format",
		"--firmware bios DIR/esp.img":                    "choose auto, edk2 or u-boot",
		"--firmware edk2 --kernel x DIR/esp.img":         "--firmware",
		"--write DIR/esp.img.gz":                         "--write: DIR/esp.img.gz is packed",
		"--disk-size 1M --write DIR/esp.img":             "qemu-img resize -f raw DIR/esp.img 1M",
		"--disk-size 1000K DIR/esp.img":                  "--disk-size: 1000K is less than the 1048576 bytes",
		"--disk-size 1025 DIR/esp.img":                   "--disk-size",
		"--user A DIR/esp.img":                           "--user",
		"--hostname a.b DIR/esp.img":                     "--hostname",
		"--ssh-key DIR/secret DIR/esp.img":               "no ssh public key",
		"--ssh-key DIR/large DIR/esp.img":                "--ssh-key",
		"--ssh-key DIR/none DIR/esp.img":                 "--ssh-key",
		"--user-data DIR/large DIR/esp.img":              "--user-data",
		"--user-data DIR/a.yaml --ssh-key x DIR/esp.img": "--ssh-key",
		"--cloud-init=false --ssh-key x DIR/esp.img":     "--cloud-init",
		"--config DIR/a.yaml DIR/esp.img":                "program: x",
		"--harts 0 DIR/esp.img":                          "--harts",
		"--drive DIR/none.img,size=1 DIR/esp.img":        "--drive",
	} {
		code, said := bootIn(t, dir, line)
		if code != exitUsage || !strings.Contains(said, says) {
			t.Errorf("%q: exit code %d: %s", line, code, said)
		}
		if !strings.Contains(said, "is packed: it is unpacked") {
			oneClearLine(t, said)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "cache", "hartwood", "images", "overlays", "*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestBootWithoutFirmware names both places and the remedy, and takes U-Boot where there is no EDK2.
func TestBootWithoutFirmware(t *testing.T) {
	dir := bootRig(t)
	firmware := filepath.Join(dir, "linux", "firmware")
	if err := os.Remove(filepath.Join(firmware, edk2Variables)); err != nil {
		t.Fatal(err)
	}
	if code, said := bootIn(t, dir, "DIR/esp.img"); code != 7 || !strings.Contains(said, "U-Boot starts it") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if code, said := bootIn(t, dir, "--firmware edk2 DIR/esp.img"); code != exitUsage || !strings.Contains(said, "qemu-efi-riscv64") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if err := os.RemoveAll(firmware); err != nil {
		t.Fatal(err)
	}
	for image, pkg := range map[string]string{"esp.img": "qemu-efi-riscv64", "plain.img": "u-boot-qemu"} {
		code, said := bootIn(t, dir, "DIR/"+image)
		if code != exitUsage || !strings.Contains(said, pkg) || !strings.Contains(said, "DIR/nothing/usr/") || !strings.Contains(said, "DIR/linux/firmware") {
			t.Errorf("exit code %d: %s", code, said)
		}
		oneClearLine(t, said)
	}
	installed := filepath.Join(firmwareRoot, uBootFolder)
	if err := os.MkdirAll(installed, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(installed, uBoot), exit7, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := bootIn(t, dir, "DIR/plain.img"); code != 7 || !strings.Contains(said, "DIR/nothing/usr/lib/u-boot") {
		t.Errorf("of a package: exit code %d: %s", code, said)
	}
}

// TestChangedImage refuses what was written to another image, with both remedies.
func TestBootChangedImage(t *testing.T) {
	dir := bootRig(t)
	if code, said := bootIn(t, dir, "DIR/plain.img"); code != 7 {
		t.Fatal(said)
	}
	if err := os.WriteFile(filepath.Join(dir, "plain.img"), make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := bootIn(t, dir, "DIR/plain.img"); code != exitUsage || !strings.Contains(said, "--fresh") || !strings.Contains(said, "--write") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if code, said := bootIn(t, dir, "--fresh DIR/plain.img"); code != 7 {
		t.Error(said)
	}
}

// TestBootDiskSize lets what is kept grow, and refuses a disk that is smaller, or larger than it can become, with the remedy.
func TestBootDiskSize(t *testing.T) {
	dir := bootRig(t)
	for _, step := range []struct {
		line string
		code int
		says string
	}{
		{"--disk-size 2G DIR/plain.img", 7, "is kept in"},
		{"--disk-size 1G DIR/plain.img", exitUsage, "leave --disk-size out"},
		{"--disk-size 100T DIR/plain.img", exitUsage, "choose less by --disk-size"},
		{"--disk-size 3G DIR/plain.img", 7, "what guests have written is in"},
		{"--fresh --disk-size 1G DIR/plain.img", 7, "is kept in"},
	} {
		code, said := bootIn(t, dir, step.line)
		if code != step.code || !strings.Contains(said, step.says) {
			t.Errorf("%s: exit code %d: %s", step.line, code, said)
		}
		if code == exitUsage {
			oneClearLine(t, said)
		}
	}
}

// TestKeysAreBounded takes the keys of so many files, and leaves out files that are none of keys.
func TestKeysAreBounded(t *testing.T) {
	dir := bootRig(t)
	ssh := filepath.Join(dir, "linux", "home", ".ssh")
	for i := range maxKeyFiles + 3 {
		text := publicKey
		if i == 0 {
			text = "something else"
		}
		if err := os.WriteFile(filepath.Join(ssh, fmt.Sprintf("a%02d.pub", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := new(guestUser).publicKeys()
	if err != nil || len(keys) != maxKeyFiles-1 {
		t.Errorf("%d keys (%v)", len(keys), err)
	}
}

func TestHostOf(t *testing.T) {
	for image, want := range map[string]string{
		"debian-13-nocloud-riscv64.qcow2": "debian-13-nocloud-riscv64", "a/b/Disk_1.img.xz": "disk-1", "-.-": defaultUser, "": defaultUser,
		strings.Repeat("x", 100): strings.Repeat("x", 63), "ü.img": defaultUser,
	} {
		if got := hostOf(image); got != want {
			t.Errorf("%q: %q, want %q", image, got, want)
		}
	}
}

// TestFreePort avoids a port that somebody has.
func TestFreePort(t *testing.T) {
	first := freePort(5)
	taken, err := net.Listen("tcp", first.String())
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if next := freePort(5); next == first || !next.Addr().IsLoopback() || next.Port() < firstPort || next.Port() >= firstPort+manyPorts {
		t.Errorf("%s is taken, and then comes %s", first, next)
	}
}
