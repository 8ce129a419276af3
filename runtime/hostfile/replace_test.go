package hostfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What was there stays until the new file is whole; links lead to the file that is replaced, and nothing else is.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path, link, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	say := func(text string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}
	}
	content := func() string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, text := range []string{"first", "second"} {
		if err := errors.Join(Writable(path), Replace(path, say(text))); err != nil || content() != text {
			t.Fatalf("%q, %v", content(), err)
		}
	}
	broken := errors.New("broken")
	if err := Replace(path, func(w io.Writer) error { return errors.Join(say("half")(w), broken) }); !errors.Is(err, broken) || content() != "second" {
		t.Errorf("after a failure: %q, %v", content(), err)
	}
	full := func(io.Writer) error { return &os.PathError{Op: "write", Path: path, Err: unix.ENOSPC} }
	if err := Replace(path, full); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "make room") || content() != "second" {
		t.Errorf("on a full disk: %q, %v", content(), err)
	}
	if err := errors.Join(os.Symlink(path, link), Replace(link, say("third"))); err != nil || content() != "third" {
		t.Errorf("by a link: %q, %v", content(), err)
	}
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{pipe, dir, os.DevNull} {
		if err := Writable(other); !errors.Is(err, ErrKind) {
			t.Errorf("%s may be replaced: %v", other, err)
		}
		if err := Replace(other, say("")); !errors.Is(err, ErrKind) {
			t.Errorf("%s: %v", other, err)
		}
	}
	if err := Writable(filepath.Join(dir, "none", "file")); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("in no folder: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 3 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A disk that is full, or a crash, costs nothing of what was there.
func TestReplaceKeepsWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	if err := Replace(path, func(w io.Writer) error { _, err := io.WriteString(w, "old"); return err }); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	err := Replace(path, func(w io.Writer) error { _, _ = io.WriteString(w, "ne"); return full })
	if !errors.Is(err, full) || !strings.Contains(err.Error(), path) {
		t.Errorf("a full disk gives %v", err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "old" {
		t.Errorf("what was there is %q now, %v", text, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("the folder has %v", entries)
	}
}
