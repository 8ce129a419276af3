package unpack

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever an archive says, nothing outside of its directory is made, changed, or reached by another name.
func TestArchiveStaysInside(t *testing.T) {
	attacks := map[string]struct {
		entries []tar.Header
		says    string // of the error; empty: there is none
	}{
		"..":                            {[]tar.Header{file("../made")}, "outside"},
		".. in the middle":              {[]tar.Header{file("a/../../made")}, "outside"},
		".. at the end":                 {[]tar.Header{dir("a/..")}, "outside"},
		"absolute":                      {[]tar.Header{file("OUTSIDE/made")}, ""},
		"symbolic link up":              {[]tar.Header{symlink("l", "../outside"), file("l/made")}, "directory"},
		"absolute symbolic link":        {[]tar.Header{symlink("l", "OUTSIDE"), file("l/made")}, "directory"},
		"two symbolic links":            {[]tar.Header{symlink("a", ".."), symlink("b", "a/outside"), file("b/made")}, "directory"},
		"symbolic link in a directory":  {[]tar.Header{dir("d"), symlink("d/l", "../../outside"), file("d/l/made")}, "directory"},
		"file over a symbolic link":     {[]tar.Header{symlink("l", "OUTSIDE/secret"), file("l")}, ""},
		"directory over a symlink":      {[]tar.Header{symlink("l", "OUTSIDE"), dir("l"), file("l/made")}, ""},
		"attributes by a symbolic link": {[]tar.Header{{Name: "l", Linkname: "OUTSIDE/secret", Typeflag: tar.TypeSymlink, Mode: 0o777, Uid: 7}}, ""},
		"mode of a directory by a link": {[]tar.Header{{Name: "l", Typeflag: tar.TypeDir, Mode: 0o777}, symlink("l", "OUTSIDE")}, ""},
		"hard link up":                  {[]tar.Header{link("l", "../outside/secret")}, "outside"},
		"absolute hard link":            {[]tar.Header{link("l", "OUTSIDE/secret")}, "hard link"},
		"hard link by a symbolic link":  {[]tar.Header{symlink("s", "OUTSIDE"), link("l", "s/secret"), file("l")}, "hard link"},
		"hard link to a symbolic link":  {[]tar.Header{symlink("s", "OUTSIDE/secret"), link("l", "s"), file("l")}, ""},
		"hard link to the directory":    {[]tar.Header{link("l", ".")}, "outside"},
		"devices":                       {[]tar.Header{{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}, {Name: "disk", Typeflag: tar.TypeBlock}}, ""},
		"whiteout of the directory":     {[]tar.Header{file(".wh...")}, "outside"},
		"whiteout by a symbolic link":   {[]tar.Header{symlink("l", "OUTSIDE"), file("l/.wh.secret")}, "directory"},
		"opaque by a symbolic link":     {[]tar.Header{symlink("l", "../outside"), file("l/.wh..wh..opq")}, "directory"},
		"opaque over a symbolic link":   {[]tar.Header{symlink("l", "OUTSIDE"), file(".wh..wh..opq")}, ""},
		"itself":                        {[]tar.Header{file(".")}, ""},
		"long names":                    {[]tar.Header{file(strings.Repeat("x", 300))}, "too long"},
		"a loop":                        {[]tar.Header{symlink("a", "b"), symlink("b", "a"), file("a/made")}, "directory"},
	}
	for name, a := range attacks {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			inside, outside := filepath.Join(top, "inside"), filepath.Join(top, "outside")
			for _, dir := range []string{inside, outside} {
				if err := os.Mkdir(dir, 0o750); err != nil {
					t.Fatal(err)
				}
			}
			secret := filepath.Join(outside, "secret")
			if err := os.WriteFile(secret, []byte("secret"), 0o640); err != nil {
				t.Fatal(err)
			}
			before, _ := os.Stat(secret)
			for i := range a.entries {
				e := &a.entries[i]
				e.Name, e.Linkname = strings.ReplaceAll(e.Name, "OUTSIDE", outside), strings.ReplaceAll(e.Linkname, "OUTSIDE", outside)
			}
			err := apply(t, inside, roomy, true, archive(t, a.entries...))
			if a.says == "" && err != nil || a.says != "" && (err == nil || !strings.Contains(err.Error(), a.says)) {
				t.Errorf("error %v, want %q", err, a.says)
			}
			after, err := os.Stat(secret)
			if err != nil || after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
				t.Errorf("the file outside: %v, %v", after, err)
			}
			if got, want := listing(t, outside), map[string]string{"secret": "secret"}; !maps.Equal(got, want) {
				t.Errorf("outside there is %q", got)
			}
			if info, err := os.Stat(outside); err != nil || info.Mode().Perm() != 0o750 {
				t.Errorf("%v, %v", info, err)
			}
			for path, text := range listing(t, inside) {
				if info, err := os.Lstat(filepath.Join(inside, path)); err != nil || text == "secret" || info.Mode()&os.ModeDevice != 0 {
					t.Errorf("inside %s: %v %q %v", path, info, text, err)
				}
			}
		})
	}
}

