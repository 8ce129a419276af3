package boot

import (
	"errors"
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
	"github.com/hartwood-vm/hartwood/runtime/boot/image"
	"github.com/hartwood-vm/hartwood/runtime/boot/opensbi"
)

const (
	// kernelOffset is where a kernel goes that does not say so itself, in bytes from
	// the start of RAM: behind the firmware, on a 2 MiB page.
	kernelOffset = opensbi.JumpOffset
	// maxUnpacked bounds what a compressed kernel may unpack to on the host.
	maxUnpacked = 1 << 30
)

// kernel finds out what the kernel is and places it.
func (l *loader) kernel() error {
	if l.cfg.Flash != 0 {
		l.setMode(Supervisor)
		l.kernelAddr, l.cfg.Kernel, l.cfg.Initrd, l.cfg.Append = l.cfg.Flash, nil, nil, ""
		return nil
	}
	k := l.cfg.Kernel
	if k == nil {
		return nil
	}
	f, err := image.Open(k.Name, k.Data, k.Size, min(l.space.size, maxUnpacked))
	if err != nil {
		return err
	}
	if f.Kind == image.Image && l.cfg.LoadAddress != 0 {
		return fmt.Errorf("%s: %w: a Linux Image says itself where it goes; --load-address is for raw binaries", k.Name, ErrConfig)
	}
	switch f.Kind {
	case image.ELF:
		return l.elfKernel(f)
	case image.Image:
		return l.linuxKernel(f)
	}
	return l.rawKernel(f)
}

// setMode chooses the kernel's mode: S-mode behind firmware, else what suits the kind.
func (l *loader) setMode(suits Mode) {
	switch {
	case l.cfg.BIOS != nil:
		suits = Supervisor
	case l.cfg.NoFirmware:
		suits = Machine
	}
	l.kernelMode = suits
}

// bare says that a kernel of unknown kind starts as a bare-metal program.
func (l *loader) bare() bool { return l.cfg.BIOS == nil && (l.cfg.Program || l.cfg.NoFirmware) }

// rawKernel places bytes that say nothing about themselves: a program at the start of RAM, a kernel where firmware
// leaves off.
func (l *loader) rawKernel(f *image.File) error {
	at := l.space.base + kernelOffset
	if l.setMode(Supervisor); l.bare() {
		l.setMode(Machine)
		at = l.space.base
	}
	if l.cfg.LoadAddress != 0 {
		at = l.cfg.LoadAddress
	}
	if at%2 != 0 {
		return fmt.Errorf("%s: %w: load address %#x is odd", f.Name, ErrConfig, at)
	}
	if err := l.placeKernel(f, at); err != nil {
		return err
	}
	return f.CheckCode()
}

// linuxKernel places a Linux Image at the offset that its header names.
func (l *loader) linuxKernel(f *image.File) error {
	l.setMode(Supervisor)
	off := f.Head.TextOffset
	if off == 0 && !l.cfg.NoFirmware { // a kernel for M-mode is linked to the start of RAM
		off = kernelOffset
	}
	if off%4096 != 0 || off > l.space.size {
		return fmt.Errorf("%s: %w: it wants to be %#x bytes behind the start of memory, which has %s: raise --memory if the file is sound",
			f.Name, ErrMemory, off, human(l.space.size))
	}
	return l.placeKernel(f, l.space.base+off)
}

// placeKernel reserves room for a kernel of one piece and plans to copy it. Memory
// behind the file, which its .bss takes, is left alone: the kernel clears it.
func (l *loader) placeKernel(f *image.File, at uint64) error {
	if err := l.space.take("kernel", at, f.MemSize()); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	l.copyFile(f.Name, f.Data, f.Size, at)
	l.kernelAddr = at
	return nil
}

// elfKernel places a bare-metal program or a vmlinux.
func (l *loader) elfKernel(f *image.File) error {
	im, err := elfimage.Open(f.Name, f.Data, int64(f.Size))
	if err != nil {
		return err
	}
	if im, err = im.Inside(l.mem); err != nil {
		return err
	}
	im, bias, err := l.moved(im)
	if err != nil {
		return err
	}
	high := int64(im.Entry) < 0
	l.setMode(l.modeOf(im.Low()+bias, high))
	if err := l.copyELF("kernel", im, bias); err != nil {
		return err
	}
	entry, _ := im.PhysicalEntry()
	l.kernelAddr = entry + bias
	if l.kernelAddr%2 != 0 {
		return fmt.Errorf("%s: %w: entry point %#x is odd", f.Name, ErrConfig, l.kernelAddr)
	}
	if l.plan.Symbols, err = im.Symbols(); err != nil {
		return err
	}
	if !high {
		l.plan.SymbolBias = bias
	}
	if l.kernelMode == Machine {
		return l.htif(im, bias)
	}
	return nil
}

// modeOf guesses what an ELF file was made for by its lowest address: an address space of its own, the place behind
// firmware, or the place of firmware. What the user calls a kernel may also lie further up.
func (l *loader) modeOf(low uint64, high bool) Mode {
	behind := l.space.base + kernelOffset
	if high || low == behind || low > behind && !l.cfg.Program {
		return Supervisor
	}
	return Machine
}

// moved chooses how far an ELF file is moved. A position-independent one goes to the
// start of RAM or the load address. A kernel linked to high virtual addresses goes
// where kernels go, unless its physical addresses are in RAM already. Everything
// else stays where it was linked.
func (l *loader) moved(im *elfimage.Image) (_ *elfimage.Image, bias uint64, err error) {
	base, at := l.space.base, l.cfg.LoadAddress
	switch {
	case im.Dynamic:
		if at == 0 {
			at = base
			if l.cfg.BIOS != nil {
				at += kernelOffset
			}
		}
		return im, at - im.Low(), nil
	case at != 0:
		return nil, 0, fmt.Errorf("%s: %w: an ELF file says itself where it goes; --load-address is for raw binaries", im.Name, ErrConfig)
	case int64(im.Entry) < 0 && errors.Is(im.Check(l.mem, 0), elfimage.ErrRange):
		if im, err = im.ByVirtual(); err != nil {
			return nil, 0, err
		}
		return im, base + kernelOffset - im.Low(), nil
	}
	return im, 0, nil
}

// htif looks for the symbols of the host-target interface.
func (l *loader) htif(im *elfimage.Image, bias uint64) error {
	find := func(name string) (uint64, bool, error) {
		s, ok := l.plan.Symbols.Lookup(name)
		if !ok {
			return 0, false, nil
		}
		pa, ok := im.Physical(s.Value)
		if !ok {
			pa = s.Value // an absolute symbol of the linker script
		}
		pa += bias
		if pa%8 != 0 || !l.mem.IsRAM(pa, 8) {
			return 0, false, fmt.Errorf("%s: %w: symbol %s at %#x must be 8 aligned bytes of memory", im.Name, ErrConfig, name, pa)
		}
		return pa, true, nil
	}
	to, ok, err := find("tohost")
	if err != nil || !ok {
		return err
	}
	from, _, err := find("fromhost")
	if err != nil {
		return err
	}
	l.plan.HTIF = &HTIF{ToHost: to, FromHost: from}
	return nil
}
