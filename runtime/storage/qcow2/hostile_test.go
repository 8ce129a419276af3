package qcow2

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	goruntime "runtime"
	"strings"
	"testing"
)

func put64(d []byte, off int, v uint64) { binary.BigEndian.PutUint64(d[off:], v) }
func put32(d []byte, off int, v uint32) { binary.BigEndian.PutUint32(d[off:], v) }

// written is an image of 64 KiB clusters with something in it: header, refcount table, refcount block, L1 table, L2 table
// and a cluster of data, in this order.
func written(t testing.TB) []byte {
	f := newMemFile(shape{Version: 3, ClusterBits: 16, RefcountOrder: 4, Size: 1 << 20}.Build(), false)
	im := mustOpen(t, f, nil)
	if _, err := im.WriteAt(bytes.Repeat([]byte{1}, 1<<16), 0); err != nil {
		t.Fatal(err)
	}
	if err := im.Close(); err != nil {
		t.Fatal(err)
	}
	return f.bytesOf()
}

const (
	atRefTable = 1 << 16
	atRefBlock = 2 << 16
	atL1       = 3 << 16
	atL2       = 4 << 16
	atData     = 5 << 16
)

// Headers that lie, features that are not known and metadata that overlap are refused by an error that names the file,
// for reading too where that cannot be trusted.
func TestHostileImages(t *testing.T) {
	const both, writing = true, false
	for _, c := range []struct {
		name    string
		spoil   func(d []byte)
		reading bool // is refused as well
		kind    error
		says    string
	}{
		{"magic", func(d []byte) { d[3] = 0 }, both, ErrCorrupt, "begin"},
		{"version", func(d []byte) { put32(d, 4, 4) }, both, ErrUnsupported, "version 4"},
		{"encryption", func(d []byte) { put32(d, 32, 2) }, both, ErrUnsupported, "encrypted"},
		{"small clusters", func(d []byte) { put32(d, 20, 8) }, both, ErrCorrupt, "2^8"},
		{"large clusters", func(d []byte) { put32(d, 20, 22) }, both, ErrCorrupt, "2^22"},
		{"no disk", func(d []byte) { put64(d, 24, 0) }, both, ErrCorrupt, "0 bytes"},
		{"huge disk", func(d []byte) { put64(d, 24, 1<<63) }, both, ErrCorrupt, "disk of"},
		{"disk larger than L1", func(d []byte) { put64(d, 24, 1<<40) }, both, ErrCorrupt, "too small"},
		{"huge L1", func(d []byte) { put32(d, 36, 1<<31) }, both, ErrLimit, "L1 table"},
		{"large L1 in a small file", func(d []byte) { put32(d, 36, 1<<22) }, both, ErrCorrupt, "L1 table"},
		{"L1 nowhere", func(d []byte) { put64(d, 40, 1<<62) }, both, ErrCorrupt, "L1 table"},
		{"L1 below zero", func(d []byte) { put64(d, 40, ^uint64(0xffff)) }, both, ErrCorrupt, "L1 table"},
		{"L1 at no cluster", func(d []byte) { put64(d, 40, atL1+8) }, both, ErrCorrupt, "L1 table"},
		{"L1 in the header", func(d []byte) { put64(d, 40, 0) }, both, ErrCorrupt, "L1 table"},
		{"refcount table nowhere", func(d []byte) { put64(d, 48, 1<<40) }, both, ErrCorrupt, "refcount table"},
		{"huge refcount table", func(d []byte) { put32(d, 56, 1<<30) }, both, ErrCorrupt, "refcount table"},
		{"no refcount table", func(d []byte) { put32(d, 56, 0) }, both, ErrCorrupt, "refcount table"},
		{"many snapshots", func(d []byte) { put32(d, 60, 1<<20) }, both, ErrLimit, "snapshots"},
		{"external data", func(d []byte) { put64(d, 72, featureExternal) }, both, ErrUnsupported, "external"},
		{"subclusters", func(d []byte) { put64(d, 72, featureExtendedL2) }, both, ErrUnsupported, "extended L2"},
		{"unknown feature", func(d []byte) { put64(d, 72, 1<<40) }, both, ErrUnsupported, "0x10000000000"},
		{"compression without its bit", func(d []byte) { d[104] = 1 }, both, ErrCorrupt, "compression"},
		{"unknown compression", func(d []byte) { put64(d, 72, featureCompression); d[104] = 7 }, both, ErrUnsupported, "not known"},
		{"wide refcounts", func(d []byte) { put32(d, 96, 7) }, both, ErrCorrupt, "2^7"},
		{"header length", func(d []byte) { put32(d, 100, 1<<30) }, both, ErrCorrupt, "header of"},
		{"backing name outside", func(d []byte) { put64(d, 8, 1<<16-10); put32(d, 16, 100) }, both, ErrCorrupt, "backing file"},
		{"long backing name", func(d []byte) { put64(d, 8, 200); put32(d, 16, 1024) }, both, ErrCorrupt, "backing file"},
		{"endless extension", func(d []byte) { put32(d, 112, 5); put32(d, 116, 1<<31) }, both, ErrCorrupt, "extension"},
		{"backing file", func(d []byte) { put64(d, 8, 200); put32(d, 16, 4); copy(d[200:], "base") }, both, nil, "base"},

		{"dirty", func(d []byte) { put64(d, 72, featureDirty) }, writing, ErrUnsupported, "qemu-img check -r all"},
		{"marked corrupt", func(d []byte) { put64(d, 72, featureCorrupt) }, writing, ErrCorrupt, "marked"},
		{"data is the refcount table", func(d []byte) { put64(d, atL2, flagCopied|1<<16) }, writing, ErrCorrupt, "both the refcount table and data"},
		{"data is an L2 table", func(d []byte) { put64(d, atL2, flagCopied|atL2) }, writing, ErrCorrupt, "both an L2 table and data"},
		{"data is the L1 table", func(d []byte) { put64(d, atL2, flagCopied|atL1) }, writing, ErrCorrupt, "both an L1 table and data"},
		{"data is a refcount block", func(d []byte) { put64(d, atL2, flagCopied|atRefBlock) }, writing, ErrCorrupt, "both a refcount block and data"},
		{"compressed data is a table", func(d []byte) { put64(d, atL2+8, flagCompressed|atL1+100) }, writing, ErrCorrupt, "both an L1 table and data"},
		{"L2 table is the L1 table", func(d []byte) { put64(d, atL1, flagCopied|atL1) }, writing, ErrCorrupt, "an L1 table"},
		{"refcount block is the table", func(d []byte) { put64(d, atRefTable, atRefTable) }, writing, ErrCorrupt, "refcount"},
		{"refcount block nowhere", func(d []byte) { put64(d, atRefTable, 1<<50) }, writing, ErrCorrupt, "refcount table leads"},
		{"one cluster twice", func(d []byte) { put64(d, atL2+8, flagCopied|atData) }, writing, ErrCorrupt, "2 references, and a refcount of 1"},
		{"no refcount", func(d []byte) { d[atRefBlock+11] = 0 }, writing, ErrCorrupt, "0 references"},
		{"shared, and marked as owned", func(d []byte) { d[atRefBlock+11] = 2 }, writing, ErrCorrupt, "may be written to, and has 2"},
		{"L2 entry beyond the end", func(d []byte) { put64(d, atL2, flagCopied|1<<40) }, writing, ErrCorrupt, "beyond the file's end"},
		{"L2 entry with reserved bits", func(d []byte) { put64(d, atL2, flagCopied|atData|2) }, writing, ErrCorrupt, "reserved"},
		{"L2 entry at no cluster", func(d []byte) { put64(d, atL2, flagCopied|atData|512) }, writing, ErrCorrupt, "no cluster"},
		{"L1 entry beyond the end", func(d []byte) { put64(d, atL1, flagCopied|1<<40) }, writing, ErrCorrupt, "beyond the file's end"},
		{"L1 entry with reserved bits", func(d []byte) { put64(d, atL1, flagCopied|atL2|1<<60) }, writing, ErrCorrupt, "reserved"},
		{"snapshot table nowhere", func(d []byte) { put32(d, 60, 1); put64(d, 64, 1<<50) }, writing, ErrCorrupt, "snapshot table"},
		{"snapshot of the L1 table's size", func(d []byte) { put32(d, 60, 1); put64(d, 64, atData) }, writing, ErrCorrupt, "snapshot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := written(t)
			c.spoil(d)
			for _, readOnly := range []bool{false, true} {
				im, err := Open(t.Context(), newMemFile(bytes.Clone(d), readOnly), Config{Name: "dir/bad.qcow2"})
				if readOnly && !c.reading {
					if err != nil {
						t.Errorf("for reading: %v", err)
						continue
					}
					p := make([]byte, 1<<20) // an error, or bytes
					if _, err := im.ReadAt(p, 0); err != nil && !strings.Contains(err.Error(), "bad.qcow2") {
						t.Errorf("reading says %v", err)
					}
					continue
				}
				if err == nil || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "dir/bad.qcow2: ") {
					t.Errorf("read-only %t: error %v, want %v that says %q", readOnly, err, c.kind, c.says)
				}
			}
		})
	}
	if _, err := Open(t.Context(), newMemFile([]byte(Magic), true), Config{Name: "short"}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("four bytes: %v", err)
	}
}

