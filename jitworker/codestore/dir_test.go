package codestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/jitworker/tier"
)

// nobody is a user that the tests are not.
const nobody = 65534

// A directory that is another user's, that others may write to, or that a symbolic link leads to, is refused.
func TestUnsafeDirectories(t *testing.T) {
	path := newDir(t)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	link := path + "-link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	file := path + "-file"
	mustWrite(t, file, nil)
	for name, test := range map[string]struct {
		path string
		mode os.FileMode
		user int
		safe bool
	}{
		"one's own":            {path, 0o700, os.Geteuid(), true},
		"readable":             {path, 0o755, os.Geteuid(), true},
		"another user's":       {path, 0o700, os.Geteuid() + 1, false},
		"a group's to write":   {path, 0o770, os.Geteuid(), false},
		"anybody's to write":   {path, 0o777, os.Geteuid(), false},
		"with the sticky bit":  {path, 0o777 | os.ModeSticky, os.Geteuid(), false},
		"a symbolic link":      {link, 0o700, os.Geteuid(), false},
		"one behind a link":    {link + "/.", 0o700, os.Geteuid(), true},
		"a file":               {file, 0o700, os.Geteuid(), false},
		"one below a file":     {file + "/x", 0o700, os.Geteuid(), false},
		"one that is not made": {filepath.Join(path, "a", "b"), 0o700, os.Geteuid(), true},
	} {
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		d, err := openDir(test.path, test.user)
		if (err == nil) != test.safe {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		} else if text := Explain(test.path, err); !strings.Contains(text, test.path) || !strings.Contains(text, "--code-store") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if s, err := os.Stat(filepath.Join(path, "a")); err != nil || s.Mode().Perm() != 0o700 {
		t.Errorf("made with %v, %v", s, err)
	}
}

// A file that is another user's or that others may write to is refused, and so is what is no file. Nothing waits for
// a pipe's other end.
func TestUnsafeFiles(t *testing.T) {
	for name, spoil := range map[string]func(file string) error{
		"a group's to write": func(file string) error { return os.Chmod(file, 0o660) },
		"anybody's to write": func(file string) error { return os.Chmod(file, 0o602) },
		"another user's": func(file string) error {
			if os.Geteuid() != 0 {
				return errSkip
			}
			return os.Chown(file, nobody, -1)
		},
		"a symbolic link": func(file string) error {
			return errors.Join(os.Rename(file, filepath.Dir(file)+"/elsewhere"), os.Symlink("elsewhere", file))
		},
		"a pipe":      func(file string) error { return errors.Join(os.Remove(file), unix.Mkfifo(file, 0o600)) },
		"a directory": func(file string) error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := newDir(t)
			file := write(t, path, pieces())
			if err := spoil(file); errors.Is(err, errSkip) {
				t.Skip("only root has files of other users")
			} else if err != nil {
				t.Fatal(err)
			}
			if found, stats := used(t, path); len(found) != 0 || stats.Refused != 1 {
				t.Errorf("found %v, %+v", found, stats)
			}
		})
	}
}

var errSkip = errors.New("not here")

// stored makes a file of the store of n bytes that was used some minutes ago.
func stored(t *testing.T, path, name string, n int64, minutes int) {
	t.Helper()
	file := filepath.Join(path, name)
	mustWrite(t, file, nil)
	when := time.Now().Add(-time.Duration(minutes) * time.Minute)
	if err := errors.Join(os.Truncate(file, n), os.Chtimes(file, when, when)); err != nil {
		t.Fatal(err)
	}
}

