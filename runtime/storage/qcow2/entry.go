package qcow2

// Bits of entries of L1 and L2 tables.
const (
	flagCopied     = 1 << 63 // what it leads to has no other reference
	flagCompressed = 1 << 62
	flagZero       = 1 << 0

	maskOffset   = 1<<56 - 1<<9
	maskReserved = 1<<62 - 1<<56 | (1<<9 - 1<<1) // of an L2 entry; bit 0 is flagZero
)

// kind is what an entry of an L2 table says of a guest cluster.
type kind int

const (
	absent     kind = iota // it is the backing file's, or zeros
	zeros                  // it is zeros; a host cluster may be kept for it
	standard               // it is a host cluster
	compressed             // it is packed
)

// entry is what an L2 entry says, checked.
type entry struct {
	kind   kind
	host   int64 // offset in the file; 0: none
	length int64 // of packed data, in bytes; up to 511 more than were stored
	copied bool  // the host cluster may be written to
}

// decode checks an L2 entry. Caller holds mu.
func (im *Image) decode(e uint64) (entry, error) {
	if e&flagCompressed != 0 {
		return im.decodeCompressed(e)
	}
	d := entry{kind: standard, host: int64(e & maskOffset), copied: e&flagCopied != 0}
	switch {
	case e&maskReserved != 0, e&flagZero != 0 && im.h.Version < 3:
		return d, corrupt("L2 entry %#x has bits that are reserved", e)
	case d.host%im.cluster != 0, d.host == 0 && d.copied:
		return d, corrupt("L2 entry %#x leads to no cluster", e)
	case d.host >= im.fileEnd:
		return d, corrupt("L2 entry %#x leads beyond the file's end, %#x", e, im.fileEnd)
	case e&flagZero != 0:
		d.kind = zeros
	case d.host == 0:
		d.kind = absent
	}
	return d, nil
}

func (im *Image) decodeCompressed(e uint64) (entry, error) {
	x := 62 - (im.bits - 8)
	off := e & (1<<x - 1)
	sectors := int64(e>>x&(1<<(im.bits-8)-1)) + 1
	d := entry{kind: compressed, host: int64(off), length: sectors*512 - int64(off%512)}
	switch {
	case e&flagCopied != 0 || off>>56 != 0:
		return d, corrupt("L2 entry %#x has bits that are reserved", e)
	case d.host < im.cluster || d.host >= im.fileEnd:
		return d, corrupt("L2 entry %#x leads beyond the file's end, %#x, or to its header", e, im.fileEnd)
	}
	return d, nil
}

// clusters are the host clusters that an entry refers to, by number: n from first on.
func (im *Image) clusters(d entry) (first, n int64) {
	switch {
	case d.kind == compressed:
		first = d.host >> im.bits
		return first, (d.host+d.length-1)>>im.bits - first + 1
	case d.host != 0:
		return d.host >> im.bits, 1
	}
	return 0, 0
}

// decodeL1 returns the offset of an L2 table, 0 if there is none. Caller holds mu.
func (im *Image) decodeL1(e uint64) (off int64, copied bool, err error) {
	off = int64(e & maskOffset)
	switch {
	case e&^(maskOffset|flagCopied) != 0:
		return 0, false, corrupt("L1 entry %#x has bits that are reserved", e)
	case off%im.cluster != 0, off == 0 && e != 0:
		return 0, false, corrupt("L1 entry %#x leads to no cluster", e)
	case off >= im.fileEnd:
		return 0, false, corrupt("L1 entry %#x leads beyond the file's end, %#x", e, im.fileEnd)
	}
	return off, e&flagCopied != 0, nil
}

// place says which entry of which L2 table belongs to an offset of the disk.
func (im *Image) place(off int64) (index, slot int) {
	guest := off >> im.bits
	perTable := im.cluster / 8
	return int(guest / perTable), int(guest % perTable)
}
