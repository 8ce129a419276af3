package partition

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// ErrBad reports a partition table that no disk has.
var ErrBad = errors.New("the partition table is damaged")

const (
	mbrSize    = 512
	mbrEntries = 446
	typeGPT    = 0xee // of the one entry of a protective boot record
	typeESP    = 0xef

	gptMagic  = "EFI PART"
	gptHeader = 92
	minEntry  = 128
	maxEntry  = 4096
	maxArray  = 1 << 20
)

// sectorSizes are those that disks have.
var sectorSizes = []int64{512, 4096}

// esp is the type of an EFI system partition, C12A7328-F81F-11D2-BA4B-00A0C93EC93B, as it stands on the disk.
var (
	none = make([]byte, 16)
	esp  = []byte{0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b}
)

var le = binary.LittleEndian

// Part is a partition: bytes of a disk.
type Part struct {
	First, Size int64
	ESP         bool // an EFI system partition
}

// List returns the partitions of a disk, in the order of its table. A disk without a table has none, and of a boot record those behind
// an extended partition are left out.
func List(disk io.ReaderAt, size int64) ([]Part, error) {
	if size < mbrSize {
		return nil, nil
	}
	var mbr [mbrSize]byte
	if err := read(disk, mbr[:], 0); err != nil {
		return nil, err
	}
	if mbr[510] != 0x55 || mbr[511] != 0xaa {
		return nil, nil
	}
	var parts []Part
	protective := false
	for at := mbrEntries; at < 510; at += 16 {
		switch entry := mbr[at : at+16]; entry[4] {
		case 0:
		case typeGPT:
			protective = true
		default:
			const sector = 512
			parts = append(parts, Part{int64(le.Uint32(entry[8:])) * sector, int64(le.Uint32(entry[12:])) * sector, entry[4] == typeESP})
		}
	}
	if !protective {
		return parts, nil
	}
	guid, err := guidTable(disk, size)
	if err != nil && len(parts) > 0 { // a hybrid record knows some of them
		return parts, nil
	}
	return guid, err
}

// HasESP reports whether a disk has an EFI system partition.
func HasESP(disk io.ReaderAt, size int64) (bool, error) {
	parts, err := List(disk, size)
	return slices.ContainsFunc(parts, func(p Part) bool { return p.ESP }), err
}

// guidTable looks for a GUID partition table, which begins in the second sector, and lists what is in it.
func guidTable(disk io.ReaderAt, size int64) ([]Part, error) {
	for _, sector := range sectorSizes {
		if size < 2*sector {
			break
		}
		var header [gptHeader]byte
		if err := read(disk, header[:], sector); err != nil {
			return nil, err
		}
		if string(header[:len(gptMagic)]) == gptMagic {
			return entries(disk, size, sector, header[:])
		}
	}
	return nil, fmt.Errorf("%w: its boot record speaks of a GUID partition table, which is not there", ErrBad)
}

// entries lists the entries that a header tells of. One that ends before it begins, or behind the disk, is no partition.
func entries(disk io.ReaderAt, size, sector int64, header []byte) ([]Part, error) {
	first, count, entry := le.Uint64(header[72:]), int64(le.Uint32(header[80:])), int64(le.Uint32(header[84:]))
	length, sectors := count*entry, uint64(size/sector)
	switch {
	case entry < minEntry || entry > maxEntry || count > maxArray || length > maxArray:
		return nil, fmt.Errorf("%w: %d entries of %d bytes", ErrBad, count, entry)
	case first < 2 || first > sectors || length > size-int64(first)*sector:
		return nil, fmt.Errorf("%w: %d bytes of entries at sector %d of %d", ErrBad, length, first, sectors)
	}
	array := make([]byte, length)
	if err := read(disk, array, int64(first)*sector); err != nil {
		return nil, err
	}
	var parts []Part
	for ; len(array) > 0; array = array[entry:] {
		kind, from, to := array[:16], le.Uint64(array[32:]), le.Uint64(array[40:])
		if !bytes.Equal(kind, none) && from <= to && to < sectors {
			parts = append(parts, Part{int64(from) * sector, int64(to-from+1) * sector, bytes.Equal(kind, esp)})
		}
	}
	return parts, nil
}

// read reads bytes; behind the end of the disk there are zeros.
func read(disk io.ReaderAt, p []byte, at int64) error {
	if _, err := disk.ReadAt(p, at); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
