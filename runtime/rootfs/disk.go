package rootfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/runtime/storage/ext4"
	"github.com/hartwood-vm/hartwood/runtime/storage/partition"
)

const (
	maxPartitions = 16        // that are looked at, here and by the guest
	maxOnDisk     = 256 << 20 // bytes of a file that is read from a disk
)

// KernelOn returns the latest kernel on a disk: in /boot of the file system with programs, which the guest takes for its root, or else
// at the top of another one, as distributions have it that keep /boot by itself. nil: there is none. The disk is read until the
// kernel's Modules are closed.
func KernelOn(disk io.ReaderAt, size int64) (*Kernel, error) {
	systems, err := fileSystems(disk, size)
	if err != nil {
		return nil, fmt.Errorf("%w; give a kernel by --kernel", err)
	}
	at := slices.IndexFunc(systems, onDisk.hasPrograms)
	if at < 0 {
		return nil, nil // the guest will not find its root
	}
	root := systems[at]
	k, err := kernelIn(root, "boot", root)
	for _, s := range slices.Delete(systems, at, at+1) {
		if k == nil && err == nil {
			k, err = kernelIn(s, "", root)
		}
	}
	return k, err
}

// fileSystems are those that a disk has, or its partitions.
func fileSystems(disk io.ReaderAt, size int64) ([]onDisk, error) {
	parts, err := partition.List(disk, size)
	if errors.Is(err, partition.ErrBad) {
		parts, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	parts = append([]partition.Part{{Size: size}}, parts[:min(len(parts), maxPartitions)]...)
	var systems []onDisk
	for i, p := range parts {
		s, err := ext4.Open(io.NewSectionReader(disk, p.First, p.Size), min(p.Size, size-p.First))
		if errors.Is(err, ext4.ErrNone) {
			continue
		}
		if err != nil {
			if i > 0 {
				err = fmt.Errorf("partition %d: %w", i, err)
			}
			return nil, err
		}
		systems = append(systems, onDisk{s})
	}
	return systems, nil
}

// onDisk is a file system as a tree. Files are read into memory.
type onDisk struct{ fs *ext4.FS }

func (onDisk) close() {}

func (d onDisk) hasPrograms() bool {
	for _, dir := range []string{"usr/bin", "bin"} {
		if _, err := d.fs.Names(dir, 1); err == nil {
			return true
		}
	}
	return false
}

func (d onDisk) list(name string, limit int) ([]string, error) {
	names, err := d.fs.Names(name, limit)
	slices.Sort(names)
	return names, err
}

func (d onDisk) file(name string) (*os.File, error) {
	f, err := d.fs.File(name)
	if err != nil {
		return nil, err
	}
	if f.Size() > maxOnDisk {
		return nil, fmt.Errorf("has %d bytes, more than %d", f.Size(), maxOnDisk)
	}
	return hostfile.Memory("file", f)
}