// A compressed cluster that holds rubbish, or far more than a cluster, is an error or a cluster.
func TestHostileCompression(t *testing.T) {
	for _, method := range []byte{compressionZlib, compressionZstd} {
		f := newMemFile(shape{Version: 3, ClusterBits: 16, RefcountOrder: 4, Size: 1 << 20, Compression: method}.Build(), false)
		im := mustOpen(t, f, nil)
		long := squeeze(t, method, make([]byte, 4<<20))
		short := squeeze(t, method, make([]byte, 100))
		rubbish := bytes.Repeat([]byte{0xfe, 0x91, 7}, 100)
		for i, packed := range [][]byte{long[:min(len(long), 1<<15)], short, rubbish} {
			c, _, err := im.alloc(1)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(packed, c<<16); err != nil {
				t.Fatal(err)
			}
			table, err := im.ownL2(0)
			if err != nil {
				t.Fatal(err)
			}
			im.cache.set(table, i, flagCompressed|uint64(c<<16)|uint64(len(packed)/512)<<(62-8))
		}
		p := make([]byte, 1<<16)
		if _, err := im.ReadAt(p, 0); err != nil || bytes.Count(p, []byte{0}) != len(p) {
			t.Errorf("method %d: a long one: %v", method, err)
		}
		for _, off := range []int64{1 << 16, 2 << 16} {
			if _, err := im.ReadAt(p, off); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "test.qcow2") {
				t.Errorf("method %d: at %#x: %v", method, off, err)
			}
		}
	}
}

