package difftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// ErrNoQEMU reports that there is no QEMU to compare with.
var ErrNoQEMU = errors.New("no qemu-riscv64 of version 9 or newer")

// oldestQEMU has all extensions that programs use.
const oldestQEMU = 9

// QEMU is a user-mode emulator to compare with.
type QEMU struct {
	Path    string
	Version string
}

var versionLine = regexp.MustCompile(`version ((\d+)\.[\d.]+)`)

// FindQEMU returns the emulator that HARTWOOD_QEMU names or, if that is empty, the
// first in the path or among what fetch-qemu.sh has brought that is new enough.
func FindQEMU() (*QEMU, error) {
	if path := os.Getenv("HARTWOOD_QEMU"); path != "" {
		return checkQEMU(path)
	}
	candidates := []string{"qemu-riscv64-static", "qemu-riscv64"}
	if root, err := moduleRoot(); err == nil {
		candidates = append(candidates, filepath.Join(root, ".cache", "qemu", "qemu-riscv64"))
	}
	err := ErrNoQEMU
	for _, c := range candidates {
		path, lookErr := exec.LookPath(c)
		if lookErr != nil {
			continue
		}
		q, checkErr := checkQEMU(path)
		if checkErr == nil {
			return q, nil
		}
		err = checkErr
	}
	return nil, fmt.Errorf("%w; run vcpu/difftest/fetch-qemu.sh or set HARTWOOD_QEMU", err)
}

func checkQEMU(path string) (*QEMU, error) {
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return nil, fmt.Errorf("%s does not say its version", path)
	}
	if major, err := strconv.Atoi(string(m[2])); err != nil || major < oldestQEMU {
		return nil, fmt.Errorf("%w: %s is %s", ErrNoQEMU, path, m[1])
	}
	return &QEMU{path, string(m[1])}, nil
}

// moduleRoot returns the folder of go.mod above the working directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", os.ErrNotExist
		}
		dir = up
	}
}

// qemuTime bounds one run; an image takes some ten milliseconds.
const qemuTime = 20 * time.Second

// Run executes an image and returns its records and data.
func (q *QEMU) Run(ctx context.Context, img *Image, dir string) (records, data []byte, err error) {
	out, err := q.execute(ctx, img, dir, "max")
	if err != nil {
		return nil, nil, err
	}
	if len(out) != img.outputSize() {
		return nil, nil, fmt.Errorf("qemu wrote %d bytes instead of %d", len(out), img.outputSize())
	}
	n := len(img.records.bytes)
	return out[:n], out[n:], nil
}

// execute runs an image on a CPU and returns what it writes.
func (q *QEMU) execute(ctx context.Context, img *Image, dir, cpu string) ([]byte, error) {
	f, err := os.CreateTemp(dir, "image-*.elf")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(img.ELF())
	if err = errors.Join(err, f.Chmod(0o700), f.Close()); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, qemuTime)
	defer cancel()
	out := bytes.NewBuffer(make([]byte, 0, img.outputSize()+bytes.MinRead))
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, q.Path, "-cpu", cpu, f.Name())
	cmd.Stdout, cmd.Stderr = out, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("qemu: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	if stderr.Len() > 0 {
		return nil, fmt.Errorf("qemu: %s", bytes.TrimSpace(stderr.Bytes()))
	}
	return out.Bytes(), nil
}
