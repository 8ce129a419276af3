package partition

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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
var esp = []byte{0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b}

// HasESP reports whether a disk has an EFI system partition. A disk without a table has none.
func HasESP(disk io.ReaderAt, size int64) (bool, error) {
	if size < mbrSize {
		return false, nil
	}
	var mbr [mbrSize]byte
	if _, err := disk.ReadAt(mbr[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if mbr[510] != 0x55 || mbr[511] != 0xaa {
		return false, nil
	}
	protective := false
	for at := mbrEntries; at < 510; at += 16 {
		switch mbr[at+4] {
		case typeESP:
			return true, nil
		case typeGPT:
			protective = true
		}
	}
	if !protective {
		return false, nil
	}
	return gptHasESP(disk, size)
}

// gptHasESP looks for a GUID partition table, which begins in the second sector, and its entries.
func gptHasESP(disk io.ReaderAt, size int64) (bool, error) {
	for _, sector := range sectorSizes {
		if size < 2*sector {
			break
		}
		var header [gptHeader]byte
		if _, err := disk.ReadAt(header[:], sector); err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if string(header[:len(gptMagic)]) == gptMagic {
			return entriesHaveESP(disk, size, sector, header[:])
		}
	}
	return false, fmt.Errorf("%w: its boot record speaks of a GUID partition table, which is not there", ErrBad)
}

// entriesHaveESP looks at the entries that a header tells of.
func entriesHaveESP(disk io.ReaderAt, size, sector int64, header []byte) (bool, error) {
	le := binary.LittleEndian
	first, count, entry := le.Uint64(header[72:]), int64(le.Uint32(header[80:])), int64(le.Uint32(header[84:]))
	length := count * entry
	switch {
	case entry < minEntry || entry > maxEntry || count > maxArray || length > maxArray:
		return false, fmt.Errorf("%w: %d entries of %d bytes", ErrBad, count, entry)
	case first < 2 || first > uint64(size/sector) || length > size-int64(first)*sector:
		return false, fmt.Errorf("%w: %d bytes of entries at sector %d of %d", ErrBad, length, first, size/sector)
	}
	entries := make([]byte, length)
	if n, err := disk.ReadAt(entries, int64(first)*sector); err != nil && !(errors.Is(err, io.EOF) && int64(n) == length) {
		return false, err
	}
	for ; len(entries) > 0; entries = entries[entry:] {
		if bytes.HasPrefix(entries, esp) {
			return true, nil
		}
	}
	return false, nil
}
