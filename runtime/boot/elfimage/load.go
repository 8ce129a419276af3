package elfimage

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// Check reports whether every segment, moved by bias (which may wrap round, to
// move downwards), lies in mem's RAM.
func (im *Image) Check(mem *physmem.Memory, bias uint64) error {
	for _, s := range im.Segments {
		pa := s.Paddr + bias
		if mem.IsRAM(pa, s.MemSize) {
			continue
		}
		remedy := "raise --memory or link it for that range"
		if pa < mem.Base() {
			remedy = "link it for that range (all of it: -Ttext-segment or a linker script, not -Ttext); a Linux program needs a Linux kernel and an initrd around it"
		}
		return fmt.Errorf("%s: %w: %d bytes at %#x, memory is %d MiB at %#x: %s",
			im.Name, ErrRange, s.MemSize, pa, mem.Size()>>20, mem.Base(), remedy)
	}
	return nil
}

// Load copies the segments into mem, moved by bias, and zeroes what they have in
// memory beyond the file. Nothing is written if Check fails; after that only a
// failing read can leave the image half-written.
func (im *Image) Load(mem *physmem.Memory, bias uint64) error {
	if err := im.Check(mem, bias); err != nil {
		return err
	}
	for _, s := range im.Segments {
		pa := s.Paddr + bias
		b, err := mem.Slice(pa, s.MemSize)
		if err != nil {
			return fmt.Errorf("%s: %w", im.Name, err)
		}
		if err := readFull(im.r, b[:s.FileSize], s.Offset); err != nil {
			return fmt.Errorf("%s: read segment for %#x: %w", im.Name, pa, err)
		}
		mem.NoteWrite(pa, s.FileSize)
		if rest := s.MemSize - s.FileSize; rest > 0 {
			if err := mem.Clear(pa+s.FileSize, rest); err != nil {
				return fmt.Errorf("%s: %w", im.Name, err)
			}
		}
	}
	return nil
}
