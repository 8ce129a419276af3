package unpack

import (
	"archive/tar"
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestApply(t *testing.T) {
	when := time.Unix(1_000_000_000, 0)
	dir := t.TempDir()
	err := apply(t, dir, roomy, false, archive(t,
		tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o711},
		tar.Header{Name: "usr/lib/", Typeflag: tar.TypeDir, Mode: 0o750, ModTime: when},
		symlink("lib", "usr/lib"), symlink("abs", "/usr/lib"),
		tar.Header{Name: "lib/tool", Mode: 0o4751, ModTime: when},
		file("abs/other"), file("new/deep/file"),
		link("usr/again", "lib/tool"),
		tar.Header{Name: "pipe", Typeflag: tar.TypeFifo, Mode: 0o600},
		tar.Header{Name: "closed/", Typeflag: tar.TypeDir, Mode: 0o555}, file("closed/in"),
		file("twice"), symlink("twice", "nowhere"), file("twice"),
	))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"usr": "/", "usr/lib": "/", "lib": "-> usr/lib", "abs": "-> /usr/lib", "usr/lib/tool": "lib/tool", "usr/lib/other": "abs/other",
		"new": "/", "new/deep": "/", "new/deep/file": "new/deep/file", "usr/again": "lib/tool", "pipe": "p---------",
		"closed": "/", "closed/in": "closed/in", "twice": "twice",
	}
	if got := listing(t, dir); !maps.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for name, mode := range map[string]os.FileMode{
		".": os.ModeDir | 0o711, "usr/lib": os.ModeDir | 0o750, "usr/again": os.ModeSetuid | 0o751,
	} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != mode || name != "." && !info.ModTime().Equal(when) {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	one, _ := os.Stat(filepath.Join(dir, "lib/tool"))
	two, _ := os.Stat(filepath.Join(dir, "usr/again"))
	if !os.SameFile(one, two) {
		t.Error("the hard link is a file of its own")
	}
}

// Owners are the archive's if this process may give files away, and its own otherwise.
func TestOwners(t *testing.T) {
	dir := t.TempDir()
	if err := apply(t, dir, roomy, false, archive(t, tar.Header{Name: "f", Uid: 1234, Gid: 5678, Mode: 0o4000})); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	uid, gid, mode := uint32(1234), uint32(5678), os.ModeSetuid
	if os.Geteuid() != 0 {
		uid, gid, mode = uint32(os.Geteuid()), uint32(os.Getegid()), os.ModeSetuid|0o400
	}
	if st := info.Sys().(*syscall.Stat_t); st.Uid != uid || st.Gid != gid || info.Mode() != mode {
		t.Errorf("%d:%d %v", st.Uid, st.Gid, info.Mode())
	}
}

// Layers take away what those below have, and only that.
func TestWhiteouts(t *testing.T) {
	below := archive(t, file("a/one"), file("a/two"), dir("b"), file("b/in/deep"), file("c/old"), file("c/sub/old"), file("c/gone/old"), symlink("l", "a"))
	above := archive(t,
		file("a/.wh.one"), file(".wh.b"), file("c/sub/new"), file("c/.wh..wh..opq"), file("c/new"),
		file("a/.wh..wh.plnk"), file("d"), file(".wh.d"), file(".wh.nothing"),
	)
	dir := t.TempDir()
	if err := apply(t, dir, roomy, true, below, above); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"a": "/", "a/two": "a/two", "c": "/", "c/new": "c/new", "c/sub": "/", "c/sub/new": "c/sub/new", "d": "d", "l": "-> a",
	}
	if got := listing(t, dir); !maps.Equal(got, want) {
		t.Errorf("%q", got)
	}
	dir = t.TempDir() // an archive that is no layer has such names
	if err := apply(t, dir, roomy, false, below, archive(t, file("a/.wh.one"))); err != nil {
		t.Fatal(err)
	}
	if got := listing(t, dir); got["a/.wh.one"] == "" || got["a/one"] == "" {
		t.Errorf("%q", got)
	}
}
