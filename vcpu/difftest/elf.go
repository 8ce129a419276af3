package difftest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// ELF returns the image as a static executable for riscv64 Linux.
func (img *Image) ELF() []byte {
	const headerSize, progSize = 64, 56
	header := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_RISCV), Version: uint32(elf.EV_CURRENT),
		Entry: img.entry, Phoff: headerSize, Ehsize: headerSize, Phentsize: progSize, Phnum: uint16(len(img.segments())),
		Flags: 1 | 4, // RVC, double-float ABI
	}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	header.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION] = byte(elf.EV_CURRENT)

	var head, body bytes.Buffer
	_ = binary.Write(&head, binary.LittleEndian, header) // a Buffer takes everything
	for _, s := range img.segments() {
		// The offset in the file and the address agree within a page.
		body.Write(make([]byte, (s.addr-uint64(body.Len()))%pageSize))
		flags := elf.PF_R | elf.PF_W
		if s.exec {
			flags |= elf.PF_X
		}
		_ = binary.Write(&head, binary.LittleEndian, elf.Prog64{
			Type: uint32(elf.PT_LOAD), Flags: uint32(flags), Align: pageSize,
			Off: uint64(pageSize + body.Len()), Vaddr: s.addr, Paddr: s.addr,
			Filesz: uint64(len(s.bytes)), Memsz: uint64(len(s.bytes)),
		})
		body.Write(s.bytes)
	}
	head.Write(make([]byte, pageSize-head.Len()))
	return append(head.Bytes(), body.Bytes()...)
}
