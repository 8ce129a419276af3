package qcow2

import (
	"bytes"
	"testing"
)

// A cluster of the disk's own lies in the file just before one that a snapshot shares, and the disk shows them one behind
// the other: a write to both at once goes on in another place where the shared one begins.
func TestWritesStopBeforeSharedClusters(t *testing.T) {
	const cluster = 1 << 12
	f := newMemFile(shape{Version: 3, ClusterBits: 12, RefcountOrder: 4, Size: 64 * cluster}.Build(), false)
	im := mustOpen(t, f, nil)
	put := func(im *Image, guest int64, b byte, clusters int) {
		t.Helper()
		if _, err := im.WriteAt(bytes.Repeat([]byte{b}, clusters*cluster), guest*cluster); err != nil {
			t.Fatal(err)
		}
	}
	host := func(im *Image, guest int64) (int64, bool) {
		t.Helper()
		x, err := im.find(guest*cluster, cluster)
		if err != nil {
			t.Fatal(err)
		}
		return x.at, x.owned
	}
	put(im, 10, 5, 4) // room for two of the snapshot, for a table of the disk's own, and for what it writes
	put(im, 1, 1, 1)
	if err := im.Discard(10*cluster, 4*cluster); err != nil {
		t.Fatal(err)
	}
	f = newMemFile(snapshot(t, im), false)
	was := contents(t, ofSnapshot(f.bytesOf()), nil)
	im = mustOpen(t, f, nil)
	put(im, 0, 9, 1)
	shared, _ := host(im, 1)
	if at, owned := host(im, 0); at+cluster != shared || !owned {
		t.Fatalf("the disk's own cluster is at %#x, the shared one at %#x", at, shared)
	}
	if _, owned := host(im, 1); owned {
		t.Fatal("the snapshot shares no cluster")
	}
	put(im, 0, 7, 2)
	if err := im.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(contents(t, ofSnapshot(f.bytesOf()), nil), was) {
		t.Error("the snapshot has changed")
	}
	if got := contents(t, f.bytesOf(), nil)[:2*cluster]; !bytes.Equal(got, bytes.Repeat([]byte{7}, 2*cluster)) {
		t.Error("the disk does not show what was written")
	}
}
