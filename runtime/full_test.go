package runtime

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

// tightDisk has no room while full is set.
type tightDisk struct {
	blk.Backend
	full  atomic.Bool
	posts sync.Mutex // held while the driver posts a request, so that none ends the machine before it has
}

func (d *tightDisk) WriteAt(p []byte, off int64) (int, error) {
	d.posts.Lock()
	defer d.posts.Unlock()
	if d.full.Load() {
		return 0, &os.PathError{Op: "write", Path: "disk", Err: syscall.ENOSPC}
	}
	return d.Backend.WriteAt(p, off)
}

// fullRig is a running machine, whose hart counts, with a drive and its driver.
type fullRig struct {
	*running
	t    *testing.T
	disk *tightDisk
	path string
	d    *virtiotest.Driver
	q    *virtiotest.Queue
	said syncBuffer
}

func newFullRig(t *testing.T, with func(*Config)) *fullRig {
	t.Helper()
	r := &fullRig{t: t, disk: &tightDisk{}, path: filepath.Join(t.TempDir(), "disk")}
	if err := os.WriteFile(r.path, make([]byte, 4<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := bare(counting(), 2)
	cfg.Drives = []Drive{{Path: r.path}}
	cfg.Warn = func(s string) { _, _ = r.said.Write([]byte(s + "\n")) }
	cfg.test.disk = func(b blk.Backend) blk.Backend {
		r.disk.Backend = b
		return r.disk
	}
	with(&cfg)
	m := newMachine(t, cfg)
	r.d = virtiotest.New(t, slotBus{m, 0}, m.core.Mem, virtiotest.NewIRQ())
	r.d.Alloc(16 << 20)          // away from the program
	r.q = r.d.Start(1<<9, 64)[0] // FLUSH, so that writes are not followed by one
	r.running = start(t, m)
	return r
}

// write posts a write of n bytes, 'x' over and over, to sector 8, and returns its status byte.
func (r *fullRig) write(n int) virtiotest.Buf {
	r.disk.posts.Lock()
	defer r.disk.posts.Unlock()
	header := make([]byte, 16)
	header[0], header[8] = 1, 8
	status := r.d.Out(1)
	r.d.Mem.WriteAt([]byte{0xff}, status.Addr)
	r.q.Add(r.d.In(header), r.d.In(bytes.Repeat([]byte("x"), n)), status)
	r.q.Notify()
	return status
}

func (r *fullRig) done(status virtiotest.Buf) bool { return r.d.Bytes(status)[0] != 0xff }

// contents is what the image holds behind sector 8.
func (r *fullRig) contents(n int) string {
	b, err := os.ReadFile(r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b[8*512:][:n])
}

// A write that finds no room stops the machine, is said once, and is made when there is
// room; the guest notices nothing.
func TestFullDiskPausesTheMachine(t *testing.T) {
	r := newFullRig(t, func(*Config) {})
	until(t, "the guest runs", func() bool { return r.testWord(t, testData) > 1000 })
	r.disk.full.Store(true)
	status := r.write(4096)
	until(t, "the machine waits", func() bool {
		return strings.Contains(r.said.String(), "waits until there is room") && r.core.Running() == 0
	})
	count := r.testWord(t, testData)
	time.Sleep(700 * time.Millisecond) // more than one attempt
	if r.done(status) || r.testWord(t, testData) != count {
		t.Error("the guest went on")
	}
	if err := errors.Join(r.Pause(), r.Resume()); err != nil || r.core.Running() != 0 {
		t.Errorf("%v; or Resume made harts run that wait for room", err)
	}
	r.disk.full.Store(false)
	until(t, "the write is made", func() bool { return r.done(status) })
	until(t, "the guest goes on", func() bool { return r.testWord(t, testData) > count })
	if s := r.d.Bytes(status)[0]; s != 0 || r.contents(4096) != strings.Repeat("x", 4096) {
		t.Errorf("status %d, or other bytes written", s)
	}
	if s := r.said.String(); strings.Count(s, "\n") != 2 || !strings.Contains(s, r.path) || !strings.Contains(s, "no space") {
		t.Errorf("said %q", s)
	}
	r.Stop(0)
	r.wait()
}

// While a machine waits for room it can be ended, and the guest is told nothing.
func TestFullDiskDoesNotHoldUpTheEnd(t *testing.T) {
	r := newFullRig(t, func(*Config) {})
	r.disk.full.Store(true)
	r.write(512)
	until(t, "the machine waits", func() bool { return strings.Contains(r.said.String(), "waits until there is room") })
	r.Stop(3)
	if res := r.wait(); res.ExitCode != 3 {
		t.Errorf("ended with %d", res.ExitCode)
	}
	if s := r.contents(512); s != strings.Repeat("\x00", 512) {
		t.Error("something was written")
	}
}

// disk-full=end and overlays at their limit end the run with an error that tells the
// remedy; disk-full=report is the guest's business.
func TestFullDiskPolicies(t *testing.T) {
	overlay := func(c *Config) { c.Drives[0].Overlay, c.OverlayLimit = true, MiB }
	for name, c := range map[string]struct {
		with   func(*Config)
		full   bool
		size   int
		remedy string // "": the guest sees an error
	}{
		"end":             {func(c *Config) { c.DiskFull = EndIfFull }, true, 512, "--disk-full pause"},
		"limit":           {overlay, false, 2 << 20, "--overlay-limit"},
		"limit, reported": {func(c *Config) { overlay(c); c.DiskFull = ReportIfFull }, false, 2 << 20, ""},
		"report":          {func(c *Config) { c.DiskFull = ReportIfFull }, true, 512, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newFullRig(t, c.with)
			r.disk.full.Store(c.full)
			status := r.write(c.size)
			if c.remedy != "" {
				<-r.running.done
				if r.res.Reason != Failed || !errors.Is(r.err, ErrDiskFull) || !strings.Contains(r.err.Error(), c.remedy) {
					t.Errorf("%s, %v", r.res.Reason, r.err)
				}
				return
			}
			until(t, "the guest sees the error", func() bool { return r.done(status) })
			if s := r.d.Bytes(status)[0]; s != 1 || !strings.Contains(r.said.String(), "I/O errors") {
				t.Errorf("status %d, said %q", s, r.said.String())
			}
			r.Stop(0)
			r.wait()
		})
	}
}