// Opening takes no memory for what a header claims and a file does not have.
func TestMemoryIsBounded(t *testing.T) {
	d := written(t)
	put32(d, 36, maxL1Bytes/8)
	put32(d, 56, maxRefTableBytes>>16)
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	for range 100 {
		if _, err := Open(t.Context(), newMemFile(d, false), Config{Name: "a"}); err == nil {
			t.Fatal("opened")
		}
	}
	goruntime.ReadMemStats(&after)
	if n := (after.TotalAlloc - before.TotalAlloc) / 100; n > 1<<20 {
		t.Errorf("%d bytes a try", n)
	}
}

// L2 tables and unpacked clusters in memory stay within their bounds, whatever is read and written.
func TestCachesAreBounded(t *testing.T) {
	f := newMemFile(shape{Version: 3, ClusterBits: 9, RefcountOrder: 4, Size: 4 << 20}.Build(), false)
	im := mustOpen(t, f, nil)
	im.cache.limit, im.unpacked.limit = 8, 2
	rng := rand.New(rand.NewPCG(1, 2))
	model := make([]byte, 4<<20)
	for range 600 {
		act(t, rng, im, model)
		if n := len(im.cache.ring); n > 10 || len(im.cache.byIndex) != n {
			t.Fatalf("%d tables in the ring, %d in the map", n, len(im.cache.byIndex))
		}
	}
	for i := range 10 {
		im.unpacked.put(uint64(i), []byte{1})
	}
	if len(im.unpacked.data) != 2 || im.unpacked.get(9) == nil || im.unpacked.get(8) == nil {
		t.Errorf("%d unpacked clusters", len(im.unpacked.data))
	}
	if err := im.Close(); err != nil {
		t.Fatal(err)
	}
	checked(t, "in the end", f.bytesOf(), nil)
	if !bytes.Equal(contents(t, f.bytesOf(), nil), model) {
		t.Error("the disk differs")
	}
}

