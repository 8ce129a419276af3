package elfimage

import "encoding/binary"

// seg describes a segment of a file made by build.
type seg struct {
	vaddr, paddr uint64
	data         []byte
	memsz        uint64
	flags        uint32
}

// sym describes a symbol of a file made by build.
type sym struct {
	name  string
	value uint64
	size  uint64
	typ   byte
	sect  uint16
}

// build makes an ELF file: header, program headers, segment contents, then the
// symbol table, its strings and three section headers.
func build(entry uint64, segs []seg, syms []sym) []byte {
	le := binary.LittleEndian
	b := make([]byte, headerSize+phdrSize*len(segs))
	copy(b, "\x7fELF\x02\x01\x01")
	le.PutUint16(b[16:], typeExec)
	le.PutUint16(b[18:], machineRISCV)
	le.PutUint32(b[20:], 1)
	le.PutUint64(b[24:], entry)
	le.PutUint64(b[32:], headerSize)
	le.PutUint16(b[52:], headerSize)
	le.PutUint16(b[54:], phdrSize)
	le.PutUint16(b[56:], uint16(len(segs)))
	le.PutUint16(b[58:], sectionSize)
	for i, s := range segs {
		p := b[headerSize+i*phdrSize:]
		le.PutUint32(p, segLoad)
		le.PutUint32(p[4:], s.flags)
		le.PutUint64(p[8:], uint64(len(b)))
		le.PutUint64(p[16:], s.vaddr)
		le.PutUint64(p[24:], s.paddr)
		le.PutUint64(p[32:], uint64(len(s.data)))
		le.PutUint64(p[40:], max(s.memsz, uint64(len(s.data))))
		b = append(b, s.data...)
	}
	if syms == nil {
		return b
	}
	str := []byte{0}
	tabOff := len(b)
	b = append(b, make([]byte, symbolSize)...)
	for _, s := range syms {
		var e [symbolSize]byte
		le.PutUint32(e[:], uint32(len(str)))
		e[4] = s.typ
		le.PutUint16(e[6:], s.sect)
		le.PutUint64(e[8:], s.value)
		le.PutUint64(e[16:], s.size)
		b = append(b, e[:]...)
		str = append(append(str, s.name...), 0)
	}
	strOff := len(b)
	b = append(b, str...)
	le.PutUint64(b[40:], uint64(len(b)))
	le.PutUint16(b[60:], 3)
	sects := make([]byte, 3*sectionSize)
	tab, names := sects[sectionSize:], sects[2*sectionSize:]
	le.PutUint32(tab[4:], sectSymtab)
	le.PutUint64(tab[24:], uint64(tabOff))
	le.PutUint64(tab[32:], uint64(strOff-tabOff))
	le.PutUint32(tab[40:], 2)
	le.PutUint32(names[4:], 3)
	le.PutUint64(names[24:], uint64(strOff))
	le.PutUint64(names[32:], uint64(len(str)))
	return append(b, sects...)
}
