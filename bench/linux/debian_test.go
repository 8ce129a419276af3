package linux

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/bench/linux/initramfs"
)

// making bounds how long a script may take that downloads packages, and the one that configures them in the guest too.
const making = 15 * time.Minute

// TestDebian goes the way of docs/DISK.md: it makes a disk image as `make debian-image PACKAGES=hello` does and a second
// one with a package's file, boots to the login prompt, logs in, installs that package, and switches off. The first
// image then has to be in order, with what was installed.
func TestDebian(t *testing.T) {
	f := need(t)
	if os.Getenv("HARTWOOD_LINUX_QEMU") != "" {
		t.Skip("the image is made by Hartwood")
	}
	initrd, dir := filepath.Join(f.cache, "root.gz"), t.TempDir()
	if err := initramfs.WriteFile(initrd, initramfs.RootFromCache(f.cache)); err != nil {
		t.Fatalf("%v; 'make linux-files' brings what is missing", err)
	}
	image, debs := filepath.Join(dir, "debian.img"), filepath.Join(dir, "debs")
	began := time.Now()
	host(t, "./debian-image.sh", f.hartwood, f.cache, image, "hello")
	t.Logf("the image is made after %.0f s", time.Since(began).Seconds())
	host(t, "./apt-download.sh", "riscv64", "trixie", debs, "tree")
	if err := os.RemoveAll(filepath.Join(debs, "apt")); err != nil {
		t.Fatal(err)
	}
	host(t, "mke2fs", "-q", "-t", "ext4", "-d", debs, debs+".img", "64M")

	s := boot{files: f, harts: 2, initrd: initrd, drive: image, options: []string{
		"--drive", debs + ".img,readonly", "--append", "console=ttyS0 quiet root=/dev/vda"}}.start(t)
	prompt := s.expect(t, "hartwood login:")
	t.Logf("the login prompt is there after %.1f s", prompt.Seconds())
	for _, step := range []struct{ line, want string }{
		{"root", "root@hartwood:~#"},
		{"findmnt -n -o SOURCE,FSTYPE,OPTIONS / | sed s/^/root:/", "root:/dev/vda ext4 rw"},
		{"hello", "Hello, world!"},
		{"mount -r /dev/vdb /mnt && echo mounted: $?", "mounted: 0"},
		{"apt install -y /mnt/*.deb && echo installed: $?", "installed: 0"}, // apt drops what is typed meanwhile
		{"dpkg-query -W -f 'dpkg says of ${Package}: ${Status}.\\n' tree hello", "dpkg says of tree: install ok installed."},
		{"dpkg --audit && echo audited: $?", "audited: 0"},
		{"tree --version | sed s/^/runs:/", "runs:tree v"},
		{"poweroff", "reboot: Power down"},
	} {
		s.typeLine(t, step.line)
		s.expect(t, step.want)
	}
	if console := s.finish(t); !strings.Contains(console, "dpkg says of hello: install ok installed.") {
		t.Error("hello is not installed")
	}

	host(t, "fsck.ext4", "-f", "-n", image)
	if said := host(t, "debugfs", "-R", "stat /usr/bin/tree", image); !strings.Contains(said, "Type: regular") {
		t.Errorf("what was installed is not on the disk:\n%s", said)
	}
}

// host runs a command of the host's, which must succeed, and returns what it says.
func host(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), making, fmt.Errorf("no end after %v", making))
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = 5 * time.Second
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v (%v):\n%s", name, err, context.Cause(ctx), said)
	}
	return string(said)
}
