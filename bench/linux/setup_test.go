package linux

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/linux/initramfs"
)

// files is what every boot needs, made once for all tests.
type files struct {
	cache    string // what fetch.sh brought
	hartwood string // the command under test
	initrd   string // with the guest programs
	python   string // a second one, with Python
}

var prepare = sync.OnceValues(func() (*files, error) {
	dir, err := os.MkdirTemp("", "hartwood-linux-")
	if err != nil {
		return nil, err
	}
	f := &files{
		cache:    os.Getenv("HARTWOOD_LINUX"),
		hartwood: filepath.Join(dir, "hartwood"),
		initrd:   filepath.Join(dir, "initrd.gz"),
		python:   filepath.Join(dir, "python.gz"),
	}
	var programs []string
	for _, name := range []string{"threads", "jit", "counters"} {
		program := filepath.Join(dir, name)
		if err := goBuild(program, "./guest/"+name, "GOOS=linux", "GOARCH=riscv64"); err != nil {
			return nil, err
		}
		programs = append(programs, program)
	}
	if os.Getenv("HARTWOOD_LINUX_QEMU") == "" {
		if err := goBuild(f.hartwood, "../../cmd/hartwood"); err != nil {
			return nil, err
		}
	}
	if err := initramfs.WriteFile(f.initrd, initramfs.FromCache(f.cache, programs...)); err != nil {
		return nil, err
	}
	python := initramfs.FromCache(f.cache, checkScript)
	python.Trees = []string{filepath.Join(f.cache, "python")}
	return f, initramfs.WriteFile(f.python, python)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("HARTWOOD_LINUX") != "" {
		if f, err := prepare(); err == nil {
			os.RemoveAll(filepath.Dir(f.hartwood))
		}
	}
	os.Exit(code)
}

// need returns the files of a boot, or skips the test on a machine without them.
func need(t testing.TB) *files {
	t.Helper()
	if os.Getenv("HARTWOOD_LINUX") == "" {
		t.Skip("HARTWOOD_LINUX names no folder with a kernel; 'make test-linux' brings one")
	}
	f, err := prepare()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func goBuild(output, pkg string, env ...string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", output, pkg)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// hartCounts returns how many harts to boot.
func hartCounts(t *testing.T) []int {
	list := os.Getenv("HARTWOOD_LINUX_HARTS")
	if list == "" {
		list = "1 2 8 32"
	}
	var counts []int
	for _, word := range strings.Fields(list) {
		n, err := strconv.Atoi(word)
		if err != nil {
			t.Fatalf("HARTWOOD_LINUX_HARTS: %v", err)
		}
		counts = append(counts, n)
	}
	return counts
}
