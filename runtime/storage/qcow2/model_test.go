package qcow2

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// shapes are images of all kinds.
var shapes = []shape{
	{Version: 3, ClusterBits: 16, RefcountOrder: 4, Size: 1<<20 + 700},
	{Version: 2, ClusterBits: 15, RefcountOrder: 4, Size: 700 << 10},
	{Version: 3, ClusterBits: 9, RefcountOrder: 4, Size: 400<<10 + 512},
	{Version: 3, ClusterBits: 9, RefcountOrder: 6, Size: 2200 << 10}, // whose refcount table grows
	{Version: 3, ClusterBits: 10, RefcountOrder: 0, Size: 600 << 10},
	{Version: 3, ClusterBits: 12, RefcountOrder: 1, Size: 1 << 20, Backing: "base", BackingFormat: "raw"},
	{Version: 2, ClusterBits: 9, RefcountOrder: 4, Size: 300 << 10, Backing: "base", BackingFormat: "raw"},
	{Version: 3, ClusterBits: 12, RefcountOrder: 5, Size: 2 << 20, Backing: "base", BackingFormat: "raw"},
	{Version: 3, ClusterBits: 14, RefcountOrder: 3, Size: 1<<20 + 512, Backing: "base", BackingFormat: "raw", Compression: compressionZstd},
}

// prepared is an image of a shape with what it shows: some clusters are packed, where counts have room for it, and
// snapshotted with the rest, if withSnapshot.
func prepared(t testing.TB, s shape, withSnapshot bool) (data, backing, model []byte) {
	rng := rand.New(rand.NewPCG(uint64(s.ClusterBits), uint64(s.RefcountOrder)))
	model = make([]byte, (s.Size+511)&^511)
	if s.Backing != "" {
		backing = make([]byte, s.Size*2/3+100) // it ends within a sector
		fillRandom(rng, backing)
		copy(model, backing)
	}
	f := newMemFile(s.Build(), false)
	im := mustOpen(t, f, backing)
	if s.RefcountOrder >= 3 && s.ClusterBits >= 12 {
		var guest []int64
		var clusters [][]byte
		for g := range int64(6) {
			c := bytes.Repeat([]byte{byte(g), 1, 2, byte(g * 3)}, 1<<s.ClusterBits/4)
			fillRandom(rng, c[:1<<s.ClusterBits/16])
			guest, clusters = append(guest, 2*g), append(clusters, c)
			copy(model[2*g<<s.ClusterBits:], c)
		}
		pack(t, im, guest, clusters)
	}
	for range 20 {
		act(t, rng, im, model)
	}
	if withSnapshot {
		return snapshot(t, im), backing, model
	}
	if err := im.Close(); err != nil {
		t.Fatal(err)
	}
	return f.bytesOf(), backing, model
}

// fillDisk writes nearly all of a disk, piece by piece.
func fillDisk(t testing.TB, rng *rand.Rand, im *Image, model []byte) {
	const piece = 100 << 10
	for off := 0; off+piece <= len(model); off += piece {
		fillRandom(rng, model[off:off+piece])
		if _, err := im.WriteAt(model[off:off+piece], int64(off)); err != nil {
			t.Fatal(err)
		}
	}
}

