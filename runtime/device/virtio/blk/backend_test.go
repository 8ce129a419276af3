package blk

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var (
	_ Backend = (*File)(nil)
	_ Backend = (*Memory)(nil)
	_ Backend = (*Overlay)(nil)
)

// image makes a file with the given contents.
func image(t testing.TB, contents []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(path, contents, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7 + i>>9)
	}
	return p
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// diskSize is no multiple of a sector: the last one is cut short.
const diskSize = 20*blockSize + 3*SectorSize + 100

// writable makes one backend of every kind that takes writes, all with contents
// pattern(diskSize).
func writable(t *testing.T) map[string]Backend {
	contents := pattern(diskSize)
	memory := must(NewMemory(diskSize))
	must(memory.WriteAt(contents, 0))
	open := func() Backend { return must(Open(image(t, contents), true)) }
	all := map[string]Backend{
		"file":    must(Open(image(t, contents), false)),
		"memory":  memory,
		"overlay": must(NewOverlay(open(), t.TempDir(), 0)),
	}
	for name, b := range all {
		t.Cleanup(func() {
			if err := b.Close(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	return all
}

const sectorsOnDisk = (diskSize + SectorSize - 1) / SectorSize

// Random operations on every kind of backend against a plain slice.
func TestBackendsAgainstModel(t *testing.T) {
	for name, b := range writable(t) {
		t.Run(name, func(t *testing.T) {
			model := make([]byte, sectorsOnDisk*SectorSize)
			copy(model, pattern(diskSize))
			rng := rand.New(rand.NewPCG(1, 2))
			if b.Size() != diskSize || b.ReadOnly() {
				t.Fatalf("size %d, read-only %v", b.Size(), b.ReadOnly())
			}
			got := make([]byte, len(model))
			for step := range 500 {
				from := rng.IntN(sectorsOnDisk)
				off := from * SectorSize
				n := (1 + rng.IntN(min(40, sectorsOnDisk-from))) * SectorSize
				var err error
				switch rng.IntN(4) {
				case 0, 1:
					p := make([]byte, n)
					for i := range p {
						p[i] = byte(rng.Uint32())
					}
					copy(model[off:], p)
					_, err = b.WriteAt(p, int64(off))
				case 2:
					clear(model[off : off+n])
					err = b.Zero(int64(off), int64(n), rng.IntN(2) == 0)
				case 3:
					err = b.Flush()
				}
				if err != nil {
					t.Fatalf("step %d: %v", step, err)
				}
				if _, err := b.ReadAt(got[:n], int64(off)); err != nil || !bytes.Equal(got[:n], model[off:off+n]) {
					t.Fatalf("step %d: %d bytes at %d differ (%v)", step, n, off, err)
				}
			}
			if _, err := b.ReadAt(got, 0); err != nil || !bytes.Equal(got, model) {
				t.Errorf("disk differs in the end (%v)", err)
			}
			if err := b.Discard(blockSize, 2*blockSize); err != nil {
				t.Errorf("Discard: %v", err)
			}
		})
	}
}

// Neighbouring sectors of one block written at once both arrive, the rest of the
// block stays.
func TestConcurrentWritesToOneBlock(t *testing.T) {
	for name, b := range writable(t) {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for block := range int64(16) {
				for sector := range int64(8) {
					if sector == 5 {
						continue
					}
					wg.Go(func() {
						p := bytes.Repeat([]byte{byte(16*sector + block)}, SectorSize)
						if _, err := b.WriteAt(p, block*blockSize+sector*SectorSize); err != nil {
							t.Error(err)
						}
					})
				}
			}
			wg.Wait()
			got := make([]byte, 16*blockSize)
			must(b.ReadAt(got, 0))
			before := pattern(diskSize)
			for i, v := range got {
				block, sector := i/blockSize, i%blockSize/SectorSize
				want := byte(16*sector + block)
				if sector == 5 {
					want = before[i]
				}
				if v != want {
					t.Fatalf("byte %d of block %d is %#x, want %#x", i%blockSize, block, v, want)
				}
			}
		})
	}
}

func TestOverlayLeavesBaseAlone(t *testing.T) {
	contents := pattern(diskSize)
	path := image(t, contents)
	dir := t.TempDir()
	o := must(NewOverlay(must(Open(path, true)), dir, 0))
	must(o.WriteAt(make([]byte, 3*SectorSize), SectorSize))
	if err := errors.Join(o.Zero(0, 8*blockSize, true), o.Discard(9*blockSize, blockSize), o.Flush(), o.Close()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(must(os.ReadFile(path)), contents) {
		t.Error("the base image was changed")
	}
	if left := must(os.ReadDir(dir)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFilePersistsAndFillsLastSector(t *testing.T) {
	path := image(t, pattern(700))
	f := must(Open(path, false))
	must(f.WriteAt(bytes.Repeat([]byte{0xee}, SectorSize), SectorSize))
	if err := errors.Join(f.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	want := append(pattern(700)[:SectorSize:SectorSize], bytes.Repeat([]byte{0xee}, SectorSize)...)
	if !bytes.Equal(must(os.ReadFile(path)), want) {
		t.Error("file differs")
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	empty := image(t, nil)
	secret := image(t, pattern(512))
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	busy := image(t, pattern(512))
	defer must(Open(busy, false)).Close()
	for _, c := range []struct {
		path     string
		readOnly bool
		want     []string
	}{
		{filepath.Join(dir, "none"), false, []string{"no such file", "truncate -s"}},
		{dir, false, []string{"neither a regular file nor a block device"}},
		{"/dev/null", true, []string{"neither a regular file nor a block device"}},
		{empty, false, []string{"empty", "truncate -s"}},
		{secret, false, []string{"permission denied", "read-only"}},
		{busy, false, []string{"in use"}},
		{busy, true, []string{"in use"}},
	} {
		f, err := Open(c.path, c.readOnly)
		if err == nil {
			f.Close()
			if c.path == secret && os.Geteuid() == 0 {
				continue // root may read everything
			}
			t.Errorf("%s: opened", c.path)
			continue
		}
		for _, w := range append(c.want, fmt.Sprintf("drive %s: ", c.path)) {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("error %q does not say %q", err, w)
			}
		}
	}
	shared := image(t, pattern(512))
	a, b := must(Open(shared, true)), must(Open(shared, true))
	a.Close()
	b.Close()
	if _, err := NewOverlay(must(NewMemory(512)), filepath.Join(dir, "none"), 0); err == nil {
		t.Error("overlay in a directory that does not exist")
	}
	if _, err := NewOverlay(must(NewMemory(maxOverlay+1)), "", 0); err == nil {
		t.Error("overlay over a huge disk")
	}
	if _, err := NewMemory(0); err == nil {
		t.Error("memory disk of no bytes")
	}
}
