package rootfs

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// rootWith makes a directory of files, and of symbolic links where the contents begin with "->".
func rootWith(t *testing.T, files map[string]string) *Root {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if len(text) > 2 && text[:2] == "->" {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(text[2:], path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		save(t, path, []byte(text))
	}
	return &Root{Path: dir}
}

// The latest kernel is taken, with what its modules need before them.
func TestKernel(t *testing.T) {
	r := rootWith(t, map[string]string{
		"boot/vmlinuz-6.9.1-riscv64": "old", "boot/vmlinuz-6.12.107+deb13-riscv64": "new", "boot/vmlinuz-6.12.99-riscv64.old": "no", "boot/config-7.0": "no",
		"lib": "->usr/lib",
		"usr/lib/modules/6.12.107+deb13-riscv64/modules.dep": "kernel/fs/overlayfs/overlay.ko.gz:\n" +
			"kernel/net/virtio-net.ko: kernel/net/net_failover.ko kernel/net/failover.ko\nkernel/net/net_failover.ko: kernel/net/failover.ko\nkernel/net/failover.ko:\n",
		"usr/lib/modules/6.12.107+deb13-riscv64/kernel/fs/overlayfs/overlay.ko.gz": string(gzipped([]byte("overlay"))),
		"usr/lib/modules/6.12.107+deb13-riscv64/kernel/net/virtio-net.ko":          "net",
		"usr/lib/modules/6.12.107+deb13-riscv64/kernel/net/net_failover.ko":        "->/usr/lib/modules/6.12.107+deb13-riscv64/other",
		"usr/lib/modules/6.12.107+deb13-riscv64/other":                             "net_failover",
		"usr/lib/modules/6.12.107+deb13-riscv64/kernel/net/failover.ko":            "failover",
	})
	k, err := r.Kernel()
	if err != nil {
		t.Fatal(err)
	}
	defer k.File.Close()
	defer k.Modules.Close()
	if text, err := io.ReadAll(k.File); string(text) != "new" {
		t.Errorf("%s is %q, %v", k.Name, text, err)
	}
	modules, err := k.Modules.Load([]string{"virtio_pci", "overlay", "virtio_net", "overlay"})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, m := range modules {
		got += m.Name + "=" + string(m.Data) + " "
	}
	if want := "overlay.ko=overlay failover.ko=failover net_failover.ko=net_failover virtio_net.ko=net "; got != want {
		t.Errorf("%q", got)
	}
}

// A kernel is opened within its root, and only if it is a file.
func TestKernelStaysInside(t *testing.T) {
	secret := save(t, filepath.Join(t.TempDir(), "secret"), []byte("secret"))
	for name, files := range map[string]map[string]string{
		"link out":       {"boot/vmlinuz": "->" + secret},
		"link up":        {"boot/vmlinuz": "->../../../../../../../../../../../../etc/passwd"},
		"directory":      {"boot/vmlinuz/x": "x"},
		"device":         {"boot/vmlinuz": "->/dev/zero"},
		"boot leads out": {"boot": "->" + filepath.Dir(secret)},
	} {
		k, err := rootWith(t, files).Kernel()
		if k != nil || err == nil && name != "boot leads out" {
			t.Errorf("%s: %+v, %v", name, k, err)
		}
	}
	for _, files := range []map[string]string{{"etc/x": ""}, {"boot/config": ""}, {"boot": "file"}} {
		if k, err := rootWith(t, files).Kernel(); k != nil || err != nil {
			t.Errorf("%v: %+v, %v", files, k, err)
		}
	}
	r := rootWith(t, map[string]string{"boot/vmlinuz-1": "k", "lib/modules/1/modules.dep": "overlay.ko:\n", "lib/modules/1/overlay.ko": "->" + secret})
	k, err := r.Kernel()
	if err != nil {
		t.Fatal(err)
	}
	if m, err := k.Modules.Load([]string{"overlay"}); err == nil {
		t.Errorf("%v", m)
	}
}

func TestCompareVersions(t *testing.T) {
	for _, pair := range [][2]string{{"6.9", "6.12"}, {"6.12.9", "6.12.107"}, {"6.12", "6.12.1"}, {"", "1"}, {"6.1-a", "6.1-b"}, {"6.07", "6.8"}} {
		if compareVersions(pair[0], pair[1]) >= 0 || compareVersions(pair[1], pair[0]) <= 0 {
			t.Errorf("%q is not before %q", pair[0], pair[1])
		}
	}
	if compareVersions("6.012", "6.12") != 0 {
		t.Error("zeros count")
	}
}

func TestUser(t *testing.T) {
	r := rootWith(t, map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\nme:x:1000:1001:Me:/home/me:/bin/sh\nbad:x:-1:0::/:\n", "etc/group": "staff:x:50:\n",
	})
	for text, want := range map[string]string{
		"": "root /root", "root": "root /root", "me": "1000:1001 /home/me", "1000": "1000:1001 /home/me", "me:staff": "1000:50 /home/me", "7:8": "7:8 ", "7": "7:0 ",
		"nobody": "error", "me:nogroup": "error", "bad": "error", "4294967295": "error", "4294967296": "error",
	} {
		u, home, err := r.User(text)
		got := "root " + home
		if u != nil {
			got = fmt.Sprintf("%d:%d %s", u.ID, u.Group, home)
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %s, want %s (%v)", text, got, want, err)
		}
	}
}
