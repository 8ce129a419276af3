package pflash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/runtime/hostfile"
)

// ErrFile reports a file that cannot be a bank's.
var ErrFile = errors.New("no contents of a bank of flash")

// pause is the least time between two beginnings of a save.
const pause = time.Second

// Read fills bytes, which are Size, with the contents of the file at path.
func Read(ctx context.Context, path string, bytes []byte) error {
	f, err := hostfile.Open(ctx, path)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.Size != Size {
		remedy := fmt.Sprintf("extend a copy of it with: truncate -s %d %s", Size, path)
		if f.Size > Size {
			remedy = "give another one"
		}
		return fmt.Errorf("%s: %w, which has %d bytes: the file has %d; %s", path, ErrFile, Size, f.Size, remedy)
	}
	if _, err := f.ReadAt(bytes, 0); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// File keeps the contents of a bank in a file.
type File struct {
	path  string // without symbolic links
	mode  fs.FileMode
	bytes []byte // the bank's
	still func() (release func())
	hurry atomic.Bool   // set by Abort, read by who saves
	dirty chan struct{} // holds a token: something has changed
	done  chan struct{}
	ended sync.WaitGroup

	mu   sync.Mutex
	lock *os.File // the file as it is now, locked against others
	err  error    // of the latest save
	open bool
}

// Open has the file at path, whose contents bytes are, follow their changes. still keeps bytes as they are until release is
// called. The file is locked, so that no two machines write one.
func Open(path string, bytes []byte, still func() (release func())) (*File, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	f := &File{path: real, bytes: bytes, still: still, dirty: make(chan struct{}, 1), done: make(chan struct{}), open: true}
	if f.lock, err = os.OpenFile(real, os.O_RDWR|unix.O_NONBLOCK, 0); err != nil {
		return nil, fmt.Errorf("%w; change its permissions, or give a copy", err)
	}
	info, err := f.lock.Stat()
	if err == nil {
		f.mode, err = info.Mode().Perm(), lockFile(f.lock, path)
	}
	if err != nil {
		return nil, errors.Join(err, f.lock.Close())
	}
	f.ended.Go(f.follow)
	return f, nil
}

// lockFile locks f; a file system without locks does without.
func lockFile(f *os.File, path string) error {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return fmt.Errorf("%s is in use by another machine; stop that one, or give a copy", path)
	}
	return nil
}

// Changed has the file follow soon. It does not wait.
func (f *File) Changed() {
	select {
	case f.dirty <- struct{}{}:
	default: // it will anyway
	}
}

// follow saves whenever something has changed, until Close.
func (f *File) follow() {
	for {
		select {
		case <-f.dirty:
			f.save()
		case <-f.done:
			return
		}
		select {
		case <-time.After(pause):
		case <-f.done:
			return
		}
	}
}

// save writes the contents of one moment.
func (f *File) save() {
	release := f.still()
	snapshot := append([]byte(nil), f.bytes...)
	release()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = f.replace(snapshot)
}

// replace writes a new file and has it take the old one's place. Caller holds f.mu.
func (f *File) replace(contents []byte) (err error) {
	t, err := os.CreateTemp(filepath.Dir(f.path), filepath.Base(f.path)+".new*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close(), os.Remove(t.Name()))
		}
	}()
	if err = lockFile(t, f.path); err != nil {
		return err
	}
	if err = t.Chmod(f.mode); err != nil {
		return err
	}
	if _, err = t.Write(contents); err != nil {
		return err
	}
	if !f.hurry.Load() {
		if err = t.Sync(); err != nil {
			return err
		}
	}
	if err = os.Rename(t.Name(), f.path); err != nil {
		return err
	}
	old := f.lock
	f.lock = t
	_ = old.Close() // nobody reads it, and nothing was written to it
	return nil
}

// Abort has the saves that follow not wait for the host's disk. It may be called at any time.
func (f *File) Abort() { f.hurry.Store(true) }

// Err is why the file has not followed the latest changes, or nil.
func (f *File) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// Close writes what has changed, and lets go of the file.
func (f *File) Close() error {
	f.mu.Lock()
	was := f.open
	f.open = false
	f.mu.Unlock()
	if !was {
		return nil
	}
	close(f.done)
	f.ended.Wait()
	f.mu.Lock()
	failed := f.err != nil
	f.mu.Unlock()
	select {
	case <-f.dirty:
		f.save()
	default:
		if failed {
			f.save() // once more
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.err
	if err != nil {
		err = fmt.Errorf("the guest's latest changes of its flash are not in %s: %w", f.path, err)
	}
	return errors.Join(err, f.lock.Close())
}