// The oldest files leave until bytes and files are within their bounds, with them what writers that are gone have left. What is no
// file of the store stays.
func TestBound(t *testing.T) {
	path := newDir(t)
	open(t, path).close()
	d, err := openDir(path, os.Geteuid())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for i := range 10 {
		stored(t, path, fmt.Sprintf("%s%d", prefix, i), 100, 10-i)
	}
	stored(t, path, prefix+"old"+unfinished, 100, 60)
	stored(t, path, prefix+"new"+unfinished, 100, 0)
	stored(t, path, "notes", 100, 100)
	if err := d.trim(350, time.Now()); err != nil {
		t.Fatal(err)
	}
	left := names(t, path)
	for _, name := range []string{prefix + "7", prefix + "8", prefix + "9", prefix + "new" + unfinished, "notes"} {
		if !left[name] {
			t.Errorf("%s is gone", name)
		}
		delete(left, name)
	}
	if len(left) != 0 {
		t.Errorf("%v are left", left)
	}
	for i := range 2 * maxFiles {
		stored(t, path, fmt.Sprintf("%sx%d", prefix, i), 1, i)
	}
	if err := d.trim(1<<40, time.Now()); err != nil {
		t.Fatal(err)
	}
	if n := len(names(t, path)); n != maxFiles+2 {
		t.Errorf("%d files are left", n)
	}
}

// A store stays within its bound while it is written to, and what is used stays in it rather than what is not.
func TestUseKeepsYoung(t *testing.T) {
	path := newDir(t)
	needed := write(t, path, map[string]*tier.Code{"needed": sample(1, 1000)})
	other := write(t, path, map[string]*tier.Code{"other": sample(2, 1000)})
	for i, file := range []string{needed, other} { // the needed one is the older one
		when := time.Now().Add(time.Duration(i-60) * time.Minute)
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, path)
	if s.find("needed") == nil {
		t.Fatal("not found")
	}
	s.close()
	s = open(t, path, func(s *Store) { s.limit = 3500 })
	s.Add([]byte("new"), 1, sample(3, 1000))
	s.flush()
	s.close()
	s = open(t, path)
	if s.find("needed") == nil || s.find("new") == nil || s.find("other") != nil {
		t.Errorf("%v are left", names(t, path))
	}
}

// In a directory that cannot be written to code is found, and the first that is to be kept is told of, once.
func TestReadOnlyDirectory(t *testing.T) {
	path := newDir(t)
	file := write(t, path, pieces())
	if err := os.Chmod(path, 0o500); err != nil {
		t.Fatal(err)
	}
	user := os.Geteuid()
	if user == 0 { // may write anywhere, and so becomes somebody else for files
		user = nobody
		if err := errors.Join(os.Chown(path, nobody, -1), os.Chown(file, nobody, -1)); err != nil {
			t.Fatal(err)
		}
	}
	r := &rig{t: t}
	r.Store = &Store{maker: maker, name: open(t, newDir(t)).name, hash: open(t, newDir(t)).hash, limit: 1 << 20}
	r.warn = func(line string) { r.warnings = append(r.warnings, line) }
	if err := r.open(path, user); err != nil {
		t.Fatal(err)
	}
	write := r.write
	r.write = func(f *os.File, b []byte) error { t.Error("a file was created"); return write(f, b) }
	create := r.create
	r.create = func(name string) (*os.File, error) {
		goruntime.LockOSThread()
		defer goruntime.UnlockOSThread()
		if os.Geteuid() == 0 {
			old, _ := unix.SetfsuidRetUid(nobody)
			defer unix.SetfsuidRetUid(old)
		}
		return create(name)
	}
	r.failsOnce("permission denied")
	r.close()
	if n := len(names(t, path)); n != 1 {
		t.Errorf("%d files", n)
	}
}

// failsOnce adds code twice that cannot be written, and sees one warning, and code found all the same.
func (r *rig) failsOnce(why string) {
	r.t.Helper()
	for i := range 2 {
		r.Add(fmt.Appendf(nil, "new %d", i), 1, sample(9, 100))
		r.mu.Lock()
		more := r.batch != nil
		r.mu.Unlock()
		if !more {
			break
		}
		r.flush()
	}
	for origin := range pieces() {
		if r.find(origin) == nil {
			r.t.Errorf("%q was not found", origin)
		}
	}
	r.close()
	if len(r.warnings) != 1 || !strings.Contains(r.warnings[0], why) || r.Stats().Failed != 1 || r.Stats().Written != 0 {
		r.t.Errorf("warnings %q, %+v", r.warnings, r.Stats())
	}
}
