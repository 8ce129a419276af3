package qcow2

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// Workers write, zero, discard and flush parts of one disk at once, cluster by cluster intertwined; each finds what it
// wrote, and the image is sound.
func TestManyWorkers(t *testing.T) {
	for _, s := range shapes {
		data, backing, model := prepared(t, s, false)
		f := newMemFile(data, false)
		im := mustOpen(t, f, backing)
		const workers = 4
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(w), 7))
				for range 60 {
					if err := mine(rng, im, model, w, workers); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if err := im.Close(); err != nil {
			t.Fatal(err)
		}
		if leaks := checked(t, s.String(), f.bytesOf(), backing); leaks > 0 {
			t.Errorf("%s: %d clusters are leaked", s, leaks)
		}
		if !bytes.Equal(contents(t, f.bytesOf(), backing), model) {
			t.Errorf("%s: the disk differs", s)
		}
	}
}

// mine does something to a run of sectors that belongs to worker w: every other run of three is another's.
func mine(rng *rand.Rand, im *Image, model []byte, w, workers int) error {
	runs := len(model) / (3 * 512)
	off := int64((rng.IntN(runs/workers)*workers + w) * 3 * 512)
	p := model[off : off+3*512]
	switch rng.IntN(8) {
	case 0:
		clear(p)
		return im.Zero(off, 3*512, rng.IntN(2) == 0)
	case 1:
		return im.Flush()
	case 2:
		got := make([]byte, len(p))
		if _, err := im.ReadAt(got, off); err != nil || !bytes.Equal(got, p) {
			return fmt.Errorf("at %#x: differs (%v)", off, err)
		}
		return nil
	case 3: // of the whole clusters in it, and what they hold then is up to the image
		if err := im.Discard(off, 3*512); err != nil {
			return err
		}
		_, err := im.ReadAt(p, off)
		return err
	}
	fillRandom(rng, p)
	_, err := im.WriteAt(p, off)
	return err
}

// A cluster that is given back gets no bytes that were under way to it, and shows none of its next owner's.
func TestFreedClustersHaveNoLateUsers(t *testing.T) {
	f := newMemFile(shape{Version: 3, ClusterBits: 9, RefcountOrder: 4, Size: 64 << 10}.Build(), false)
	im := mustOpen(t, f, nil)
	var wg sync.WaitGroup
	for w := range int64(4) {
		wg.Go(func() {
			p, got := bytes.Repeat([]byte{byte(w + 1)}, 16<<10), make([]byte, 16<<10)
			for range 40 {
				for _, err := range []error{
					second(im.WriteAt(p, w<<14)), second(im.ReadAt(got, w<<14)), im.Discard(w<<14, 16<<10), im.Flush(),
				} {
					if err != nil {
						t.Error(err)
						return
					}
				}
				if !bytes.Equal(got, p) {
					t.Errorf("worker %d reads bytes that are not its own", w)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := im.Close(); err != nil {
		t.Fatal(err)
	}
	checked(t, "in the end", f.bytesOf(), nil)
}

func second(_ int, err error) error { return err }
