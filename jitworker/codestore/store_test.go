package codestore

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker/tier"
)

// What was added is found by a later run: every field of it, that of the highest level, and nothing else.
func TestFoundAgain(t *testing.T) {
	path := newDir(t)
	s := open(t, path)
	const n = 100
	origin := func(i int) []byte { return fmt.Appendf(nil, "block %d", i) }
	for i := range n {
		s.Add(origin(i), 1, sample(uint64(i), 20+i))
		if i%2 == 0 {
			s.Add(origin(i), 2, sample(uint64(i+n), 40+i))
		}
	}
	s.close()
	s = open(t, path)
	for i := range n {
		want, level := sample(uint64(i), 20+i), uint8(1)
		if i%2 == 0 {
			want, level = sample(uint64(i+n), 40+i), 2
		}
		got, found := s.Find(&s.read, origin(i), 2)
		if found != level || !reflect.DeepEqual(got, want) {
			t.Fatalf("block %d: level %d, %+v\nwant %d, %+v", i, found, got, level, want)
		}
		if c, _ := s.Find(&s.read, origin(i), 1); (c == nil) != (level == 2) {
			t.Fatalf("block %d of level %d found for who wants 1 at most: %v", i, level, c != nil)
		}
		if s.find(string(origin(i))+"x") != nil || s.find("") != nil {
			t.Fatal("code of another origin was found")
		}
		s.Add(origin(i), level, want)
	}
	if x := s.Stats(); x.Added != 0 || x.Records != n || x.Hits != n+n/2 || x.Damaged != 0 || x.Refused != 0 {
		t.Errorf("%+v", x)
	}
}

// What no record can hold is not kept.
func TestNotStorable(t *testing.T) {
	s := open(t, newDir(t))
	s.Add(nil, levelMask+1, sample(1, 20))
	s.Add(make([]byte, maxPiece+1), 1, sample(1, 20))
	s.Add(nil, 1, new(tier.Code))
	s.Add(nil, 1, sample(1, maxPiece+1))
	several := sample(1, 20)
	several.Links = append(several.Links, several.Links...)
	s.Add(nil, 1, several)
	marked := sample(1, 20)
	marked.Marks = []tier.Mark{{}}
	s.Add(nil, 1, marked)
	if n := s.Stats().Added; n != 0 {
		t.Errorf("%d were", n)
	}
}

// If two origins have one hash the code of one is not given to the other.
func TestCollision(t *testing.T) {
	path := newDir(t)
	collide := func(s *Store) { s.hash = func([]byte) uint64 { return 42 } }
	s := open(t, path, collide)
	s.Add([]byte("one"), 1, sample(1, 20))
	s.flush()
	s.close()
	s = open(t, path, collide)
	if s.find("one") == nil {
		t.Error("the code was not found by its own origin")
	}
	for _, other := range []string{"two", "on", "one ", ""} {
		if s.find(other) != nil {
			t.Errorf("the code of %q was given to %q", "one", other)
		}
	}
	s.Add([]byte("two"), 2, sample(2, 20)) // takes the place
	s.flush()
	s.close()
	s = open(t, path, collide)
	if c := s.find("two"); s.find("one") != nil || !reflect.DeepEqual(c, sample(2, 20)) {
		t.Errorf("found %+v", c)
	}
}

// Code of a higher level is found whichever file is read first.
func TestHigherLevelInAnyOrder(t *testing.T) {
	path := newDir(t)
	var files []string
	for level := range uint8(2) {
		s := open(t, path)
		s.Add([]byte("one"), level+1, sample(uint64(level), 20))
		s.flush()
		s.close()
		for name := range names(t, path) {
			if name = filepath.Join(path, name); !slices.Contains(files, name) {
				files = append(files, name)
			}
		}
	}
	for _, latest := range files {
		now := time.Now()
		for _, name := range files {
			when := now.Add(-time.Hour)
			if name == latest {
				when = now
			}
			if err := os.Chtimes(name, when, when); err != nil {
				t.Fatal(err)
			}
		}
		s := open(t, path)
		if c := s.find("one"); !reflect.DeepEqual(c, sample(1, 20)) {
			t.Errorf("%s is read first: found %+v", latest, c)
		}
		s.close()
	}
}

// Many goroutines find and add, in two stores of one directory at once; what both have added is found.
func TestTwoWriters(t *testing.T) {
	path := newDir(t)
	const each, workers = 200, 4
	name := func(store, worker, i int) string { return fmt.Sprintf("%d %d %d", store, worker, i) }
	want := func(i int) *tier.Code { return sample(uint64(i), 50) }
	stores := [2]*rig{open(t, path, small), open(t, path, small)}
	var all sync.WaitGroup
	for store, s := range stores {
		for worker := range workers {
			all.Go(func() {
				var r Reader
				for i := range each {
					s.Add([]byte(name(store, worker, i)), 1, want(i))
					s.Add([]byte(name(9, 9, i)), 1, want(i)) // of both
					if c, _ := s.Find(&r, []byte(name(store, worker, i)), 1); c != nil && !bytes.Equal(c.Bytes, want(i).Bytes) {
						t.Error("wrong code")
					}
				}
			})
		}
	}
	all.Wait()
	dropped := uint64(0)
	for _, s := range stores {
		s.close()
		dropped += s.Stats().Dropped
	}
	s := open(t, path)
	missing := uint64(0)
	for store := range 2 {
		for worker := range workers {
			for i := range each {
				switch c := s.find(name(store, worker, i)); {
				case c == nil:
					missing++
				case !reflect.DeepEqual(c, want(i)):
					t.Fatal("wrong code")
				}
			}
		}
	}
	if x := s.Stats(); missing > dropped || x.Refused != 0 || x.Damaged != 0 {
		t.Errorf("%d missing, %d dropped, %+v", missing, dropped, x)
	}
}

// small has a store write files of a few records.
func small(s *Store) { s.worth = 4 << 10 }

// A file that was renamed into the place of another build's is not used.
func TestAnotherMaker(t *testing.T) {
	path := newDir(t)
	file := write(t, path, map[string]*tier.Code{"one": sample(1, 20)})
	s := &Store{maker: "another maker\n", warn: func(string) {}}
	s.name = open(t, path).name // as if the hashes were equal
	if err := s.open(path, os.Geteuid()); err != nil {
		t.Fatal(err)
	}
	r := &rig{Store: s, t: t}
	defer r.close()
	if x := s.Stats(); x.Refused != 1 || x.Records != 0 {
		t.Errorf("%s: %+v", file, x)
	}
}
