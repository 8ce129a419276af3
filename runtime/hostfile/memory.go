package hostfile

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Memory returns a file without a name that holds what r has, and is gone with its descriptor. It is read from the beginning.
func Memory(name string, r io.Reader) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("a file in memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), name)
	if _, err := io.Copy(io.NewOffsetWriter(f, 0), r); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
