package rootfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/runtime/magic"
	"github.com/hartwood-vm/hartwood/runtime/rootfs/oci"
	"github.com/hartwood-vm/hartwood/runtime/storage/packed"
)

// Spec names a root.
type Spec struct {
	Path string
	Tag  string // of an image in a layout
	// Cache is where archives are unpacked; nil: they are refused. Tell is called before that takes its time.
	Cache *Cache
	Tell  func(dir string)
}

// Kind is what a root is.
type Kind int

// The kinds.
const (
	Directory Kind = iota
	Disk           // an image with a file system, or with partitions
	Unpacked       // an archive or a container image, in the cache
)

// Root is a root that is open.
type Root struct {
	Kind Kind
	// Path is the directory, or the disk image.
	Path string
	// Config is what a container image says of the command; nil: it is none.
	Config *v1.Config
	use    *os.File // keeps it in the cache
}

// Close lets the root go.
func (r *Root) Close() error {
	if r.use == nil {
		return nil
	}
	return r.use.Close()
}

// Open finds out what a path is, and unpacks what is to be unpacked. The error names the path and a remedy.
func Open(ctx context.Context, s Spec) (*Root, error) {
	info, err := os.Stat(s.Path)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, fmt.Errorf("%s: %w; name a directory, a tar archive, a disk image or an OCI layout", s.Path, err)
	}
	var archive bool
	switch {
	case info.IsDir() && !oci.Is(s.Path):
		if s.Tag != "" {
			return nil, fmt.Errorf("%s is no OCI layout, and has no images with tags; leave tag=%s out", s.Path, s.Tag)
		}
		return &Root{Kind: Directory, Path: s.Path}, nil
	case info.IsDir():
	default:
		if archive, err = isArchive(ctx, s.Path); err != nil {
			return nil, err
		}
		if !archive {
			return &Root{Kind: Disk, Path: s.Path}, nil
		}
	}
	if s.Cache == nil {
		return nil, fmt.Errorf("%s is to be unpacked, and the user has no directory for caches; name one with --image-cache", s.Path)
	}
	if archive {
		return s.Cache.archive(ctx, s)
	}
	return s.Cache.layout(ctx, s)
}

// Where file systems and partition tables have their magic numbers.
var diskMagic = []struct {
	offset int
	magic  string
}{{0, "QFI\xfb"}, {0x438, "\x53\xef"}, {510, "\x55\xaa"}}

// isArchive says whether a file is a tar archive, packed or not; otherwise it is a disk.
func isArchive(ctx context.Context, path string) (bool, error) {
	f, err := hostfile.Open(ctx, path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	in, err := packed.Reader(io.NewSectionReader(f, 0, f.Size))
	if err != nil {
		return false, fmt.Errorf("%s: %w; check the file", path, err)
	}
	defer in.Close()
	head, err := io.ReadAll(io.LimitReader(in, 0x438+2))
	if err != nil {
		return false, fmt.Errorf("%s: it cannot be unpacked: %w; check the file", path, err)
	}
	if len(head) >= magic.HeadSize && bytes.HasPrefix(head[257:], []byte("ustar")) {
		return true, nil
	}
	for _, m := range diskMagic {
		if len(head) >= m.offset && bytes.HasPrefix(head[m.offset:], []byte(m.magic)) {
			return false, nil
		}
	}
	return false, fmt.Errorf("%s is no tar archive, and no disk image with ext4 or partitions; name one of these, a directory or an OCI layout", path)
}
