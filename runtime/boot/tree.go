package boot

import (
	"fmt"
	"io"

	"github.com/hartwood-vm/hartwood/runtime/boot/devicetree"
	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
	"github.com/hartwood-vm/hartwood/runtime/boot/opensbi"
)

const (
	// ceiling keeps initrd and device tree within the first GiB of RAM, where every
	// kernel and firmware reaches them early. A larger initrd may go higher.
	ceiling = 1 << 30
	// treeAlign is preferred for the device tree: old kernels map it by 2 MiB pages.
	treeAlign = 2 << 20
	pageSize  = 4096
	// treeRoom is free at the end of a tree that the built-in firmware hands over, as other firmware leaves room in what it has
	// changed: a boot loader keeps the tree in a place of its size, adds the kernel's command line there and writes over what
	// lies behind it if there is none.
	treeRoom = 4096
)

// tree places initrd, device tree and what the firmware is told. The tree's size
// does not depend on the addresses in it, so it is written twice: once to measure.
func (l *loader) tree() error {
	t, err := l.makeTree()
	if err != nil {
		return err
	}
	if l.cfg.BIOS != nil {
		l.jumpTree()
	}
	chosen := fdt.Chosen{Bootargs: l.cfg.Append, RNGSeed: l.cfg.RNGSeed}
	if l.cfg.Initrd != nil {
		chosen.InitrdEnd = uint64(l.cfg.Initrd.Size)
	}
	t.SetChosen(chosen)
	blob, err := t.Write()
	if err != nil {
		return fmt.Errorf("device tree: %w", err)
	}
	placed, err := l.placeTree(uint64(len(blob) + l.room()))
	if err != nil {
		return err
	}
	if l.cfg.Initrd != nil {
		if chosen.InitrdStart, err = l.placeInitrd(); err != nil {
			return err
		}
		chosen.InitrdEnd += chosen.InitrdStart
	}
	if l.cfg.BIOS != nil {
		if err := l.dynamicInfo(); err != nil {
			return err
		}
	}
	if !placed {
		return nil
	}
	t.SetChosen(chosen)
	if blob, err = t.Write(); err != nil {
		return fmt.Errorf("device tree: %w", err)
	}
	blob = fdt.Grow(blob, l.room())
	l.plan.Tree = blob
	l.copyBytes(blob, l.plan.A1)
	return nil
}

// room is how many bytes of the tree are free.
func (l *loader) room() int {
	if l.builtIn() {
		return treeRoom
	}
	return 0
}

// builtIn reports whether the guest runs on the built-in firmware, without software in M-mode.
func (l *loader) builtIn() bool { return l.cfg.BIOS == nil && l.kernelMode == Supervisor }

// makeTree builds the machine's tree, or reads the user's and checks that it fits
// the machine's memory.
func (l *loader) makeTree() (*fdt.Tree, error) {
	f := l.cfg.DTB
	if f == nil {
		c := l.cfg.Tree
		c.Supervisor = l.builtIn()
		return devicetree.Build(c)
	}
	if f.Size > fdt.MaxBlob {
		return nil, fmt.Errorf("%s: %w: %s, at most %s", f.Name, fdt.ErrTooBig, human(uint64(f.Size)), human(fdt.MaxBlob))
	}
	b := make([]byte, f.Size)
	if n, err := f.Data.ReadAt(b, 0); n < len(b) {
		if err == nil || err == io.EOF {
			err = ErrFile
		}
		return nil, fmt.Errorf("%s: %w: %d of %d bytes read", f.Name, err, n, f.Size)
	}
	t, err := fdt.Read(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	if err := l.checkMemory(t); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return t, nil
}

// checkMemory sees to it that the tree promises no memory that is not there.
func (l *loader) checkMemory(t *fdt.Tree) error {
	ranges, err := t.MemoryRanges()
	if err != nil {
		return err
	}
	if len(ranges) == 0 {
		return t.SetMemory(l.space.base, l.space.size)
	}
	for _, r := range ranges {
		if !l.space.fits(r.Start, r.Size) {
			return fmt.Errorf("%w: it has %s of memory at %#x, the machine %s at %#x: change --memory or the tree",
				ErrDeviceTree, human(r.Size), r.Start, human(l.space.size), l.space.base)
		}
	}
	return nil
}

// placeTree reserves room for the device tree, with slack for firmware that adds
// to it. A bare-metal program that leaves no room runs without one.
func (l *loader) placeTree(size uint64) (placed bool, err error) {
	slack := uint64(0)
	if l.cfg.BIOS != nil {
		slack = opensbi.FDTSlack
	}
	for _, align := range []uint64{treeAlign, pageSize, 8} {
		if at, ok := l.space.high("device tree", size+slack, align, ceiling); ok {
			l.plan.A1 = at
			return true, nil
		}
	}
	if l.kernelMode == Machine && l.cfg.BIOS == nil {
		l.plan.Notes = append(l.plan.Notes, fmt.Sprintf(
			"no room for the device tree (%s): the program starts with a1 = 0", human(size)))
		return false, nil
	}
	return false, fmt.Errorf("device tree %w: it needs %s, memory has %s left beside the kernel: raise --memory",
		ErrMemory, human(size+slack), human(l.space.free()))
}

// placeInitrd reserves room for the initrd and plans to read it in.
func (l *loader) placeInitrd() (uint64, error) {
	f := l.cfg.Initrd
	size := uint64(f.Size)
	for _, top := range []uint64{ceiling, l.space.size} {
		if at, ok := l.space.high("initrd", size, pageSize, top); ok {
			l.copyFile(f.Name, f.Data, size, at)
			return at, nil
		}
	}
	need := (l.space.size - l.space.free() + size + treeAlign + 1<<20 - 1) >> 20
	return 0, fmt.Errorf("%s: initrd %w: it has %s, memory has %s left beside the kernel: raise --memory to %d MiB or more",
		f.Name, ErrMemory, human(size), human(l.space.free()), need)
}
