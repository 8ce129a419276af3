package initramfs

import (
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed init.sh
var initScript []byte

// Contents names the host files that go into the archive.
type Contents struct {
	Busybox string   // a static busybox for riscv64
	Modules []string // kernel modules, in the order in which init inserts them
	Program string   // the threaded test program, an ELF for riscv64
	Gzip    bool     // compress the archive
}

// moduleOrder is the order in which modules are useful: the bus before the devices on it.
var moduleOrder = []string{"virtio_mmio.ko", "virtio_blk.ko", "virtio-rng.ko"}

// FromCache returns the contents of a folder that fetch.sh filled, with program as the test program.
func FromCache(dir, program string) Contents {
	c := Contents{Busybox: filepath.Join(dir, "busybox"), Program: program, Gzip: true}
	for _, name := range moduleOrder {
		c.Modules = append(c.Modules, filepath.Join(dir, "modules", name))
	}
	return c
}

// Write writes the archive to out. Errors name the host file that could not be read.
func Write(out io.Writer, c Contents) error {
	if !c.Gzip {
		return writeArchive(out, c)
	}
	compressed, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := writeArchive(compressed, c); err != nil {
		return err
	}
	return compressed.Close()
}

// WriteFile writes the archive to the file path. A failed call leaves no file behind.
func WriteFile(path string, c Contents) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = Write(file, c)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(path)
		return fmt.Errorf("initramfs: %w", err)
	}
	return nil
}

func writeArchive(out io.Writer, c Contents) error {
	w := NewWriter(out)
	for _, dir := range []string{"bin", "dev", "proc", "sys", "tmp", "lib", "lib/modules"} {
		w.Dir(dir, 0o755)
	}
	w.CharDevice("dev/console", 0o600, 5, 1) // init's own descriptors, before devtmpfs is there
	w.CharDevice("dev/null", 0o666, 1, 3)
	w.Symlink("bin/sh", "busybox")
	w.File("init", 0o755, initScript)
	if err := copyFile(w, "bin/busybox", 0o755, c.Busybox); err != nil {
		return err
	}
	if c.Program != "" {
		if err := copyFile(w, "bin/threads", 0o755, c.Program); err != nil {
			return err
		}
	}
	var names []string
	for _, module := range c.Modules {
		name := filepath.Base(module)
		if slices.Contains(names, name) {
			return fmt.Errorf("module %s is listed twice", name)
		}
		names = append(names, name)
		if err := copyFile(w, "lib/modules/"+name, 0o644, module); err != nil {
			return err
		}
	}
	w.File("lib/modules/order", 0o644, []byte(strings.Join(names, "\n")+"\n"))
	return w.Close()
}

func copyFile(w *Writer, name string, perm uint32, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return w.File(name, perm, data)
}
