package hostfile

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOnlyRegularFiles opens everything else, each of which some open would wait for or would change something with.
func TestOnlyRegularFiles(t *testing.T) {
	dir := t.TempDir()
	pipe, socket, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "socket"), filepath.Join(dir, "link")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		dir: "a directory", pipe: "a pipe", link: "a pipe", socket: "a socket", "/dev/zero": "a device", "/dev/tty": "a device",
	} {
		_, err := Open(t.Context(), path)
		if !errors.Is(err, ErrKind) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one that says %q", path, err, says)
		}
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "check the path") {
		t.Errorf("no file: %v", err)
	}
}

func TestReadingEndsWithTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 4*step); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	f, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := f.ReadAt(make([]byte, 4*step), 0); n != 4*step || err != nil || f.Size != 4*step {
		t.Errorf("%d bytes of %d: %v", n, f.Size, err)
	}
	why := errors.New("enough")
	cancel(why)
	if n, err := f.ReadAt(make([]byte, 10), 0); n != 0 || !errors.Is(err, why) {
		t.Errorf("%d bytes after the end: %v", n, err)
	}
}

func TestReadAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	want := bytes.Repeat([]byte("x"), 100)
	if err := os.WriteFile(path, want, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadAll(t.Context(), path, 100); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := ReadAll(t.Context(), path, 99); err == nil || !strings.Contains(err.Error(), "more than 99") {
		t.Errorf("error %v", err)
	}
	if got, err := ReadAll(t.Context(), "/proc/self/cmdline", 1<<20); err != nil || len(got) == 0 {
		t.Errorf("a file that does not say its size: %q %v", got, err)
	}
}
