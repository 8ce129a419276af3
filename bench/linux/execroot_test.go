package linux

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// archiveOf makes a tar archive of a directory.
func archiveOf(t *testing.T, dir string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func saveFile(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// containerOf writes an OCI layout whose image has the archive as its lower layer, and an upper one that hides a file.
func containerOf(t *testing.T, dir string, archive []byte) {
	t.Helper()
	var above bytes.Buffer
	w := tar.NewWriter(&above)
	err := w.WriteHeader(&tar.Header{Name: "etc/.wh.hidden", Mode: 0o644})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, static.NewLayer(archive, types.OCIUncompressedLayer), static.NewLayer(above.Bytes(), types.OCIUncompressedLayer))
	if err != nil {
		t.Fatal(err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", "riscv64"
	file.Config = v1.Config{
		Entrypoint: []string{"sh", "-c", `echo "$0 $* $NAME $PWD $(cat /proc/self/status | grep ^Uid | cut -f2)"; ls /etc`}, Cmd: []string{"by", "default"},
		Env: []string{"NAME=image"}, WorkingDir: "/work/new", User: "1000",
	}
	if img, err = mutate.ConfigFile(img, file); err != nil {
		t.Fatal(err)
	}
	p, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = p.AppendImage(img)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tool runs a program of the host's, or skips the test if it is not there.
func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/" + name); err != nil {
			t.Skipf("there is no %s", name)
		}
	}
	if out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// sumOf is a sum of all that is in a file or a directory.
func sumOf(t *testing.T, path string) string {
	t.Helper()
	sum := sha256.New()
	err := filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, path, info.Mode(), info.ModTime())
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			sum.Write(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// TestExecRoots runs a command with each kind of root that stays as it is, and one that is written to.
func TestExecRoots(t *testing.T) {
	if os.Getenv("HARTWOOD_LINUX_QEMU") != "" {
		t.Skip("QEMU has no such command")
	}
	f := need(t)
	if _, err := os.Stat(filepath.Join(f.cache, "modules", "overlay.ko")); err != nil {
		t.Skip("the kernel's module overlay is not there; 'make linux-files' brings it")
	}
	top := t.TempDir()
	root := rootDirectory(t, f)
	for _, name := range []string{"ls", "grep", "cut", "rm", "touch", "mknod"} {
		if err := os.Symlink("busybox", filepath.Join(root, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"name", "hidden"} {
		saveFile(t, filepath.Join(root, "etc", name), []byte("hartwood\n"))
	}
	archive := archiveOf(t, root)
	at := func(name string) string { return filepath.Join(top, name) }
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(archive)
	z.Close()
	saveFile(t, at("root.tar.gz"), packed.Bytes())
	containerOf(t, at("layout"), archive)
	saveFile(t, at("layout.tar"), archiveOf(t, at("layout")))
	cache := at("cache")
	run := func(t *testing.T, image string, args ...string) string {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		cmd := exec.CommandContext(ctx, f.hartwood, append([]string{"exec", "--kernel", filepath.Join(f.cache, "Image"), "--image", image,
			"--image-cache", cache, "--harts", "1", "--memory", "256M"}, args...)...)
		cmd.Dir = t.TempDir()
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v: %s", image, err, &stderr)
		}
		return string(out)
	}

	const change = `cat /etc/name /etc/new 2>/dev/null; echo changed >/etc/name && touch /etc/new && rm /etc/hidden && mknod /etc/null c 1 3 && cat /etc/name`
	stays := func(t *testing.T, image, file string) {
		before := sumOf(t, file)
		if got := run(t, image, "--", "sh", "-c", change); got != "hartwood\nchanged\n" {
			t.Errorf("%s: %q", image, got)
		}
		if sumOf(t, file) != before {
			t.Errorf("%s has changed", image)
		}
	}
	t.Run("directory", func(t *testing.T) { stays(t, root+",overlay", root) })
	t.Run("tar.gz", func(t *testing.T) {
		for range 2 { // from the archive, and from the cache
			stays(t, at("root.tar.gz"), at("root.tar.gz"))
		}
	})
	t.Run("layout", func(t *testing.T) {
		for _, c := range []struct{ image, args, want string }{
			{"layout", "", "by default image /work/new 1000\nname\n"},
			{"layout.tar", "--env NAME=mine --workdir /etc -- my own", "my own mine /etc 1000\nname\n"},
			{"layout.tar", "--entrypoint cat -- /etc/name", "hartwood\n"},
		} {
			if got := run(t, at(c.image), strings.Fields("--net none "+c.args)...); got != c.want {
				t.Errorf("%s %s: %q, want %q", c.image, c.args, got, c.want)
			}
		}
	})
	t.Run("disk", func(t *testing.T) {
		disk := saveFile(t, at("disk.img"), nil)
		if err := os.Truncate(disk, 32<<20); err != nil {
			t.Fatal(err)
		}
		tool(t, "mke2fs", "-q", "-F", "-t", "ext4", "-d", root, disk)
		stays(t, disk, disk)
		t.Run("qcow2", func(t *testing.T) {
			tool(t, "qemu-img", "convert", "-O", "qcow2", disk, at("disk.qcow2"))
			stays(t, at("disk.qcow2"), at("disk.qcow2"))
		})
		run(t, disk+",write", "--", "sh", "-c", change)
		if got := run(t, disk, "--", "cat", "/etc/name"); got != "changed\n" {
			t.Errorf("what was written: %q", got)
		}
		tool(t, "e2fsck", "-fn", disk) // it was left whole
	})
	t.Run("kernel of the disk", func(t *testing.T) { ownKernel(t, f, root, cache) })
	out, err := exec.CommandContext(t.Context(), f.hartwood, "image", "list", "--image-cache", cache).Output()
	if got := string(out); err != nil || strings.Count(got, top) != 3 || !strings.Contains(got, at("root.tar.gz")) {
		t.Errorf("%s, %v", got, err)
	}
}

// ownKernel executes a command with the kernel and the modules that are on the disk, in the second partition of a qcow2 image.
func ownKernel(t *testing.T, f *files, root, cache string) {
	kernel, err := os.ReadFile(filepath.Join(f.cache, "Image"))
	if err != nil {
		t.Fatal(err)
	}
	tree, dir := t.TempDir(), t.TempDir()
	modules := filepath.Join(tree, "lib/modules/6")
	err = errors.Join(os.CopyFS(tree, os.DirFS(root)), os.Mkdir(filepath.Join(tree, "boot"), 0o755), os.MkdirAll(modules, 0o755))
	if err != nil {
		t.Fatal(err)
	}
	saveFile(t, filepath.Join(tree, "boot/vmlinuz-6"), kernel)
	var depend strings.Builder
	for _, name := range []string{"virtio_blk", "crc32c_generic", "crc16", "mbcache", "jbd2", "ext4"} {
		data, err := os.ReadFile(filepath.Join(f.cache, "modules", name+".ko"))
		if err != nil {
			t.Fatal(err)
		}
		saveFile(t, filepath.Join(modules, name+".ko"), data)
		needs := map[string]string{"ext4": "jbd2.ko mbcache.ko crc16.ko crc32c_generic.ko"}[name]
		fmt.Fprintf(&depend, "%s.ko: %s\n", name, needs)
	}
	saveFile(t, filepath.Join(modules, "modules.dep"), []byte(depend.String()))
	part, disk := filepath.Join(dir, "part"), filepath.Join(dir, "disk")
	tool(t, "mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, part, "64M")
	data, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	const first = 2 << 20
	table := make([]byte, first, first+len(data))
	for i, sector := range []int{2048, first / 512} {
		entry := table[446+16*i:]
		entry[4] = 0x83
		binary.LittleEndian.PutUint32(entry[8:], uint32(sector))
		binary.LittleEndian.PutUint32(entry[12:], uint32([]int{2048, len(data) / 512}[i]))
	}
	table[510], table[511] = 0x55, 0xaa
	saveFile(t, disk, append(table, data...))
	tool(t, "qemu-img", "convert", "-O", "qcow2", disk, disk+".qcow2")
	cmd := exec.CommandContext(t.Context(), f.hartwood, "exec", "--image", disk+".qcow2", "--image-cache", cache, "--net", "none", "--harts", "1", "--memory", "256M",
		"--", "cat", "/etc/name")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HARTWOOD_LINUX="+dir) // where no kernel is
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "hartwood\n" {
		t.Errorf("%q, %v", out, err)
	}
}

// TestExecNetwork has a command ask for a name and fetch a file, and looks whether the root's directory is as it was.
func TestExecNetwork(t *testing.T) {
	if os.Getenv("HARTWOOD_LINUX_QEMU") != "" {
		t.Skip("QEMU has no such command")
	}
	f := need(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "from the host") }))
	defer server.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	for name, own := range map[string]string{"no file": "", "a file": "nameserver 192.0.2.1\n", "a link": "->../run/systemd/resolve/stub-resolv.conf"} {
		t.Run(name, func(t *testing.T) {
			root := rootDirectory(t, f)
			for _, name := range []string{"wget", "nslookup", "grep"} {
				if err := os.Symlink("busybox", filepath.Join(root, "bin", name)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(root, "etc/resolv.conf")
			if to, ok := strings.CutPrefix(own, "->"); ok {
				if err := os.Symlink(to, path); err != nil {
					t.Fatal(err)
				}
			} else if own != "" {
				saveFile(t, path, []byte(own))
			}
			cmd := exec.CommandContext(t.Context(), f.hartwood, "exec", "--kernel", filepath.Join(f.cache, "Image"), "--image", root, "--harts", "1",
				"--memory", "256M", "--net", "user,dns="+nameServer(t), "--", "sh", "-c",
				"cat /etc/resolv.conf; wget -q -O - http://10.0.2.2:"+port+"/; nslookup a.test | grep 192.0.2.7")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if got := string(out); err != nil || !strings.HasPrefix(got, "nameserver 10.0.2.3\nfrom the host\n") || !strings.Contains(got, "192.0.2.7") {
				t.Errorf("%q, %v, %s", got, err, &stderr)
			}
			text, err := os.ReadFile(path)
			if own == "" || strings.HasPrefix(own, "->") {
				if !errors.Is(err, os.ErrNotExist) {
					t.Errorf("there is a file: %q, %v", text, err)
				}
			} else if string(text) != own {
				t.Errorf("the file: %q, %v", text, err)
			}
			if left, err := os.ReadDir(filepath.Join(root, "etc")); err != nil || len(left) > 1 || own == "" && len(left) > 0 {
				t.Errorf("%v, %v", left, err)
			}
		})
	}
}
