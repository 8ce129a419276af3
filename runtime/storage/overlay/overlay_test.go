package overlay

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
	"github.com/hartwood-vm/hartwood/runtime/storage/qcow2"
)

const diskSize = 1 << 20

// rig is an image and a directory for what is written.
func rig(t *testing.T) (image string, s Store, base Base) {
	t.Helper()
	dir := t.TempDir()
	image = filepath.Join(dir, "disk.img")
	if err := os.WriteFile(image, make([]byte, diskSize), 0o600); err != nil {
		t.Fatal(err)
	}
	return image, Store{filepath.Join(dir, "kept", "here")}, Base{Path: image, Format: "raw", Size: diskSize}
}

func place(t *testing.T, s Store, image string) Place {
	t.Helper()
	p, err := s.Of(image)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustBegin(t *testing.T, p Place, base Base, want bool) {
	t.Helper()
	if begun, err := p.Begin(base); err != nil || begun != want {
		t.Fatalf("begun %t, want %t; %v", begun, want, err)
	}
}

// TestBegin makes an overlay once, whose header leads to the image, and finds it again by a link to the image.
func TestBegin(t *testing.T) {
	image, s, base := rig(t)
	p := place(t, s, image)
	mustBegin(t, p, base, true)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(image, link); err != nil {
		t.Fatal(err)
	}
	mustBegin(t, place(t, s, link), base, false)
	f, err := os.Open(p.Overlay)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := qcow2.ReadHeader(f, 1<<30, "overlay")
	if err != nil || h.Backing != image || h.BackingFormat != "raw" || h.Size != diskSize {
		t.Errorf("%+v, %v", h, err)
	}
	other := image + "2"
	if place(t, s, other).Key == p.Key || place(t, s, other).Overlay == p.Overlay {
		t.Error("two images have one overlay")
	}
	if _, err := place(t, s, other).Begin(base); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of an image that is not there: %v", err)
	}
}

// TestChangedImage refuses an overlay that was made of another image, until it is forgotten.
func TestChangedImage(t *testing.T) {
	image, s, base := rig(t)
	p := place(t, s, image)
	mustBegin(t, p, base, true)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(image, later, later); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Begin(base); !errors.Is(err, ErrChanged) {
		t.Errorf("after a change: %v", err)
	}
	if err := p.Forget(); err != nil {
		t.Fatal(err)
	}
	mustBegin(t, p, base, true)
}

// TestDiskSize makes overlays that are larger than their image, and lets one grow that nobody uses.
func TestDiskSize(t *testing.T) {
	image, s, base := rig(t)
	p := place(t, s, image)
	size := func() int64 {
		f, err := os.Open(p.Overlay)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		h, err := qcow2.ReadHeader(f, 1<<30, "overlay")
		if err != nil {
			t.Fatal(err)
		}
		return h.Size
	}
	for _, step := range []struct {
		disk, want int64
		begun      bool
	}{{3 * diskSize, 3 * diskSize, true}, {0, 3 * diskSize, false}, {3 * diskSize, 3 * diskSize, false}, {1 << 40, 1 << 40, false}} {
		base.Disk = step.disk
		mustBegin(t, p, base, step.begun)
		if got := size(); got != step.want {
			t.Errorf("asked for %d bytes, it has %d, want %d", step.disk, got, step.want)
		}
	}
	base.Disk = 1<<40 - 512
	if _, err := p.Begin(base); !errors.Is(err, ErrSmaller) {
		t.Errorf("smaller: %v", err)
	}
	used, err := blk.Open(p.Overlay, false)
	if err != nil {
		t.Fatal(err)
	}
	base.Disk = 1<<40 + 512
	if _, err := p.Begin(base); !errors.Is(err, ErrInUse) {
		t.Errorf("while it is used: %v", err)
	}
	if err := used.Close(); err != nil {
		t.Fatal(err)
	}
	mustBegin(t, p, base, false)
	if got := size(); got != base.Disk {
		t.Errorf("it has %d bytes, want %d", got, base.Disk)
	}
}

// TestForget leaves alone what a machine uses, and removes everything otherwise.
func TestForget(t *testing.T) {
	image, s, base := rig(t)
	p := place(t, s, image)
	if err := p.Forget(); err != nil {
		t.Errorf("nothing: %v", err)
	}
	mustBegin(t, p, base, true)
	used, err := blk.Open(p.Overlay, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Forget(); !errors.Is(err, ErrInUse) {
		t.Errorf("while it is used: %v", err)
	}
	if err := used.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Forget(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(s.Dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}

// TestVariables copies them once, and lists them without an overlay.
func TestVariables(t *testing.T) {
	image, s, base := rig(t)
	p := place(t, s, image)
	fresh := filepath.Join(t.TempDir(), "vars")
	for i, text := range []string{"first", "second"} {
		if err := os.WriteFile(fresh, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.BeginVariables(t.Context(), fresh, 10); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(p.Variables); err != nil || string(got) != "first" {
			t.Errorf("call %d: %q, %v", i, got, err)
		}
	}
	entries, err := s.List()
	if err != nil || len(entries) != 1 || entries[0].Path != p.Variables || entries[0].Source != image {
		t.Errorf("%+v, %v", entries, err)
	}
	mustBegin(t, p, base, true)
	if entries, err = s.List(); err != nil || len(entries) != 1 || entries[0].Path != p.Overlay || entries[0].Taken == 0 || entries[0].Used.IsZero() {
		t.Errorf("with an overlay: %+v, %v", entries, err)
	}
	if err := place(t, s, image+"2").BeginVariables(t.Context(), fresh, 3); err == nil {
		t.Error("a file over the limit is copied")
	}
}

// TestKilledBetween begins anew where an overlay has no description: no machine has used it.
func TestKilledBetween(t *testing.T) {
	image, s, base := rig(t)
	p := place(t, s, image)
	mustBegin(t, p, base, true)
	if err := os.Remove(p.about); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.Overlay, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustBegin(t, p, base, true)
}

// TestManyAtOnce has one of many begin the overlay.
func TestManyAtOnce(t *testing.T) {
	image, s, base := rig(t)
	var begun atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			p, err := s.Of(image)
			if err != nil {
				t.Error(err)
			} else if is, err := p.Begin(base); err != nil {
				t.Error(err)
			} else if is {
				begun.Add(1)
			}
		})
	}
	all.Wait()
	if begun.Load() != 1 {
		t.Errorf("%d have begun it", begun.Load())
	}
}
