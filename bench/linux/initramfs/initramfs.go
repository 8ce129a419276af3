package initramfs

import (
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime/boot/cpio"
)

//go:embed init.sh
var initScript []byte

//go:embed root.sh
var rootScript []byte

// Contents names the host files that go into the archive.
type Contents struct {
	Init     []byte   // the first process, a script
	Busybox  string   // a static busybox for riscv64
	Modules  []string // kernel modules, in the order in which init inserts them
	Programs []string // what goes to /bin: executables for riscv64 and scripts, under their own names
	Trees    []string // folders whose contents go to the root, with their symbolic links
	Gzip     bool     // compress the archive
}

// moduleOrder is the order in which modules are useful: the bus before the devices on it.
var moduleOrder = []string{"virtio_mmio.ko", "virtio_blk.ko", "virtio-rng.ko", "failover.ko", "net_failover.ko", "virtio_net.ko"}

// rootModules follow where a file system on a drive is the root: ext4 behind what it needs.
var rootModules = []string{"crc32c_generic.ko", "crc16.ko", "mbcache.ko", "jbd2.ko", "ext4.ko"}

// imageModules are for what images of distributions load by themselves: file systems of discs, and of UEFI's variables.
var imageModules = []string{"cdrom.ko", "isofs.ko", "efivarfs.ko"}

// FromCache returns the contents of the boot tests' archive, from a folder that fetch.sh filled, with programs in /bin.
func FromCache(dir string, programs ...string) Contents {
	return fromCache(dir, initScript, programs, moduleOrder)
}

// RootFromCache returns the contents of an archive that hands over to the root file system on a drive.
func RootFromCache(dir string) Contents {
	return fromCache(dir, rootScript, nil, slices.Concat(moduleOrder, rootModules))
}

// ImageFromCache returns the same for a distribution's image, whose own modules are left out.
func ImageFromCache(dir string) Contents {
	return fromCache(dir, rootScript, nil, slices.Concat(moduleOrder, rootModules, imageModules))
}

func fromCache(dir string, init []byte, programs, modules []string) Contents {
	c := Contents{Init: init, Busybox: filepath.Join(dir, "busybox"), Programs: programs, Gzip: true}
	for _, name := range modules {
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
	w := cpio.NewWriter(out)
	for _, dir := range []string{"bin", "dev", "proc", "sys", "tmp", "lib", "lib/modules"} {
		w.Dir(dir, 0o755)
	}
	w.CharDevice("dev/console", 0o600, 5, 1) // init's own descriptors, before devtmpfs is there
	w.CharDevice("dev/null", 0o666, 1, 3)
	w.Symlink("bin/sh", "busybox")
	w.File("init", 0o755, c.Init)
	if err := copyFile(w, "bin/busybox", 0o755, c.Busybox); err != nil {
		return err
	}
	for _, program := range c.Programs {
		if err := copyFile(w, "bin/"+filepath.Base(program), 0o755, program); err != nil {
			return err
		}
	}
	for _, tree := range c.Trees {
		if err := copyTree(w, tree); err != nil {
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

func copyFile(w *cpio.Writer, name string, perm uint32, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return w.File(name, perm, data)
}

// copyTree adds what is in the folder root. The kernel takes a directory that it has already as it is.
func copyTree(w *cpio.Writer, root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir():
			return w.Dir(name, 0o755)
		case entry.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return w.Symlink(name, target)
		}
		return copyFile(w, name, 0o755, path)
	})
}
