package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	guestjob "github.com/hartwood-vm/hartwood/runtime/boot/job"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/runtime/rootfs"
)

// rootTag is the tag of a root that is a shared directory.
const rootTag = "root"

// openRoot opens what --image names.
func (e *execution) openRoot(ctx context.Context) (*rootfs.Root, error) {
	root, err := rootfs.Open(ctx, rootfs.Spec{
		Path: e.image.Path, Tag: e.image.Tag, Cache: e.config.RootCache(),
		Tell: func(dir string) { e.say("%s is unpacked into %s", plain.Text(e.image.Path), plain.Text(dir)) },
	})
	if err != nil {
		return nil, fmt.Errorf("--image: %w", err)
	}
	if root.Kind == rootfs.Unpacked && e.image.Writes == rootfs.Through {
		err := fmt.Errorf("--image: %s is unpacked for all who use it, and not written to; unpack it into a directory of your own, or leave ,write out", e.image.Path)
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

// place gives the machine its root, and says in the job where that is.
func (e *execution) place(j *guestjob.Job) {
	c, r := &e.config, e.root
	if r.Kind == rootfs.Disk {
		c.Drives = []runtime.Drive{{Path: r.Path, Overlay: e.image.Writes != rootfs.Through, Format: e.image.Format}}
		return
	}
	share := runtime.Share{Dir: r.Path, Tag: rootTag}
	if r.Kind == rootfs.Unpacked {
		share.Cache = time.Hour // nobody changes it
	}
	j.Root, j.Overlay = rootTag, r.Kind == rootfs.Unpacked || e.image.Writes == rootfs.Aside
	share.ReadOnly = j.Overlay
	c.Shares = append([]runtime.Share{share}, c.Shares...)
}

// ownKernel is the root's own kernel; nil: it has none. done lets go of what its modules are read from.
func (e *execution) ownKernel(ctx context.Context) (own *rootfs.Kernel, done func() error, err error) {
	done = func() error { return nil }
	if e.root.Kind != rootfs.Disk {
		own, err = e.root.Kernel()
		return own, done, err
	}
	disk, err := e.config.OpenImage(ctx, runtime.Drive{Path: e.root.Path, Format: e.image.Format}, func(dir string) {
		e.say("%s is packed: it is unpacked into %s", plain.Text(e.root.Path), plain.Text(dir))
	})
	if err != nil {
		return nil, done, err
	}
	if own, err = rootfs.KernelOn(disk, disk.Size()); err != nil {
		err = fmt.Errorf("%s: %w", e.root.Path, err)
	}
	return own, disk.Close, err
}

// kernel finds the kernel, and what modules of it the job needs.
func (e *execution) kernel(ctx context.Context, j *guestjob.Job) (err error) {
	c := &e.config
	modules := rootfs.Beside(c.Kernel)
	if c.Kernel == "" {
		own, done, err := e.ownKernel(ctx)
		defer done()
		if err != nil {
			return fmt.Errorf("--image: %w", err)
		}
		if own == nil {
			c.Kernel = cachedKernel()
			modules = rootfs.Beside(c.Kernel)
		} else {
			e.kernelFile = own.File // open as long as the machine may read it
			c.Kernel, modules = fmt.Sprintf("/proc/self/fd/%d", own.File.Fd()), own.Modules
		}
	}
	defer modules.Close()
	wanted := []string{"virtio_pci", "virtio_console", "virtiofs"}
	if e.root.Kind == rootfs.Disk {
		wanted = append(wanted, "virtio_blk", "crc32c_generic", "ext4")
	}
	if j.Overlay {
		wanted = append(wanted, "overlay")
	}
	if j.Network != nil {
		wanted = append(wanted, "virtio_net")
	}
	if j.Modules, err = modules.Load(wanted); err != nil {
		return fmt.Errorf("the kernel's modules: %w", err)
	}
	return nil
}

// cachedKernel is where 'make linux-files' puts the kernel.
func cachedKernel() string { return filepath.Join(linuxFiles(), "Image") }

// linuxFiles is the folder that 'make linux-files' fills.
func linuxFiles() string {
	if dir := os.Getenv("HARTWOOD_LINUX"); dir != "" {
		return dir
	}
	return filepath.Join(".cache", "linux")
}
