package codestore

import (
	"bytes"
	"os"
	"reflect"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/tier"
)

// pieces are three records of one length.
func pieces() map[string]*tier.Code {
	return map[string]*tier.Code{"one": sample(1, 24), "two": sample(2, 24), "six": sample(3, 24)}
}

// used opens the store and returns which pieces are found; it fails if one is found that is not right.
func used(t *testing.T, path string) (found map[string]bool, stats Stats) {
	t.Helper()
	s := open(t, path)
	found = map[string]bool{}
	for origin, want := range pieces() {
		if c := s.find(origin); c != nil {
			if !reflect.DeepEqual(c, want) {
				t.Fatalf("%q: wrong code was found: %+v", origin, c)
			}
			found[origin] = true
		}
	}
	stats = s.Stats()
	s.close()
	return found, stats
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustWrite(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A file in which any one bit is another one: the record that it is in is not used, and no
// record if it is in what they share. The test knows nothing of fields, so that it is of all.
func TestEveryBitIsChecked(t *testing.T) {
	path := newDir(t)
	file := write(t, path, pieces())
	whole := mustRead(t, file)
	if found, _ := used(t, path); len(found) != 3 {
		t.Fatal("nothing is wrong, and not all was found")
	}
	end := int(le.Uint64(whole[atIndex:]))
	begin := headBytes + len(maker)
	length := (end - begin) / 3
	for i := range whole {
		for bit := range 8 {
			if testing.Short() && bit != i%8 {
				continue
			}
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			mustWrite(t, file, b)
			want := 0
			if i >= begin && i < end {
				want = 2
			}
			found, stats := used(t, path)
			if len(found) != want || stats.Damaged+stats.Refused != 1 {
				t.Fatalf("bit %d of byte %d (records of %d bytes from %d): found %v, %+v", bit, i, length, begin, found, stats)
			}
		}
	}
}

// A file that ends anywhere before its end is not used, nor is one that goes on behind it.
func TestEveryLengthIsChecked(t *testing.T) {
	path := newDir(t)
	file := write(t, path, pieces())
	whole := mustRead(t, file)
	for n := range len(whole) {
		mustWrite(t, file, whole[:n])
		if found, stats := used(t, path); len(found) != 0 || stats.Refused != 1 {
			t.Fatalf("%d of %d bytes: found %v, %+v", n, len(whole), found, stats)
		}
	}
	mustWrite(t, file, append(bytes.Clone(whole), make([]byte, entryBytes)...))
	if found, _ := used(t, path); len(found) != 0 {
		t.Errorf("with bytes behind it: found %v", found)
	}
}

// Records that have changed places are not used, though each is whole.
func TestSwappedRecords(t *testing.T) {
	path := newDir(t)
	file := write(t, path, pieces())
	whole := mustRead(t, file)
	index := whole[le.Uint64(whole[atIndex:]):]
	place := func(i int) []byte { return index[i*entryBytes:] } // offset at 8, length at 12
	one, two := le.Uint32(place(0)[8:]), le.Uint32(place(1)[8:])
	n := min(le.Uint32(place(0)[12:]), le.Uint32(place(1)[12:]))
	b := bytes.Clone(whole)
	copy(b[one:], whole[two:][:n])
	copy(b[two:], whole[one:][:n])
	mustWrite(t, file, b)
	if found, stats := used(t, path); len(found) != 1 || stats.Damaged != 2 {
		t.Errorf("found %v, %+v", found, stats)
	}
}

// A file that is truncated or changed after the store has been opened is not used from then on.
func TestDamagedWhileOpen(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"truncated": func(b []byte) []byte { return b[:headBytes+1] },
		"changed": func(b []byte) []byte {
			clear(b[headBytes:])
			return b
		},
	} {
		path := newDir(t)
		file := write(t, path, pieces())
		s := open(t, path)
		mustWrite(t, file, damage(mustRead(t, file))) // in place: the same file
		for origin := range pieces() {
			if s.find(origin) != nil {
				t.Errorf("%s: %q was found", name, origin)
			}
			s.Add([]byte(origin), 1, pieces()[origin])
		}
		if x := s.Stats(); x.Damaged != 3 || x.Records != 0 || x.Added != 3 {
			t.Errorf("%s: %+v", name, x)
		}
		s.close()
	}
}

// A record whose checksum is right is not believed either: whatever it says lies within it. It is made by a
// writer that is wrong.
func TestMalformedRecords(t *testing.T) {
	good := sample(1, 24)
	whole := appendRecord(nil, []byte("origin"), 1, good)
	var into tier.Code
	if from, level, err := readRecord(whole, &into); err != nil || string(from) != "origin" || level != 1 || !reflect.DeepEqual(&into, good) {
		t.Fatalf("%q %d %v %+v", from, level, err, into)
	}
	for n := range len(whole) {
		if _, _, err := readRecord(whole[:n], &into); err == nil {
			t.Errorf("%d of %d bytes are a record", n, len(whole))
		}
	}
	for name, spoil := range map[string]func(*tier.Code){
		"stub":        func(c *tier.Code) { c.Links[3].Stub = 24 },
		"reloc":       func(c *tier.Code) { c.Relocs[1].Offset = 24 },
		"end":         func(c *tier.Code) { c.Relocs[1].Offset = 21 },
		"link":        func(c *tier.Code) { c.Relocs[1].Target, c.Relocs[1].N = tier.ToLink, 8 },
		"unaligned":   func(c *tier.Code) { c.Relocs[1].Target, c.Relocs[1].N, c.Relocs[1].Offset = tier.ToLink, 0, 2 },
		"far":         func(c *tier.Code) { c.Relocs[1].Offset = 1<<32 - 1 },
		"resumption":  func(c *tier.Code) { c.Exits[2].Resume = 24 },
		"of no bytes": func(c *tier.Code) { c.Bytes = nil },
	} {
		c := sample(1, 24)
		spoil(c)
		if _, _, err := readRecord(appendRecord(nil, []byte("origin"), 1, c), &into); err == nil {
			t.Errorf("%s: believed", name)
		}
	}
}
