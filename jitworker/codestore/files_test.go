package codestore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker/tier"
)

// The files are listed, those used last first, and removed, and no other file is either.
func TestFiles(t *testing.T) {
	path := newDir(t)
	if files, err := Files(path); err != nil || len(files) != 0 {
		t.Errorf("where there is no directory: %v, %v", files, err)
	}
	if gone, err := Clear(path); err != nil || len(gone) != 0 {
		t.Errorf("where there is no directory: %v, %v", gone, err)
	}
	older := write(t, path, map[string]*tier.Code{"one": sample(1, 20)})
	newer := write(t, path, map[string]*tier.Code{"two": sample(2, 2000)})
	when := time.Now().Add(-time.Hour)
	if err := os.Chtimes(older, when, when); err != nil {
		t.Fatal(err)
	}
	others := []string{"notes", prefix + "notes", filepath.Base(newName(1)) + unfinished}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(path, name), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Files(path)
	if err != nil || len(files) != 2 || files[0].Path != newer || files[1].Path != older || files[0].Maker != files[1].Maker || len(files[0].Maker) != 16 {
		t.Fatalf("there are %+v, %v", files, err)
	}
	if info, err := os.Stat(newer); err != nil || files[0].Bytes != info.Size() {
		t.Errorf("%s has %d bytes (%v), not %d", newer, info.Size(), err, files[0].Bytes)
	}
	if gone, err := Clear(path); err != nil || len(gone) != 2 {
		t.Errorf("removed %v, %v", gone, err)
	}
	if left := names(t, path); len(left) != len(others) {
		t.Errorf("left are %v, want %v", left, others)
	}
}

// A machine that has the files open finds its code when they have been removed, and keeps new code.
func TestClearWhileOpen(t *testing.T) {
	path := newDir(t)
	write(t, path, map[string]*tier.Code{"one": sample(1, 20)})
	s := open(t, path)
	if _, err := Clear(path); err != nil {
		t.Fatal(err)
	}
	if s.find("one") == nil {
		t.Error("code of a file that was open is gone")
	}
	s.Add([]byte("two"), 1, sample(2, 20))
	s.flush()
	s.close()
	if s = open(t, path); s.find("one") != nil || s.find("two") == nil {
		t.Error("what is kept is not what came after")
	}
}

// A directory that others may write to is nobody's to clear.
func TestClearShared(t *testing.T) {
	path := newDir(t)
	write(t, path, map[string]*tier.Code{"one": sample(1, 20)})
	if err := os.Chmod(path, 0o777); err != nil {
		t.Fatal(err)
	}
	if files, err := Files(path); !errors.Is(err, ErrShared) || len(files) != 0 {
		t.Errorf("listed %v, %v", files, err)
	}
	if gone, err := Clear(path); !errors.Is(err, ErrShared) || len(gone) != 0 {
		t.Errorf("removed %v, %v", gone, err)
	}
}
