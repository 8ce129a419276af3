package rootfs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/storage/ext4"
)

// system makes an ext4 file system with files.
func system(t *testing.T, files map[string]string) []byte {
	t.Helper()
	tree := rootWith(t, files)
	path := filepath.Join(t.TempDir(), "system")
	cmd := exec.Command("mke2fs", "-q", "-F", "-t", "ext4", "-b", "1024", "-d", tree.Path, path, "1M")
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if cmd.Err != nil {
			cmd = exec.Command(filepath.Join(dir, "mke2fs"), cmd.Args[1:]...)
		}
	}
	if cmd.Err != nil {
		t.Skip("there is no mke2fs (Debian's e2fsprogs)")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mke2fs: %v: %s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// partitioned is a disk with a boot record and these partitions.
func partitioned(parts ...[]byte) []byte {
	const sector, first = 512, 2048
	disk := make([]byte, first*sector)
	disk[510], disk[511] = 0x55, 0xaa
	for i, p := range parts {
		entry := disk[446+16*i:]
		entry[4] = 0x83
		binary.LittleEndian.PutUint32(entry[8:], uint32(len(disk)/sector))
		binary.LittleEndian.PutUint32(entry[12:], uint32(len(p)/sector))
		disk = append(disk, p...)
	}
	return disk
}

// The kernel is that of the file system with programs, wherever it is on the disk, or that of one for /boot alone.
func TestKernelOn(t *testing.T) {
	modules := map[string]string{
		"usr/bin/true": "", "lib": "->usr/lib", "usr/lib/modules/6.1/modules.dep": "a.ko: b.ko\nb.ko:\n",
		"usr/lib/modules/6.1/a.ko": "A", "usr/lib/modules/6.1/b.ko": "B",
	}
	with := func(more map[string]string) []byte {
		files := map[string]string{}
		for _, m := range []map[string]string{modules, more} {
			for name, text := range m {
				files[name] = text
			}
		}
		return system(t, files)
	}
	whole := with(map[string]string{"boot/vmlinuz-6.0": "old", "boot/vmlinuz-6.1": "own"})
	linked := with(map[string]string{"boot/vmlinuz-6.1": "->/usr/kernel", "usr/kernel": "linked"})
	bare := with(nil)
	boot := system(t, map[string]string{"vmlinuz-6.1": "apart", "config-6.1": ""})
	data := system(t, map[string]string{"boot/vmlinuz-9": "not of this root"})
	none := make([]byte, 1<<20)
	for name, c := range map[string]struct {
		disk []byte
		want string
	}{
		"no table": {whole, "own"}, "behind another": {partitioned(none, whole), "own"}, "a link": {linked, "linked"},
		"/boot by itself": {partitioned(boot, bare), "apart"}, "/boot behind": {partitioned(bare, boot), "apart"},
		"data first": {partitioned(data, whole), "own"}, "none": {bare, ""}, "no root": {boot, ""}, "nothing": {none, ""}, "empty": {nil, ""},
	} {
		k, err := KernelOn(bytes.NewReader(c.disk), int64(len(c.disk)))
		if err != nil || (k == nil) != (c.want == "") {
			t.Errorf("%s: %v, %v", name, k, err)
			continue
		}
		if k == nil {
			continue
		}
		if text, err := io.ReadAll(k.File); string(text) != c.want {
			t.Errorf("%s: %s has %q, %v", name, k.Name, text, err)
		}
		list, err := k.Modules.Load([]string{"a"})
		if err != nil || len(list) != 2 || string(list[0].Data)+string(list[1].Data) != "BA" {
			t.Errorf("%s: modules %v, %v", name, list, err)
		}
		k.File.Close()
		k.Modules.Close()
	}
}

// A file system that cannot be read, or a kernel that is none, is an error with a remedy.
func TestKernelOnBadDisk(t *testing.T) {
	disk := partitioned(make([]byte, 1<<20), system(t, map[string]string{"bin/true": "", "boot/vmlinuz/x": ""}))
	if _, err := KernelOn(bytes.NewReader(disk), int64(len(disk))); err == nil || !strings.Contains(err.Error(), "boot/vmlinuz") || !strings.Contains(err.Error(), "--kernel") {
		t.Error(err)
	}
	binary.LittleEndian.PutUint32(disk[2<<20+1024+0x18:], 99)
	if _, err := KernelOn(bytes.NewReader(disk), int64(len(disk))); !errors.Is(err, ext4.ErrBad) || !strings.Contains(err.Error(), "partition 2") || !strings.Contains(err.Error(), "--kernel") {
		t.Error(err)
	}
}