// A check of a large image ends with its context.
func TestCheckEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, newMemFile(written(t), false), Config{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// FuzzImage opens what is nearly an image, and uses it: nothing panics, and an image that can be written to stays sound.
func FuzzImage(f *testing.F) {
	small := newMemFile(shape{Version: 3, ClusterBits: 9, RefcountOrder: 4, Size: 60 << 10}.Build(), false)
	im := mustOpen(f, small, nil)
	if err := errors.Join(im.writeZeros(1024, 9000), im.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(small.bytesOf(), uint64(1))
	f.Add(shape{Version: 2, ClusterBits: 9, RefcountOrder: 4, Size: 100 << 10}.Build(), uint64(2))
	f.Add(shape{Version: 3, ClusterBits: 9, RefcountOrder: 6, Size: 100 << 10, Compression: 1}.Build(), uint64(3))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		if len(data) > 1<<20 {
			return
		}
		for _, readOnly := range []bool{true, false} {
			file := newMemFile(bytes.Clone(data), readOnly)
			im, err := Open(t.Context(), file, Config{Name: "fuzz"})
			if err != nil {
				continue
			}
			rng := rand.New(rand.NewPCG(seed, 1))
			p := make([]byte, 3*512)
			for range 30 {
				off := rng.Int64N(im.end()) &^ 511
				if !readOnly && rng.IntN(2) == 0 {
					off %= 1 << 22
					_, err = im.WriteAt(p[:min(im.end()-off, int64(len(p)))], off)
				} else {
					_, err = im.ReadAt(p, off)
				}
				if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrLimit) {
					t.Fatal(err)
				}
			}
			if readOnly {
				continue
			}
			if err := im.Close(); err != nil {
				t.Fatal(err)
			}
			checked(t, "in the end", file.bytesOf(), nil)
		}
	})
}

// A file does not grow beyond the clusters that are counted, and one that has more is read only.
func TestFilesHaveAtMostSoManyClusters(t *testing.T) {
	s := shape{Version: 3, ClusterBits: 9, RefcountOrder: 4, Size: 1 << 20}
	f := newMemFile(s.Build(), false)
	f.opened = (maxClusters + 1) << 9
	if _, err := Open(t.Context(), f, Config{Name: "large"}); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("opened for writing: %v", err)
	}
	f.readOnly = true
	mustOpen(t, f, nil)

	im := mustOpen(t, newMemFile(s.Build(), false), nil)
	im.refs.hint, im.refs.end = maxClusters, maxClusters
	if _, err := im.WriteAt(make([]byte, 512), 0); !errors.Is(err, ErrLimit) {
		t.Errorf("a write beyond the last cluster: %v", err)
	}
}
