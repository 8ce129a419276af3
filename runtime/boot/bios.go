package boot

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
	"github.com/hartwood-vm/hartwood/runtime/boot/image"
	"github.com/hartwood-vm/hartwood/runtime/boot/opensbi"
)

// maxTreeCopy is the room kept for the device tree that fw_jump copies, in bytes.
const maxTreeCopy = 2 << 20

// bios places the firmware at the start of RAM, or where its ELF file says.
func (l *loader) bios() error {
	b := l.cfg.BIOS
	if b == nil {
		return nil
	}
	f, err := image.Open(b.Name, b.Data, b.Size, l.space.size)
	if err != nil {
		return err
	}
	base := l.space.base
	switch f.Kind {
	case image.Image:
		return fmt.Errorf("%s: %w: it is a Linux kernel, not firmware: give it with --kernel", b.Name, ErrConfig)
	case image.ELF:
		im, err := elfimage.Open(f.Name, f.Data, int64(f.Size))
		if err != nil {
			return err
		}
		if im, err = im.Inside(l.mem); err != nil {
			return err
		}
		var bias uint64
		if im.Dynamic {
			bias = base - im.Low()
		}
		if err := l.copyELF("firmware", im, bias); err != nil {
			return err
		}
		entry, _ := im.PhysicalEntry()
		l.plan.Entry = entry + bias
		l.plan.BIOSBias = bias
		if l.plan.BIOSSymbols, err = im.Symbols(); err != nil {
			return err
		}
	default:
		if err := l.space.take("firmware", base, f.Size); err != nil {
			return fmt.Errorf("%s: %w", b.Name, err)
		}
		if err := f.CheckCode(); err != nil {
			return err
		}
		l.copyFile(f.Name, f.Data, f.Size, base)
		l.plan.Entry = base
	}
	l.leaveRoom()
	return nil
}

// leaveRoom keeps the rest of the first 2 MiB free: a raw image does not say how
// much memory the firmware uses behind its file.
func (l *loader) leaveRoom() {
	base := l.space.base
	var end uint64 // of what is taken there, relative to base
	for _, u := range l.space.used {
		if off := u.Start - base; off < opensbi.JumpOffset {
			end = max(end, off+u.Size)
		}
	}
	if end < opensbi.JumpOffset {
		l.keepFree("firmware's memory", base+end, opensbi.JumpOffset-end)
	}
}

// jumpTree keeps the place free where fw_jump copies the device tree. Other
// firmware does not do that, so a kernel that reaches there is only remarked on.
func (l *loader) jumpTree() {
	at := l.space.base + opensbi.JumpFDTOffset
	if u, taken := l.space.overlap(at, maxTreeCopy); taken {
		l.plan.Notes = append(l.plan.Notes, fmt.Sprintf(
			"the %s reaches %#x, where OpenSBI's fw_jump puts the device tree: use fw_dynamic if the guest hangs", u.What, at))
		return
	}
	l.keepFree("room for fw_jump's device tree", at, maxTreeCopy)
}

// dynamicInfo places what fw_dynamic wants to know and returns its address.
func (l *loader) dynamicInfo() error {
	next := opensbi.DynamicInfo{
		NextAddr: l.kernelAddr, NextMode: opensbi.Supervisor, BootHart: uint64(l.plan.BootHart),
	}
	if l.kernelAddr == 0 {
		next.NextAddr = l.space.base + opensbi.JumpOffset
	}
	at, ok := l.space.high("firmware information", opensbi.InfoSize, 64, l.space.size)
	if !ok {
		return fmt.Errorf("firmware information %w: raise --memory", ErrMemory)
	}
	l.copyBytes(next.Bytes(), at)
	l.plan.A2 = at
	return nil
}
