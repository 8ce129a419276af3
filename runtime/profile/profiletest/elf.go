package profiletest

import (
	"encoding/binary"
	"maps"
	"slices"
)

// ELF is a program or a library of the guest's.
type ELF struct {
	Vaddr   uint64 // of its code, at the start of a page
	Text    []byte
	BuildID string
	Symbols map[string]uint64
	NoText  bool // a file of symbols that were taken out of another one
}

const (
	textAt  = 4096 // in the file
	section = 64
)

// Bytes returns the file.
func (e *ELF) Bytes() []byte {
	le := binary.LittleEndian
	b := make([]byte, textAt)
	if !e.NoText {
		b = append(b, e.Text...)
	}
	note := append(le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, 4), uint32(len(e.BuildID))), 3), "GNU\x00"+e.BuildID...)
	noteAt := len(b)
	b = append(b, note...)
	symbols, names := make([]byte, 24), []byte{0}
	for _, name := range slices.Sorted(maps.Keys(e.Symbols)) {
		symbols = le.AppendUint32(symbols, uint32(len(names)))
		symbols = append(symbols, 2, 0, 1, 0) // a function, in the first section
		symbols = le.AppendUint64(le.AppendUint64(symbols, e.Symbols[name]), 0)
		names = append(names, name+"\x00"...)
	}
	symbolsAt := len(b)
	b = append(b, symbols...)
	namesAt := len(b)
	b = append(b, names...)
	labels := []byte("\x00.note.gnu.build-id\x00")
	labelsAt := len(b)
	b = append(b, labels...)
	sections := len(b)
	header := func(name, kind uint32, at, n int, link uint32, entry uint64) {
		h := make([]byte, section)
		le.PutUint32(h, name)
		le.PutUint32(h[4:], kind)
		le.PutUint64(h[24:], uint64(at))
		le.PutUint64(h[32:], uint64(n))
		le.PutUint32(h[40:], link)
		le.PutUint64(h[56:], entry)
		b = append(b, h...)
	}
	header(0, 0, 0, 0, 0, 0)
	header(1, 7, noteAt, len(note), 0, 0)
	header(0, 2, symbolsAt, len(symbols), 3, 24)
	header(0, 3, namesAt, len(names), 0, 0)
	header(0, 3, labelsAt, len(labels), 0, 0)

	copy(b, "\x7fELF\x02\x01\x01")
	le.PutUint16(b[16:], 2)
	le.PutUint16(b[18:], 243)
	le.PutUint32(b[20:], 1)
	le.PutUint64(b[24:], e.Vaddr)
	le.PutUint64(b[32:], 64)
	le.PutUint64(b[40:], uint64(sections))
	le.PutUint16(b[52:], 64)
	le.PutUint16(b[54:], 56)
	le.PutUint16(b[56:], 1)
	le.PutUint16(b[58:], section)
	le.PutUint16(b[60:], 5)
	le.PutUint16(b[62:], 4)
	p := b[64:]
	le.PutUint32(p, 1)
	le.PutUint32(p[4:], 5)
	le.PutUint64(p[8:], textAt)
	le.PutUint64(p[16:], e.Vaddr)
	le.PutUint64(p[24:], e.Vaddr)
	if !e.NoText {
		le.PutUint64(p[32:], uint64(len(e.Text)))
	}
	le.PutUint64(p[40:], uint64(len(e.Text)))
	return b
}
