package partition

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

// entries of boot records.
func mbr(types ...byte) []byte {
	b := make([]byte, mbrSize)
	for i, t := range types {
		b[mbrEntries+16*i+4] = t
	}
	b[510], b[511] = 0x55, 0xaa
	return b
}

// gpt is a disk of 1 MiB with a table in sectors of that size, whose partition number at is an EFI system partition.
func gpt(sector, count, entry, at int) []byte {
	d := make([]byte, 1<<20)
	copy(d, mbr(typeGPT))
	h := d[sector:]
	copy(h, gptMagic)
	binary.LittleEndian.PutUint64(h[72:], 2)
	binary.LittleEndian.PutUint32(h[80:], uint32(count))
	binary.LittleEndian.PutUint32(h[84:], uint32(entry))
	for i := range min(count, 64) {
		guid := bytes.Repeat([]byte{byte(i + 1)}, 16)
		if i == at {
			guid = esp
		}
		copy(d[2*sector+i*entry:], guid)
	}
	return d
}

func with(d []byte, at int, bytes ...byte) []byte {
	copy(d[at:], bytes)
	return d
}

func TestHasESP(t *testing.T) {
	for name, c := range map[string]struct {
		disk []byte
		want bool
		bad  bool
	}{
		"nothing":                     {nil, false, false},
		"a short file":                {make([]byte, 511), false, false},
		"a file system without table": {bytes.Repeat([]byte{0xff}, 1<<16), false, false},
		"a boot record":               {mbr(0x83, 0x83), false, false},
		"a boot record with ESP":      {mbr(0x83, 0, 0, typeESP), true, false},
		"a hybrid one":                {mbr(typeGPT, typeESP), true, false},
		"GPT, ESP first":              {gpt(512, 128, 128, 0), true, false},
		"GPT, ESP 15th":               {gpt(512, 128, 128, 14), true, false},
		"GPT, ESP last":               {gpt(512, 20, 256, 19), true, false},
		"GPT without":                 {gpt(512, 128, 128, -1), false, false},
		"GPT in 4 KiB sectors":        {gpt(4096, 128, 128, 3), true, false},
		"GPT of no entries":           {gpt(512, 0, 128, -1), false, false},
		"no table behind it":          {append(mbr(typeGPT), make([]byte, 8192)...), false, true},
		"cut off":                     {gpt(512, 128, 128, 0)[:1024], false, true},
		"only a boot record":          {mbr(typeGPT), false, true},
		"entries of no bytes":         {gpt(512, 1<<31, 0, 0), false, true},
		"entries of odd bytes":        {with(gpt(512, 128, 128, 0), 512+84, 16, 0, 0, 0), false, true},
		"entries without end":         {with(gpt(512, 128, 128, 0), 512+80, 0xff, 0xff, 0xff, 0xff), false, true},
		"large entries without end":   {with(gpt(512, 128, 128, 0), 512+80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), false, true},
		"entries behind the end":      {with(gpt(512, 128, 128, 0), 512+72, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), false, true},
		"entries over the end":        {with(gpt(512, 128, 128, 0), 512+72, 0xff, 0x07), false, true},
		"entries in the header":       {with(gpt(512, 128, 128, 0), 512+72, 1), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := HasESP(bytes.NewReader(c.disk), int64(len(c.disk)))
			if got != c.want || errors.Is(err, ErrBad) != c.bad || (err != nil) != c.bad {
				t.Errorf("%t, %v", got, err)
			}
		})
	}
}

// Partitions are where the table says, and on the disk.
func TestList(t *testing.T) {
	record := mbr(0x83, 0, 0x0c)
	for at, v := range map[int]uint32{8: 2048, 12: 100, 32 + 8: 4096, 32 + 12: 7} {
		binary.LittleEndian.PutUint32(record[mbrEntries+at:], v)
	}
	table := gpt(512, 128, 128, 2)
	clear(table[1024+128 : 1024+129+15]) // the second entry is none
	for i, v := range []uint64{34, 35, 0, 0, 40, 2047, 50, 2048, 9, 8} {
		binary.LittleEndian.PutUint64(table[1024+i/2*128+32+i%2*8:], v)
	}
	clear(table[1024+5*128 : 1024+64*128])
	wide := gpt(4096, 1, 128, -1)
	binary.LittleEndian.PutUint64(wide[8192+32:], 6)
	binary.LittleEndian.PutUint64(wide[8192+40:], 7)
	for name, c := range map[string]struct {
		disk []byte
		want []Part
	}{
		"none":         {make([]byte, 1<<16), nil},
		"boot record":  {record, []Part{{1 << 20, 100 * 512, false}, {2 << 20, 7 * 512, false}}},
		"GUIDs":        {table, []Part{{34 * 512, 1024, false}, {40 * 512, 2008 * 512, true}}},
		"large sector": {wide, []Part{{6 << 12, 2 << 12, false}}},
	} {
		if got, err := List(bytes.NewReader(c.disk), int64(len(c.disk))); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
}

// broken is a disk that cannot be read from a byte on.
type broken struct {
	*bytes.Reader
	from int64
}

var errBroken = errors.New("broken")

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.from {
		return 0, errBroken
	}
	return b.Reader.ReadAt(p, off)
}

// TestDiskErrors has errors of the disk come back as they are.
func TestDiskErrors(t *testing.T) {
	d := gpt(512, 128, 128, 0)
	for _, from := range []int64{0, 600, 2000} {
		if _, err := HasESP(broken{bytes.NewReader(d), from}, int64(len(d))); !errors.Is(err, errBroken) {
			t.Errorf("from %d: %v", from, err)
		}
	}
}

// bounded notes how much is read of a disk of any size.
type bounded struct {
	io.ReaderAt
	read int
}

func (b *bounded) ReadAt(p []byte, off int64) (int, error) {
	b.read += len(p)
	return b.ReaderAt.ReadAt(p, off)
}

// FuzzHasESP reads tables of any bytes: little is read, nothing hangs, and an error is one of a bad table.
func FuzzHasESP(f *testing.F) {
	for _, sector := range sectorSizes {
		f.Add(gpt(int(sector), 4, 128, 1)[:3*sector], int64(1<<40))
	}
	f.Add(mbr(0x83, typeESP), int64(1<<20))
	f.Fuzz(func(t *testing.T, head []byte, size int64) {
		disk := &bounded{ReaderAt: endless(head)}
		_, err := HasESP(disk, size)
		if err != nil && !errors.Is(err, ErrBad) {
			t.Error(err)
		}
		if disk.read > maxArray+mbrSize+len(sectorSizes)*gptHeader {
			t.Errorf("%d bytes are read", disk.read)
		}
	})
}

// endless is a disk with zeros behind its first bytes.
type endless []byte

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("offset %d", off)
	}
	clear(p)
	if off < int64(len(e)) {
		copy(p, e[off:])
	}
	return len(p), nil
}
