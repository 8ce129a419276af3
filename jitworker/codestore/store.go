package codestore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/jitworker/tier"
)

// Store is the code that runs have kept. Its methods are safe for concurrent use, but for Close,
// after which nobody may use it.
type Store struct {
	dir   *dir
	maker string
	name  uint64              // hash of maker
	hash  func([]byte) uint64 // of origins
	limit int64
	warn  func(string)

	files []*file // constant

	indexed sync.RWMutex
	index   map[uint64]place // protected by indexed: by hash of the origin, that of the highest level

	writer
	counters counters
}

// file is a file of code.
type file struct {
	*os.File
	size int64
	hits atomic.Uint64 // records used: written by who finds, read by Close
}

// Empty reports whether earlier runs have kept nothing.
func (s *Store) Empty() bool { return len(s.files) == 0 }

// maxRecords bounds the index: some 48 bytes of memory each.
const maxRecords = 1 << 21

// Open opens the store of cfg for code that maker makes. warn is told, in one sentence, what
// keeps code from being stored; it is called by one goroutine at a time.
func Open(cfg Config, maker string, warn func(string)) (*Store, error) {
	s := &Store{maker: maker, name: xxhash.Sum64String(maker), hash: xxhash.Sum64, limit: int64(cfg.Bytes), warn: warn}
	return s, s.open(cfg.Dir, os.Geteuid())
}

func (s *Store) open(path string, user int) (err error) {
	if s.dir, err = openDir(path, user); err != nil {
		return err
	}
	names, err := s.dir.list()
	if err != nil {
		return errors.Join(err, s.dir.Close())
	}
	s.index = make(map[uint64]place)
	for _, f := range names {
		if isOf(f.name, s.name) && len(s.files) < maxFiles {
			s.read(f.name)
		}
	}
	s.init(s.maker, s.dir)
	return nil
}

// read adds a file's records to the index, unless something is wrong with it.
func (s *Store) read(name string) {
	f, err := s.dir.open(name)
	if err != nil {
		s.counters.refused.Add(1)
		return
	}
	used := false
	err = readIndex(f, f.size, s.maker, func(hash uint64, p place) {
		p.file = f
		if old, ok := s.index[hash]; ok && old.level >= p.level || !ok && len(s.index) >= maxRecords {
			return
		}
		s.index[hash], used = p, true
	})
	if err != nil { // an index whose checksum is right is right as a whole, or was written wrong
		s.counters.refused.Add(1)
		for hash, p := range s.index {
			if p.file == f {
				delete(s.index, hash)
			}
		}
	}
	if err != nil || !used && len(s.files) > 0 {
		_ = f.Close() // was only read
		return
	}
	s.files = append(s.files, f)
	s.counters.bytes.Add(uint64(f.size))
}

// Reader is what a goroutine needs to find code.
type Reader struct {
	code tier.Code
	// window is what was read of a file last, from at on.
	window []byte
	file   *file
	at     int64
}

// windowBytes are read at once: what was compiled at one time is mostly wanted at one time.
const windowBytes = 16 << 10

// Find returns the code of the highest level that is kept for origin, if that is one of most at most; nil
// if there is none. It is valid until r's next Find.
func (s *Store) Find(r *Reader, origin []byte, most uint8) (*tier.Code, uint8) {
	hash := s.hash(origin)
	s.indexed.RLock()
	p, ok := s.index[hash]
	s.indexed.RUnlock()
	if !ok || p.level > most {
		s.counters.misses.Add(1)
		return nil, 0
	}
	record := r.record(p)
	if record == nil || sumOf(record, p.level) != p.sum {
		s.damaged(hash, p)
		return nil, 0
	}
	made, level, err := readRecord(record, &r.code)
	switch {
	case err != nil || level != p.level:
		s.damaged(hash, p)
		return nil, 0
	case !bytes.Equal(made, origin):
		s.counters.misses.Add(1)
		return nil, 0
	}
	s.counters.hits.Add(1)
	p.file.hits.Add(1)
	return &r.code, level
}

// record returns the bytes of the record at p, or nil.
func (r *Reader) record(p place) []byte {
	from, n := int64(p.offset), int(p.length)
	if p.file != r.file || from < r.at || from+int64(n) > r.at+int64(len(r.window)) {
		if cap(r.window) < max(n, windowBytes) {
			r.window = make([]byte, max(n, windowBytes))
		}
		r.file, r.at, r.window = p.file, from, r.window[:cap(r.window)]
		got, _ := p.file.ReadAt(r.window, from) // a short one is as good as an error
		r.window = r.window[:got]
		if got < n {
			return nil
		}
	}
	return r.window[from-r.at:][:n:n]
}

// damaged forgets a record that is not what the index says.
func (s *Store) damaged(hash uint64, p place) {
	s.counters.damaged.Add(1)
	s.indexed.Lock()
	defer s.indexed.Unlock()
	if s.index[hash] == p {
		delete(s.index, hash)
	}
}

// Close writes what waits and ends the store. It takes little longer than patience.
func (s *Store) Close(patience time.Duration) error {
	ended := s.end()
	var err error
	for _, f := range s.files {
		if f.hits.Load() > 0 {
			_ = f.touch() // on a read-only disk it grows old
		}
		err = errors.Join(err, f.Close())
	}
	select {
	case <-ended:
		return errors.Join(err, s.dir.Close())
	case <-time.After(patience):
		return err // whoever writes still has the directory
	}
}

// touch says that the file was used now.
func (f *file) touch() error {
	now := unix.NsecToTimeval(time.Now().UnixNano())
	return unix.Futimes(int(f.Fd()), []unix.Timeval{now, now})
}

// Explain words the error of an Open for people.
func Explain(path string, err error) string {
	if errors.Is(err, ErrShared) {
		return fmt.Sprintf("no native code is kept: %v; choose a --code-store that is yours alone, or off", err)
	}
	return fmt.Sprintf("no native code is kept in %s: %v; choose another --code-store, or off", path, err)
}