// act does one random thing to an image and to its model, and says which sectors it may have changed.
func act(t testing.TB, rng *rand.Rand, im *Image, model []byte) (first, end int64) {
	t.Helper()
	sectors := int64(len(model) / 512)
	from := rng.Int64N(sectors)
	n := (1 + rng.Int64N(min(sectors-from, 3*im.cluster/512+30))) * 512
	off := from * 512
	var err error
	end = from + n/512
	switch k := rng.IntN(10); {
	case k < 5:
		fillRandom(rng, model[off:off+n])
		_, err = im.WriteAt(model[off:off+n], off)
	case k < 7:
		clear(model[off : off+n])
		err = im.Zero(off, n, k == 5)
	case k < 8:
		err = im.Discard(off, n)
		if err == nil {
			_, err = im.ReadAt(model[off:off+n], off) // what it says from now on it has to keep to
		}
	case k < 9:
		err, end = im.Flush(), from
	default:
		end = from
		p := make([]byte, n)
		if _, err = im.ReadAt(p, off); err == nil && !bytes.Equal(p, model[off:off+n]) {
			t.Fatalf("%d bytes at %#x differ", n, off)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return from, end
}

// Random operations on images of all kinds against a plain slice; the image is sound in the end, has no leaks, and the
// snapshot in it is as it was.
func TestImagesAgainstModel(t *testing.T) {
	for _, s := range shapes {
		for _, snap := range []bool{false, true} {
			if snap && s.RefcountOrder == 0 {
				continue // counts have no room
			}
			if snap && (s.Size-1)/(1<<s.ClusterBits/8<<s.ClusterBits) >= 1<<s.ClusterBits/8 {
				continue // more than one cluster of L1, which the rig does not copy
			}
			t.Run(s.String()+map[bool]string{true: ",snapshot"}[snap], func(t *testing.T) {
				data, backing, model := prepared(t, s, snap)
				was := bytes.Clone(model)
				rng := rand.New(rand.NewPCG(3, uint64(s.ClusterBits)))
				f := newMemFile(data, false)
				if s.RefcountOrder == 6 {
					im := mustOpen(t, f, backing)
					fillDisk(t, rng, im, model)
					if err := im.Close(); err != nil {
						t.Fatal(err)
					}
				}
				for range 3 {
					f.opened = int64(len(f.data))
					im := mustOpen(t, f, backing)
					for range 60 {
						act(t, rng, im, model)
					}
					if err := im.Close(); err != nil {
						t.Fatal(err)
					}
					if leaks := checked(t, "after close", f.bytesOf(), backing); leaks > 0 {
						t.Errorf("%d clusters are leaked", leaks)
					}
					if !bytes.Equal(contents(t, f.bytesOf(), backing), model) {
						t.Fatal("the disk differs")
					}
				}
				if snap && !bytes.Equal(contents(t, ofSnapshot(f.bytesOf()), backing), was) {
					t.Error("the snapshot has changed")
				}
			})
		}
	}
}

// Clusters that nobody needs any more are used again, and their room in the file is given back.
func TestRoomIsUsedAgain(t *testing.T) {
	f := newMemFile(shape{Version: 3, ClusterBits: 12, RefcountOrder: 4, Size: 1 << 20}.Build(), false)
	im := mustOpen(t, f, nil)
	p := bytes.Repeat([]byte{7}, 1<<20)
	for range 5 {
		if _, err := im.WriteAt(p, 0); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(im.Flush(), im.Discard(0, 1<<20), im.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	if n := int64(len(f.bytesOf())); n > 1<<20+64<<10 {
		t.Errorf("the file has grown to %d bytes", n)
	}
	if bytes.Count(f.bytesOf(), []byte{7}) > 4096 {
		t.Error("the room is not given back")
	}
}

// A write that fails changes nothing that another try would not, and leaves no leak.
func TestWritesThatFail(t *testing.T) {
	full := errors.New("no room")
	for _, s := range shapes[:6] {
		data, backing, model := prepared(t, s, false)
		rng := rand.New(rand.NewPCG(5, 5))
		f := newMemFile(data, false)
		im := mustOpen(t, f, backing)
		broken := 0
		f.fail = func() error {
			if rng.IntN(3) == 0 {
				broken++
				return full
			}
			return nil
		}
		again := func(try func() error) {
			for {
				err := try()
				if err == nil {
					return
				}
				if !errors.Is(err, full) {
					t.Fatal(err)
				}
			}
		}
		for range 60 {
			off := rng.Int64N(int64(len(model)/512)) * 512
			n := min(int64(len(model))-off, (1+rng.Int64N(40))*512)
			fillRandom(rng, model[off:off+n])
			again(func() error { _, err := im.WriteAt(model[off:off+n], off); return err })
			if rng.IntN(4) == 0 {
				again(im.Flush)
			}
		}
		f.fail = nil
		if err := im.Close(); err != nil {
			t.Fatal(err)
		}
		if leaks := checked(t, s.String(), f.bytesOf(), backing); leaks > 0 || broken == 0 {
			t.Errorf("%s: %d clusters are leaked after %d failures", s, leaks, broken)
		}
		if !bytes.Equal(contents(t, f.bytesOf(), backing), model) {
			t.Errorf("%s: the disk differs", s)
		}
	}
}