// What an archive takes is bounded, also if it lies.
func TestLimits(t *testing.T) {
	big := archive(t, file("a"), file("b"), file("c"))
	for name, l := range map[string]Limits{
		"bytes":   {Bytes: 2, Entries: 10, Names: 100},
		"entries": {Bytes: 100, Entries: 2, Names: 100},
		"names":   {Bytes: 100, Entries: 10, Names: 2},
	} {
		if err := apply(t, t.TempDir(), l, false, big); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := apply(t, t.TempDir(), Limits{Bytes: 3, Entries: 3, Names: 3}, false, big); err != nil {
		t.Errorf("exactly the limits: %v", err)
	}
	if err := apply(t, t.TempDir(), Limits{Bytes: 4, Entries: 9, Names: 9}, true, big, big); !errors.Is(err, ErrLimit) {
		t.Errorf("over several layers: %v", err)
	}

	// A size that is larger than the archive, or than anything.
	for _, size := range []int64{1 << 50, 1000} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if err := w.WriteHeader(&tar.Header{Name: "x", Size: size, Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		b.WriteString("few")
		dir := t.TempDir()
		err := apply(t, dir, roomy, false, b.Bytes())
		if err == nil || !strings.Contains(err.Error(), "entry x") {
			t.Errorf("size %d: %v", size, err)
		}
		if info, err := os.Stat(filepath.Join(dir, "x")); err == nil && info.Size() > 3 {
			t.Errorf("size %d: %d bytes are there", size, info.Size())
		}
	}
	for _, n := range []int{1, 511, 512, 1100} {
		if err := apply(t, t.TempDir(), roomy, false, big[:n]); err == nil {
			t.Errorf("%d bytes of an archive are one", n)
		}
	}
}

func TestApplyEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	tree, err := Open(t.TempDir(), roomy)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if err := tree.Apply(ctx, bytes.NewReader(archive(t, file("a"))), false); !errors.Is(err, why) {
		t.Error(err)
	}
}

func FuzzApply(f *testing.F) {
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		top := t.TempDir()
		inside := filepath.Join(top, "inside")
		if err := os.Mkdir(inside, 0o700); err != nil {
			t.Fatal(err)
		}
		tree, err := Open(inside, roomy)
		if err != nil {
			t.Fatal(err)
		}
		defer tree.Close()
		_ = tree.Apply(t.Context(), bytes.NewReader(data), true)
		if left, err := os.ReadDir(top); err != nil || len(left) != 1 {
			t.Errorf("beside the directory: %v, %v", left, err)
		}
		if tree.Bytes > roomy.Bytes {
			t.Errorf("%d bytes", tree.Bytes)
		}
	})
}
