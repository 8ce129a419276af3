package boot

import (
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// loader collects the plan and the writes that carry it out.
type loader struct {
	cfg    Config
	mem    *physmem.Memory
	space  space
	plan   *Plan
	writes []func() error

	kernelAddr uint64 // where the kernel starts, physical
	kernelMode Mode
}

// Load plans and loads a guest. mem holds no running machine. The errors wrap this
// package's sentinels or those of elfimage, image and fdt, and name the file.
func Load(mem *physmem.Memory, cfg Config) (*Plan, error) {
	l, err := planFor(mem, cfg)
	if err != nil {
		return nil, err
	}
	for _, write := range l.writes {
		if err := write(); err != nil {
			return nil, err
		}
	}
	return l.plan, nil
}

// planFor decides what goes where and changes nothing.
func planFor(mem *physmem.Memory, cfg Config) (*loader, error) {
	cfg.Tree.RAMBase, cfg.Tree.RAMSize = mem.Base(), mem.Size()
	l := &loader{
		cfg: cfg, mem: mem, plan: &Plan{BootHart: cfg.Tree.BootHart},
		space: space{base: mem.Base(), size: mem.Size() - cfg.Tree.HeapReserve},
	}
	for _, step := range []func() error{l.check, l.bios, l.kernel, l.tree, l.start} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// check looks at which files there are.
func (l *loader) check() error {
	c := &l.cfg
	switch {
	case c.Kernel == nil && c.BIOS == nil && c.Flash == 0:
		return fmt.Errorf("%w: no guest: give a kernel or firmware", ErrConfig)
	case c.Kernel == nil && c.Initrd != nil:
		return fmt.Errorf("%w: --initrd needs --kernel", ErrConfig)
	case c.NoFirmware && c.BIOS != nil:
		return fmt.Errorf("%w: firmware is given, and none is to be used", ErrConfig)
	case c.Kernel == nil && (c.LoadAddress != 0):
		return fmt.Errorf("%w: --load-address needs a kernel", ErrConfig)
	}
	for _, f := range []*File{c.Kernel, c.BIOS, c.Initrd, c.DTB} {
		if f != nil && f.Size <= 0 {
			return fmt.Errorf("%s: %w: the file is empty", f.Name, ErrFile)
		}
	}
	return nil
}

// start settles the registers once everything has its place.
func (l *loader) start() error {
	p := l.plan
	if l.cfg.BIOS != nil {
		p.Mode, p.AllHarts = Machine, true
		return nil
	}
	p.Entry, p.Mode = l.kernelAddr, l.kernelMode
	p.AllHarts = p.Mode == Machine
	return nil
}

// copyFile plans to read size bytes of r to pa, straight into guest memory.
func (l *loader) copyFile(name string, r io.ReaderAt, size, pa uint64) {
	l.writes = append(l.writes, func() error {
		b, err := l.mem.Slice(pa, size)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if n, err := readAt(r, b); n < len(b) {
			if err == nil || err == io.EOF {
				err = ErrFile
			}
			return fmt.Errorf("%s: %w: %d of %d bytes read", name, err, n, size)
		}
		l.mem.NoteWrite(pa, size)
		return nil
	})
}

// readAt reads b from the beginning of r, in parts at the same time: most of the time goes into memory that is touched for the first
// time. It returns how much has been read without a gap.
func readAt(r io.ReaderAt, b []byte) (n int, err error) {
	parts := (len(b) + readPart - 1) / readPart
	read, errs := make([]int, parts), make([]error, parts)
	var g errgroup.Group
	g.SetLimit(readers)
	for i := range parts {
		g.Go(func() error {
			at := i * readPart
			read[i], errs[i] = r.ReadAt(b[at:min(len(b), at+readPart)], int64(at))
			return nil
		})
	}
	_ = g.Wait() // errs has them in order
	for i := range parts {
		if n += read[i]; n < min(len(b), (i+1)*readPart) {
			return n, errs[i]
		}
	}
	return n, nil
}

const (
	readPart = 4 << 20 // bytes
	readers  = 4       // at the same time
)

// copyBytes plans to write b to pa.
func (l *loader) copyBytes(b []byte, pa uint64) {
	l.writes = append(l.writes, func() error { return l.mem.WriteAt(b, pa) })
}

// copyELF reserves the segments of im, moved by bias, and plans to load them.
func (l *loader) copyELF(what string, im *elfimage.Image, bias uint64) error {
	if err := im.Check(l.mem, bias); err != nil {
		return err
	}
	for _, s := range im.Segments {
		if err := l.space.take(what, s.Paddr+bias, s.MemSize); err != nil {
			return fmt.Errorf("%s: %w", im.Name, err)
		}
	}
	l.writes = append(l.writes, func() error { return im.Load(l.mem, bias) })
	return nil
}

// keepFree reserves the part of a range that lies in RAM and is not taken yet, so
// that nothing is placed there.
func (l *loader) keepFree(what string, start, size uint64) {
	if off := start - l.space.base; off < l.space.size {
		size = min(size, l.space.size-off)
		if _, taken := l.space.overlap(start, size); !taken {
			l.space.add(extent{what, start, size})
		}
	}
}
