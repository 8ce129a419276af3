package qcow2

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// flushed is what the guest knows to be durable after so many operations on the file.
type flushed struct {
	ops     int
	model   []byte
	touched map[int64]bool // sectors that it may have changed since
}

// history is a run of the guest: what was done to the file, and what must be there after each flush.
type history struct {
	start   []byte
	log     []op
	points  []flushed
	backing []byte
}

// live has a guest use an image, with a log of what happens to the file. It ends with a flush.
func live(t *testing.T, s shape, snap bool) history {
	steps := 60
	if s.ClusterBits > 14 { // which are large
		steps = 25
	}
	data, backing, model := prepared(t, s, snap)
	h := history{start: bytes.Clone(data), backing: backing}
	f := newMemFile(data, false)
	f.logging = true
	im := mustOpen(t, f, backing)
	rng := rand.New(rand.NewPCG(9, uint64(s.ClusterBits)))
	point := func() {
		if err := im.Flush(); err != nil {
			t.Fatal(err)
		}
		h.points = append(h.points, flushed{len(f.log), bytes.Clone(model), map[int64]bool{}})
	}
	point()
	if s.RefcountOrder == 6 {
		fillDisk(t, rng, im, model)
		for i := range model {
			h.points[0].touched[int64(i/512)] = true
		}
		point()
	}
	for i := range steps {
		first, end := act(t, rng, im, model)
		for ; first < end; first++ {
			h.points[len(h.points)-1].touched[first] = true
		}
		if i%12 == 11 {
			point()
		}
	}
	point()
	h.log = f.log
	return h
}

// verify looks at an image that is left after a crash: it is sound, and a sector that the guest has not touched since it
// last flushed holds what it did then.
func (h *history) verify(t *testing.T, what string, data []byte, ops int) {
	t.Helper()
	checked(t, what, data, h.backing)
	p := h.points[0]
	for _, later := range h.points {
		if later.ops <= ops {
			p = later
		}
	}
	got := contents(t, data, h.backing)
	for at := 0; at < len(got); at += 512 {
		if !p.touched[int64(at/512)] && !bytes.Equal(got[at:at+512], p.model[at:at+512]) {
			t.Fatalf("%s: the sector at %#x has lost what was flushed", what, at)
		}
	}
}

// telling says whether to look at what is there after an operation: always, but in a long history, in which one in ten
// will do, and those around a change of the header.
func (h *history) telling(i int) bool {
	if len(h.log) < 500 || i%10 == 0 {
		return true
	}
	for _, o := range h.log[max(i-4, 0) : i+1] {
		if o.data != nil && o.off < headerLen2 {
			return true
		}
	}
	return false
}

// A process that is killed leaves the file after any of its writes, and the image is sound.
func TestKilledAfterAnyWrite(t *testing.T) {
	for _, s := range shapes {
		snap := s.RefcountOrder > 0 && s.ClusterBits >= 12
		t.Run(s.String(), func(t *testing.T) {
			h := live(t, s, snap)
			f := newMemFile(bytes.Clone(h.start), false)
			for i, o := range h.log {
				if o.data == nil && o.n == 0 {
					continue
				}
				f.apply(o)
				if !h.telling(i) {
					continue
				}
				h.verify(t, fmt.Sprintf("killed after operation %d of %d", i+1, len(h.log)), f.bytesOf(), i+1)
			}
			if got := contents(t, f.bytesOf(), h.backing); !bytes.Equal(got, h.points[len(h.points)-1].model) {
				t.Error("the disk differs in the end")
			}
		})
	}
}

// A host that loses power has any of the writes since the last sync, in any order, and parts of them; the image is sound.
func TestPowerLostAtAnyTime(t *testing.T) {
	for _, s := range shapes {
		snap := s.RefcountOrder > 0 && s.ClusterBits >= 12
		t.Run(s.String(), func(t *testing.T) {
			h := live(t, s, snap)
			rng := rand.New(rand.NewPCG(11, uint64(s.ClusterBits)))
			durable := newMemFile(bytes.Clone(h.start), false)
			var pending []op
			for i, o := range h.log {
				if o.data == nil && o.n == 0 {
					for _, p := range pending {
						durable.apply(p)
					}
					pending = nil
					continue
				}
				pending = append(pending, o)
				if !h.telling(i) || s.ClusterBits > 11 && rng.IntN(2) == 0 {
					continue
				}
				f := newMemFile(bytes.Clone(durable.data), false)
				for _, p := range rng.Perm(len(pending)) {
					lose(rng, f, pending[p])
				}
				h.verify(t, fmt.Sprintf("power lost after operation %d of %d", i+1, len(h.log)), f.bytesOf(), i)
			}
		})
	}
}

// lose applies some sectors of an operation.
func lose(rng *rand.Rand, f *memFile, o op) {
	if o.data == nil {
		if rng.IntN(2) == 0 {
			f.apply(o)
		}
		return
	}
	for at := 0; at < len(o.data); {
		n := min(len(o.data)-at, 512-int(o.off+int64(at))%512)
		if rng.IntN(2) == 0 {
			f.apply(op{off: o.off + int64(at), data: o.data[at : at+n]})
		}
		at += n
	}
}

// qemuImg runs qemu-img, or skips the test where there is none.
func qemuImg(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	path, err := exec.LookPath("qemu-img")
	if err != nil {
		t.Skip("there is no qemu-img (Debian's qemu-utils)")
	}
	return exec.Command(path, args...).CombinedOutput()
}

// qemu-img finds no more than leaks in what a kill leaves, and agrees on the contents.
func TestKilledSaysQEMU(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it waits for the disk")
	}
	for _, s := range shapes {
		snap := s.RefcountOrder > 0 && s.ClusterBits >= 12
		dir := t.TempDir()
		h := live(t, s, snap)
		if h.backing != nil {
			if err := os.WriteFile(filepath.Join(dir, "base"), h.backing, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		f := newMemFile(bytes.Clone(h.start), false)
		path := filepath.Join(dir, "a.qcow2")
		every := max(len(h.log)/4, 1)
		for i, o := range h.log {
			if o.data != nil || o.n > 0 {
				f.apply(o)
			}
			if i%every != 0 && i != len(h.log)-1 {
				continue
			}
			if err := os.WriteFile(path, f.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := qemuImg(t, "check", path); err != nil {
				if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() != 3 { // 3: leaks alone
					t.Fatalf("%s: after operation %d: %v\n%s", s, i+1, err, out)
				}
			}
		}
		raw := filepath.Join(dir, "raw")
		if out, err := qemuImg(t, "convert", "-O", "raw", path, raw); err != nil {
			t.Fatalf("%s: %v\n%s", s, err, out)
		}
		if got, err := os.ReadFile(raw); err != nil || !bytes.Equal(got, contents(t, f.data, h.backing)[:len(got)]) {
			t.Errorf("%s: QEMU reads something else (%v)", s, err)
		}
	}
}
