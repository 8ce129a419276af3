package ext4

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// tool is the path of a program of e2fsprogs, which Debian has where only root looks.
func tool(t testing.TB, name string) string {
	t.Helper()
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin"} {
		if path := filepath.Join(dir, name); isFile(path) {
			return path
		}
	}
	t.Skipf("there is no %s (Debian's e2fsprogs)", name)
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// noise are bytes that are the same for the same seed, and not zeros.
func noise(seed uint64, n int) []byte {
	r, b := rand.New(rand.NewPCG(seed, 1)), make([]byte, n)
	for i := range b {
		b[i] = byte(1 + r.IntN(255))
	}
	return b
}

// The tree that tests look at: files by path, and links by path.
var (
	files = map[string][]byte{
		"boot/vmlinuz-6": noise(1, 700_000), "boot/empty": {}, "etc/name": []byte("hartwood\n"),
		"usr/lib/deep/er/file": noise(2, 5000), "sparse": append(append(noise(3, 70_000), make([]byte, 3<<20)...), noise(4, 10)...),
	}
	links = map[string]string{
		"lib": "usr/lib", "kernel": "/boot/vmlinuz-6", "boot/up": "../etc/name", "above": "../../../etc/name",
		"loop": "loop", "dangling": "nowhere", "usr/lib/" + long: "/" + long + "/../etc/name", "through": "lib/deep/../deep/er/file",
	}
	long = string(bytes.Repeat([]byte("x"), 80)) // a link to it does not fit into an inode
)

const manyNames = 200 // of a directory with several blocks

// plant makes the tree, and returns its directory.
func plant(t testing.TB) string {
	t.Helper()
	tree := t.TempDir()
	write := func(name string, data []byte) {
		if err := os.MkdirAll(filepath.Join(tree, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range files {
		write(name, data)
	}
	if err := os.Truncate(filepath.Join(tree, "sparse"), int64(len(files["sparse"]))); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(tree, long), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range manyNames {
		write(fmt.Sprintf("many/a-name-of-some-length-%d", i), nil)
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(tree, name)); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

// image makes a file system with a tree, as mke2fs does with these options.
func image(t testing.TB, tree string, options ...string) []byte {
	t.Helper()
	mke2fs, path := tool(t, "mke2fs"), filepath.Join(t.TempDir(), "image")
	args := append(append([]string{"-q", "-F", "-d", tree}, options...), path, "16M")
	if out, err := exec.Command(mke2fs, args...).CombinedOutput(); err != nil {
		t.Fatalf("mke2fs %q: %v: %s", options, err, out)
	}
	// It makes an index of large directories, and has nothing else to say.
	if out, err := exec.Command(tool(t, "e2fsck"), "-f", "-y", "-D", path).CombinedOutput(); err != nil && exitCode(err) != 1 {
		t.Fatalf("e2fsck: %v: %s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

func open(t testing.TB, data []byte) *FS {
	t.Helper()
	s, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read reads a file to its end.
func read(s *FS, name string) ([]byte, error) {
	f, err := s.File(name)
	if err != nil {
		return nil, err
	}
	data := make([]byte, f.Size())
	return data, readFull(f, data, 0)
}

// check compares a file system with the tree.
func check(t *testing.T, s *FS) {
	t.Helper()
	same := func(name string, want []byte) {
		t.Helper()
		if got, err := read(s, name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s has %d bytes, want %d (%v)", name, len(got), len(want), err)
		}
	}
	for name, data := range files {
		same(name, data)
	}
	for name, of := range map[string]string{
		"lib/deep/er/file": "usr/lib/deep/er/file", "kernel": "boot/vmlinuz-6", "/boot/up": "etc/name", "above": "etc/name",
		"lib/" + long: "etc/name", "through": "usr/lib/deep/er/file", "./boot//../etc/name": "etc/name",
	} {
		same(name, files[of])
	}
	for name, want := range map[string]error{
		"dangling": fs.ErrNotExist, "boot/none": fs.ErrNotExist, "etc/name/below": fs.ErrNotExist, "boot": fs.ErrInvalid, "loop": ErrBad,
	} {
		if _, err := s.File(name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	for name, want := range map[string]int{"many": manyNames, "boot": 3, "lib/deep": 1} {
		if names, err := s.Names(name, 10_000); err != nil || len(names) != want {
			t.Errorf("%q has %d names, want %d (%v)", name, len(names), want, err)
		}
	}
	if names, err := s.Names("many", 5); err != nil || len(names) != 5 {
		t.Errorf("%q, %v", names, err)
	}
}
