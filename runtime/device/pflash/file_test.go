package pflash

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

// newFile makes a file of a bank's size, of zeros.
func newFile(t *testing.T, size int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vars.fd")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	return path
}

// open makes a bank whose file is at path.
func open(t *testing.T, path string) (*Device, *File) {
	t.Helper()
	contents := make([]byte, Size)
	if err := Read(t.Context(), path, contents); err != nil {
		t.Fatal(err)
	}
	var f *File
	d := New(Config{Bytes: contents, Writable: true, Changed: func(uint64, uint64) { f.Changed() }})
	f, err := Open(path, contents, d.Still)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return d, f
}

func erase(d *Device, off uint64) {
	d.Store(off, 4, 0x20)
	d.Store(off, 4, 0xd0)
}

// What the guest changes is in the file when the bank is closed, and before: a whole file at any time, by whatever name it was given.
func TestFileFollows(t *testing.T) {
	leaktest.Check(t)
	path := newFile(t, Size)
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	d, f := open(t, link)
	erase(d, sector)
	erased := make([]byte, sector)
	Erase(erased)
	for got := make([]byte, sector); !bytes.Equal(got, erased); goruntime.Gosched() {
		now, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := now.ReadAt(got, sector); err != nil {
			t.Fatal(err)
		}
		if info, err := now.Stat(); err != nil || info.Size() != Size {
			t.Fatalf("%d bytes, %v", info.Size(), err)
		}
		now.Close()
	}
	erase(d, 0)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(link)
	if err != nil || len(got) != Size || !bytes.Equal(got[:sector], erased) || !bytes.Equal(got[sector:2*sector], erased) || got[2*sector] != 0 || got[Size-1] != 0 {
		t.Errorf("the latest change is not in the file (%v)", err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(path + ".new*"); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	if err := f.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

// No two machines write one file, also after it has been replaced.
func TestFileIsLocked(t *testing.T) {
	path := newFile(t, Size)
	d, f := open(t, path)
	refused := func() {
		t.Helper()
		if _, err := Open(path, nil, nil); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Errorf("opened twice: %v", err)
		}
	}
	refused()
	erase(d, 0)
	f.save()
	refused()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

// A file that cannot be replaced stays as it was, and Close says so.
func TestFileCannotBeReplaced(t *testing.T) {
	path := newFile(t, Size)
	d, f := open(t, path)
	f.Abort()
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil { // no file can take its place
		t.Fatal(err)
	}
	erase(d, 0)
	err := f.Close()
	if err == nil || !strings.Contains(err.Error(), path) || f.Err() == nil {
		t.Errorf("closed: %v", err)
	}
	if left, _ := filepath.Glob(path + ".new*"); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func TestWrongFiles(t *testing.T) {
	contents := make([]byte, Size)
	for _, size := range []int64{0, 8 << 20, Size - 1} {
		if err := Read(t.Context(), newFile(t, size), contents); !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), "truncate -s 33554432") {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if err := Read(t.Context(), newFile(t, Size+1), contents); !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), "another") {
		t.Errorf("too large: %v", err)
	}
	if err := Read(t.Context(), t.TempDir(), contents); err == nil {
		t.Error("a directory is read")
	}
}
