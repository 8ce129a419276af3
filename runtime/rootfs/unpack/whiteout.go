package unpack

import (
	"errors"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	whiteout = ".wh."         // what follows is the name of something that is gone
	opaque   = ".wh..wh..opq" // the directory has nothing of the layers below
	reserved = ".wh..wh."     // other names of this kind mean nothing
)

// takeAway does what a whiteout in a directory says, to what the layers below have left there.
func (a *applier) takeAway(fd int, dir, base string) error {
	if base == opaque {
		return a.hideAll(fd, dir)
	}
	name := strings.TrimPrefix(base, whiteout)
	if strings.HasPrefix(base, reserved) {
		return nil
	}
	if name == "" || name == "." || name == ".." {
		return ErrName
	}
	if a.made[path.Join(dir, name)] {
		return nil
	}
	a.nearPath = elsewhere
	return a.remove(fd, name)
}

// hideAll removes what is in a directory and was not made by this layer.
func (a *applier) hideAll(fd int, dir string) error {
	f, err := os.Open(procPath(fd))
	if err != nil {
		return err
	}
	names, err := f.Readdirnames(-1)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	a.nearPath = elsewhere
	for _, name := range names {
		at := path.Join(dir, name)
		if !a.made[at] {
			if err := a.remove(fd, name); err != nil {
				return err
			}
			continue
		}
		below, err := unix.Openat(fd, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err == unix.ENOTDIR || err == unix.ELOOP {
			continue
		}
		if err == nil {
			err = a.hideAll(below, at)
			_ = unix.Close(below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
