package linux

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestExtlinux boots an image without an EFI system partition by U-Boot, which reads extlinux/extlinux.conf on the partition that is
// marked as bootable. Interrupts come by messages.
func TestExtlinux(t *testing.T) {
	f := need(t)
	firmwareFile(t, f, "u-boot.bin")
	image := extlinuxImage(t, f, "extlinux")
	s := start(t, hang, func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, f.hartwood, "boot", image, "--harts", "2", "--memory", "1G", "--image-cache", t.TempDir(),
			"--code-store", "off", "--net", "none", "--aia", "aplic-imsic")
		cmd.Env = append(os.Environ(), "HARTWOOD_LINUX="+f.cache)
		return cmd
	})
	s.expect(t, "U-Boot starts it")
	s.expect(t, "riscv-imsic")
	s.expect(t, "HARTWOOD-DRIVE")
	s.finish(t)
}

// extlinuxImage makes a disk with a boot record and one partition, an ext4 file system with the kernel, the guest programs' initrd and
// a menu in the folder given.
func extlinuxImage(t *testing.T, f *files, folder string) string {
	t.Helper()
	dir := t.TempDir()
	tree, part, image := filepath.Join(dir, "tree"), filepath.Join(dir, "part"), filepath.Join(dir, "disk.img")
	if err := os.MkdirAll(filepath.Join(tree, folder), 0o755); err != nil {
		t.Fatal(err)
	}
	menu := "default linux\nlabel linux\n  kernel /Image\n  initrd /initrd.gz\n  append console=ttyS0 hartwood.mode=drive\n"
	if err := os.WriteFile(filepath.Join(tree, folder, "extlinux.conf"), []byte(menu), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{"Image": filepath.Join(f.cache, "Image"), "initrd.gz": f.initrd} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const megabytes = 96
	mke2fs := exec.Command("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, part, "96M")
	mke2fs.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	if _, err := exec.LookPath("mke2fs"); err != nil {
		if _, err := os.Stat("/usr/sbin/mke2fs"); err != nil {
			t.Skip("there is no mke2fs (Debian's e2fsprogs)")
		}
		mke2fs.Path, mke2fs.Err = "/usr/sbin/mke2fs", nil
	}
	if out, err := mke2fs.CombinedOutput(); err != nil {
		t.Fatalf("mke2fs: %v: %s", err, out)
	}
	system, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	disk := make([]byte, 1<<20, len(system)+1<<20)
	entry := disk[446:]
	entry[0], entry[4] = 0x80, 0x83 // bootable, Linux
	binary.LittleEndian.PutUint32(entry[8:], 1<<20/512)
	binary.LittleEndian.PutUint32(entry[12:], megabytes<<20/512)
	disk[510], disk[511] = 0x55, 0xaa
	if err := os.WriteFile(image, append(disk, system...), 0o600); err != nil {
		t.Fatal(err)
	}
	return image
}
