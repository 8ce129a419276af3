package hostfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Writable reports whether Replace can make or replace the file at path, as far as that can be told before.
func Writable(path string) error {
	if _, err := target(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("%s: %w; name a file in a folder that can be written to", path, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Replace writes a file beside its place and renames it when it is whole and on the disk, so that what was there remains if
// anything goes wrong.
func Replace(path string, write func(io.Writer) error) (err error) {
	place, err := target(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(place), ".new-*")
	if err != nil {
		return explain(path, err)
	}
	defer func() {
		if err != nil {
			_, _ = f.Close(), os.Remove(f.Name())
			err = fmt.Errorf("%s is not written, and what was there remains: %w%s", path, err, room(err))
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), place)
}

// room is what to do about a full disk.
func room(err error) string {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return "; make room there, or name a file on another disk"
	}
	return ""
}

// target is the file that path leads to, behind symbolic links; an error if something else is there. To put a file in the
// place of a device or a pipe would take that away.
func target(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, nil
	case err != nil:
		return "", explain(path, err)
	case !info.Mode().IsRegular():
		return "", wrongKind(path, info.Mode())
	}
	return filepath.EvalSymlinks(path)
}
