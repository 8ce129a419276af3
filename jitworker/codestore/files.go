package codestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// File is a file of kept code.
type File struct {
	Path  string    `json:"path"`
	Bytes int64     `json:"bytes"`
	Used  time.Time `json:"used"` // last
	// Maker is a number of what the code was made by and for: a build of the program, and a kind of processor.
	Maker string `json:"maker"`
}

// Files returns the files of code in a directory, those used last first. There are none where there is no directory.
// The error is as Open's.
func Files(path string) ([]File, error) {
	d, err := existing(path)
	if d == nil {
		return nil, err
	}
	files, err := d.whole()
	return files, errors.Join(err, d.Close())
}

// Clear removes the files of code in a directory, and nothing else there, and returns them. Machines that have them open
// go on, and may write others.
func Clear(path string) (gone []File, err error) {
	d, err := existing(path)
	if d == nil {
		return nil, err
	}
	files, err := d.whole()
	for _, f := range files {
		if failed := d.remove(filepath.Base(f.Path)); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		gone = append(gone, f)
	}
	return gone, errors.Join(err, d.Close())
}

// existing opens a directory; nil if it is not there.
func existing(path string) (*dir, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return openDir(path, os.Geteuid())
}

// whole returns the files that nobody is writing.
func (d *dir) whole() (files []File, err error) {
	names, err := d.list()
	for _, f := range names {
		maker, _, ok := strings.Cut(strings.TrimPrefix(f.name, prefix), "-")
		if ok && !strings.HasSuffix(f.name, unfinished) {
			files = append(files, File{filepath.Join(d.Name(), f.name), f.size, f.used, maker})
		}
	}
	return files, err
}
