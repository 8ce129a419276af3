package network

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

// inbox is a receiver that keeps what comes.
type inbox chan []byte

func (b inbox) Receive(f Frame) { b <- bytes.Clone(f.Data) }

func newInbox(l Link) inbox {
	b := make(inbox, 64)
	l.Attach(b)
	return b
}

func frame(n int, seed byte) Frame {
	return Frame{Data: bytes.Repeat([]byte{seed}, n)}
}

func TestPair(t *testing.T) {
	a, b := Pair()
	a.Send(frame(60, 1)) // nobody is there yet
	atA, atB := newInbox(a), newInbox(b)
	a.Send(frame(60, 2))
	b.Send(frame(61, 3))
	if got := <-atB; got[0] != 2 || len(got) != 60 {
		t.Errorf("% x", got)
	}
	if got := <-atA; got[0] != 3 || len(got) != 61 {
		t.Errorf("% x", got)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	a.Send(frame(60, 4)) // nobody is there any more
	if len(atB) != 0 {
		t.Error("a frame came after Close")
	}
}

func TestCapture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.pcap")
	a, b := Pair()
	newInbox(b)
	c, err := Capture(a, path)
	if err != nil {
		t.Fatal(err)
	}
	c.(*capture).now = func() time.Time { return time.Unix(1000, 7) }
	in := newInbox(c)
	c.Send(frame(60, 1))
	b.Send(frame(70, 2))
	if got := <-in; got[0] != 2 {
		t.Errorf("% x", got)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := append([]byte{0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0},
		append([]byte{0xe8, 3, 0, 0, 7, 0, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0}, frame(60, 1).Data...)...)
	want = append(append(want, 0xe8, 3, 0, 0, 7, 0, 0, 0, 70, 0, 0, 0, 70, 0, 0, 0), frame(70, 2).Data...)
	if !bytes.Equal(got, want) {
		t.Errorf("file of %d bytes, want %d: % x", len(got), len(want), got[:40])
	}
}

// A file that takes no more does not disturb the link; Close says so.
func TestCaptureThatFails(t *testing.T) {
	a, b := Pair()
	at := newInbox(b)
	c, err := Capture(a, "/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c.Send(frame(60, 1))
	}
	if len(at) != 3 {
		t.Errorf("%d frames", len(at))
	}
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("Close = %v", err)
	}
	a, _ = Pair()
	if _, err := Capture(a, filepath.Join(t.TempDir(), "none", "net.pcap")); err == nil {
		t.Error("a file in no directory")
	}
}

// peers are the ends of a socket.
func peers(t *testing.T) (path string, listening, dialled Link) {
	t.Helper()
	leaktest.Check(t)
	path = filepath.Join(t.TempDir(), "net")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, l := range []Link{l, d} {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return path, l, d
}

// sendUntil sends frames until one arrives: before that there is no connection.
func sendUntil(t *testing.T, from Link, to inbox, seed byte) {
	t.Helper()
	for range 1000 {
		from.Send(frame(60, seed))
		select {
		case got := <-to:
			for len(got) != 60 || got[0] != seed {
				got = <-to // one from before
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatal("nothing arrives")
}

func TestPeers(t *testing.T) {
	path, l, d := peers(t)
	atL, atD := newInbox(l), newInbox(d)
	sendUntil(t, d, atL, 1)
	sendUntil(t, l, atD, 2)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	large := segment(TCP4, false, 3000, 1000)
	for len(atL) > 0 {
		<-atL
	}
	d.Send(large)
	for i := range 3 {
		if got := <-atL; len(got) != int(large.Start)+32+1000 {
			t.Errorf("piece %d of %d bytes", i, len(got))
		}
	}
	// Who listens waits for the next one; who dialled looks for it again.
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "choose another") {
		t.Errorf("two listen at one path: %v", err)
	}
	l.(*peer).connect(nil)
	sendUntil(t, d, atL, 3)
}

// What a peer sends that is no frame ends the connection and nothing else; the format is that of QEMU's streams.
func TestHostilePeer(t *testing.T) {
	leaktest.Check(t)
	path := filepath.Join(t.TempDir(), "net")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := newInbox(l)
	for _, bad := range []uint32{0, HeaderSize - 1, MaxFrame + 1, 1 << 31} {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(binary.BigEndian.AppendUint32(nil, bad)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Error(err)
		}
		c.Close()
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(append([]byte{0, 0, 0, 60}, frame(60, 7).Data...)); err != nil {
		t.Fatal(err)
	}
	if got := <-at; !bytes.Equal(got, frame(60, 7).Data) {
		t.Errorf("% x", got)
	}
	l.Send(frame(20, 9))
	got := make([]byte, 24)
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, append([]byte{0, 0, 0, 20}, frame(20, 9).Data...)) {
		t.Errorf("% x, %v", got, err)
	}
}

// A peer that does not read holds nobody up, and no more than maxQueued bytes twice over.
func TestPeerThatDoesNotRead(t *testing.T) {
	leaktest.Check(t)
	path := filepath.Join(t.TempDir(), "net")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := l.(*peer)
	for range 100_000 {
		l.Send(frame(1000, 1))
		p.mu.Lock()
		if len(p.queue) > maxQueued {
			t.Fatalf("%d bytes wait", len(p.queue))
		}
		p.mu.Unlock()
	}
}

func TestListenErrors(t *testing.T) {
	dir := t.TempDir()
	file, gone := filepath.Join(dir, "file"), filepath.Join(dir, "gone")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(file); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("%v", err)
	}
	if got, _ := os.ReadFile(file); string(got) != "precious" {
		t.Error("the file is gone")
	}
	if _, err := Dial(gone); err == nil || !strings.Contains(err.Error(), gone) || !strings.Contains(err.Error(), "listens there first") {
		t.Errorf("%v", err)
	}
	// A socket whose program has ended is taken over.
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: gone, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	again, err := Listen(gone)
	if err != nil {
		t.Fatal(fmt.Errorf("left-over socket: %w", err))
	}
	again.Close()
}
