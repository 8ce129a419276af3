package ext4

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
)

const (
	maxTarget    = 4096 // bytes of a link
	maxLinks     = 40   // that a path leads through
	maxDirectory = 16 << 20
	entryHeader  = 8
)

// File is a regular file.
type File struct {
	*io.SectionReader
}

// File opens a regular file. Links in its path are followed, within the file system.
func (s *FS) File(name string) (*File, error) {
	i, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if !i.is(typeFile) {
		return nil, fmt.Errorf("%w: it is no regular file", fs.ErrInvalid)
	}
	return &File{io.NewSectionReader(i, 0, i.size)}, nil
}

// Names are the names in a directory but for . and .., as they stand there, at most limit of them.
func (s *FS) Names(name string, limit int) ([]string, error) {
	i, err := s.find(name)
	if err != nil {
		return nil, err
	}
	var names []string
	err = i.each(func(name string, _ uint32) bool {
		if name != "." && name != ".." {
			names = append(names, name)
		}
		return len(names) < limit
	})
	return names, err
}

// find follows a path from the root.
func (s *FS) find(name string) (*inode, error) {
	root, err := s.inode(rootInode)
	if err != nil {
		return nil, err
	}
	above, rest, links := []*inode{root}, strings.Split(name, "/"), 0
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			above = above[:max(len(above)-1, 1)]
			continue
		}
		i, err := above[len(above)-1].child(part)
		if err != nil {
			return nil, err
		}
		if !i.is(typeLink) {
			above = append(above, i)
			continue
		}
		target, err := i.target()
		if err != nil {
			return nil, err
		}
		if links++; links > maxLinks {
			return nil, fmt.Errorf("%w: a path with more than %d links", ErrBad, maxLinks)
		}
		if strings.HasPrefix(target, "/") {
			above = above[:1]
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return above[len(above)-1], nil
}

// child is what has a name in a directory.
func (i *inode) child(name string) (*inode, error) {
	var number uint32
	if err := i.each(func(n string, at uint32) bool {
		if n == name {
			number = at
		}
		return number == 0
	}); err != nil {
		return nil, err
	}
	if number == 0 {
		return nil, fs.ErrNotExist
	}
	return i.fs.inode(number)
}

// each calls f for each name in a directory, until it returns false. The index of a large directory lies in what looks like unused
// entries.
func (i *inode) each(f func(name string, number uint32) bool) error {
	if !i.is(typeDir) {
		return fs.ErrNotExist
	}
	if i.size > maxDirectory {
		return fmt.Errorf("%w: a directory of %d bytes", ErrUnknown, i.size)
	}
	block := make([]byte, i.fs.block)
	for at := int64(0); at < i.size; at += i.fs.block {
		if n, err := i.ReadAt(block, at); n < len(block) {
			return fmt.Errorf("%w: a directory of %d bytes (%w)", ErrBad, i.size, err)
		}
		for rest := block; len(rest) >= entryHeader; {
			length := entryLength(rest)
			end := entryHeader + int(rest[6])
			if length < entryHeader || length > len(rest) || end > length {
				return fmt.Errorf("%w: inode %d has no directory's entries", ErrBad, i.number)
			}
			if number := le.Uint32(rest); number != 0 && !f(string(rest[entryHeader:end]), number) {
				return nil
			}
			rest = rest[length:]
		}
	}
	return nil
}

// entryLength is an entry's length, which has 18 bits in 16 where blocks have 64 KiB.
func entryLength(entry []byte) int {
	n := int(le.Uint16(entry[4:]))
	if n == 0 || n == 0xffff {
		return 1 << 16
	}
	return n&^3 | n&3<<16
}
