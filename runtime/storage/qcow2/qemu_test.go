package qcow2

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Images that qemu-img makes are read and written here as there: contents, soundness and snapshots are compared.
func TestImagesOfQEMU(t *testing.T) {
	if testing.Short() {
		t.Skip("long: some hundred runs of qemu-img")
	}
	for i, options := range []string{
		"", "compat=0.10", "cluster_size=512", "refcount_bits=64,cluster_size=4k", "preallocation=metadata", "refcount_bits=1",
		"cluster_size=2M", "compression_type=zstd", "lazy_refcounts=on", "compat=0.10,cluster_size=4k",
	} {
		t.Run(options, func(t *testing.T) { withQEMU(t, options, i%2 == 1, uint64(i)) })
	}
}

const qemuDisk = 5<<20 + 512*3

func withQEMU(t *testing.T, options string, backed bool, seed uint64) {
	dir := t.TempDir()
	img := func(args ...string) {
		t.Helper()
		if out, err := qemuImg(t, args...); err != nil {
			t.Fatalf("qemu-img %s: %v\n%s", args, err, out)
		}
	}
	path, base, raw := filepath.Join(dir, "a.qcow2"), filepath.Join(dir, "base"), filepath.Join(dir, "raw")
	rng := rand.New(rand.NewPCG(seed, 1))
	model := make([]byte, qemuDisk)
	var backing []byte
	create := []string{"create", "-q", "-f", "qcow2", "-o", "size=" + fmt.Sprint(qemuDisk)}
	if options != "" {
		create = append(create, "-o", options)
	}
	if backed {
		backing = make([]byte, 3<<20+512)
		fillRandom(rng, backing)
		copy(model, backing)
		if err := os.WriteFile(base, backing, 0o600); err != nil {
			t.Fatal(err)
		}
		create = append(create, "-b", base, "-F", "raw")
	}
	img(append(create, path)...)
	if !strings.Contains(options, "2M") && !strings.Contains(options, "prealloc") {
		qemuIO(t, path, "write -P 18 -c 2M 64k") // a whole cluster, where there is none
	}
	qemuIO(t, path, "write -P 17 100k 300k", "write -z 1M 64k", "write -P 19 4M 512", "discard 200k 64k")

	same := func(what string, data []byte) {
		t.Helper()
		if backed {
			img("rebase", "-q", "-u", "-F", "raw", "-b", base, path)
		}
		img("convert", "-t", "unsafe", "-O", "raw", path, raw)
		theirs, err := os.ReadFile(raw)
		if err != nil {
			t.Fatal(err)
		}
		if ours := contents(t, data, backing); !bytes.Equal(ours, theirs) {
			t.Fatalf("%s: QEMU reads something else", what)
		} else if what != "made" && !bytes.Equal(ours, model) {
			t.Fatalf("%s: the disk is not what was written", what)
		}
		copy(model, theirs)
	}
	read := func() []byte {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	same("made", read())
	for round := range 2 {
		f := newMemFile(read(), false)
		im := mustOpen(t, f, backing)
		for range 40 {
			act(t, rng, im, model)
		}
		if err := im.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.bytesOf(), 0o600); err != nil {
			t.Fatal(err)
		}
		img("check", "-q", path) // no leaks either
		same("written", f.bytesOf())
		if round == 0 && options != "refcount_bits=1" {
			img("snapshot", "-c", "s", path)
		}
	}
}

// qemuIO has QEMU write to an image.
func qemuIO(t *testing.T, path string, commands ...string) {
	t.Helper()
	io, err := exec.LookPath("qemu-io")
	if err != nil {
		t.Skip("there is no qemu-io (Debian's qemu-utils)")
	}
	args := []string{"-f", "qcow2", "-d", "unmap", "-t", "unsafe"}
	for _, c := range commands {
		args = append(args, "-c", c)
	}
	if out, err := exec.Command(io, append(args, path)...).CombinedOutput(); err != nil {
		t.Fatalf("qemu-io: %v\n%s", err, out)
	}
}

// Compressed images as qemu-img convert makes them.
func TestCompressedByQEMU(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it waits for the disk")
	}
	dir := t.TempDir()
	raw := filepath.Join(dir, "raw")
	want := make([]byte, 3<<20+512)
	for i := range want {
		want[i] = byte(i*i>>7) & 0x3f
	}
	if err := os.WriteFile(raw, want, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, options := range []string{"compression_type=zlib", "compression_type=zstd", "compression_type=zlib,cluster_size=4k", "compression_type=zstd,cluster_size=2M"} {
		path := filepath.Join(dir, options)
		if out, err := qemuImg(t, "convert", "-c", "-O", "qcow2", "-o", options, raw, path); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(contents(t, data, nil), want) {
			t.Errorf("%s: the disk differs", options)
		}
		f := newMemFile(data, false)
		im := mustOpen(t, f, nil)
		model := bytes.Clone(want)
		rng := rand.New(rand.NewPCG(1, 1))
		for range 60 {
			act(t, rng, im, model)
		}
		if err := im.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.bytesOf(), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := qemuImg(t, "check", path); err != nil {
			t.Errorf("%s: %v\n%s", options, err, out)
		}
		if !bytes.Equal(contents(t, f.bytesOf(), nil), model) {
			t.Errorf("%s: the disk differs after writes", options)
		}
	}
}
