package oci

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/stream"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"

	"github.com/hartwood-vm/hartwood/runtime/rootfs/unpack"
)

// tarOf makes an archive of files that hold their names.
func tarOf(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, n := range names {
		if err := errors.Join(w.WriteHeader(&tar.Header{Name: n, Size: int64(len(n)), Mode: 0o644})); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(n))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// imageOf makes an image of layers for an architecture.
func imageOf(t *testing.T, arch string, config v1.Config, layers ...v1.Layer) v1.Image {
	t.Helper()
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), layers...)
	if err != nil {
		t.Fatal(err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", arch, config
	if img, err = mutate.ConfigFile(img, file); err != nil {
		t.Fatal(err)
	}
	return img
}

func plainLayer(t *testing.T, names ...string) v1.Layer {
	return static.NewLayer(tarOf(t, names...), types.OCIUncompressedLayer)
}

// entry is an image of an index.
type entry struct {
	image    v1.Image
	tag      string
	platform string // empty: the index does not say
}

// write writes a layout.
func write(t *testing.T, entries ...entry) string {
	t.Helper()
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		var options []layout.Option
		if e.tag != "" {
			options = append(options, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": e.tag}))
		}
		if e.platform != "" {
			options = append(options, layout.WithPlatform(v1.Platform{OS: "linux", Architecture: e.platform}))
		}
		if err := p.AppendImage(e.image, options...); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// unpackTo unpacks an image and returns the names of its files.
func unpackTo(t *testing.T, i *Image) ([]string, error) {
	t.Helper()
	dir := t.TempDir()
	tree, err := unpack.Open(dir, unpack.DefaultLimits(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if err := i.Unpack(t.Context(), tree); err != nil {
		return nil, err
	}
	var names []string
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func TestImage(t *testing.T) {
	var squeezed bytes.Buffer
	z, _ := zstd.NewWriter(&squeezed)
	z.Write(tarOf(t, "third", ".wh.first"))
	z.Close()
	sum := sha256.Sum256(tarOf(t, "third", ".wh.first"))
	img := imageOf(t, "riscv64", v1.Config{WorkingDir: "/src", Env: []string{"A=b"}},
		plainLayer(t, "first"),
		zstdLayer{static.NewLayer(squeezed.Bytes(), types.OCILayerZStd), v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}},
	)
	gzipped := stream.NewLayer(readCloser{bytes.NewReader(tarOf(t, "second"))})
	img, err := mutate.AppendLayers(img, gzipped)
	if err != nil {
		t.Fatal(err)
	}
	dir := write(t, entry{imageOf(t, "amd64", v1.Config{}, plainLayer(t, "other")), "", "amd64"}, entry{img, "v1", ""})
	if !Is(dir) || Is(filepath.Join(dir, "blobs")) {
		t.Error("a layout is not taken for one, or its blobs are")
	}
	for _, tag := range []string{"", "v1"} {
		i, err := Open(dir, tag)
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := img.Digest(); i.Digest != want.Hex || i.Config.WorkingDir != "/src" || !slices.Equal(i.Config.Env, []string{"A=b"}) {
			t.Errorf("%+v", i)
		}
		if got, err := unpackTo(t, i); err != nil || !slices.Equal(got, []string{"second", "third"}) {
			t.Errorf("%q, %v", got, err)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// zstdLayer is a layer whose packed bytes are given.
type zstdLayer struct {
	v1.Layer
	diff v1.Hash
}

func (z zstdLayer) DiffID() (v1.Hash, error) { return z.diff, nil }

// An index within an index has the tag for all that is in it.
func TestNestedIndex(t *testing.T) {
	inner := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: imageOf(t, "arm64", v1.Config{}), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}},
		mutate.IndexAddendum{Add: imageOf(t, "riscv64", v1.Config{User: "me"}), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "riscv64"}}})
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.AppendIndex(inner, layout.WithAnnotations(map[string]string{"io.containerd.image.name": "example.test/a:latest"})); err != nil {
		t.Fatal(err)
	}
	for tag, good := range map[string]bool{"": true, "latest": true, "a": false} {
		i, err := Open(dir, tag)
		if good != (err == nil) || good && i.Config.User != "me" {
			t.Errorf("tag %q: %+v, %v", tag, i, err)
		}
	}
	for range maxDepth { // and no end of indexes
		inner = mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: inner})
	}
	dir = t.TempDir()
	if _, err := layout.Write(dir, inner); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, ""); !errors.Is(err, ErrLayout) {
		t.Error(err)
	}
}

func TestChoice(t *testing.T) {
	one, two := imageOf(t, "riscv64", v1.Config{User: "1"}), imageOf(t, "riscv64", v1.Config{User: "2"})
	for says, entries := range map[string][]entry{
		"no images":   nil,
		"linux/amd64": {{imageOf(t, "amd64", v1.Config{}), "", "amd64"}},
		"linux/s390x": {{imageOf(t, "s390x", v1.Config{}), "", ""}},
		",tag=NAME":   {{one, "a", ""}, {two, "b", ""}},
	} {
		if _, err := Open(write(t, entries...), ""); !errors.Is(err, ErrChoice) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
	dir := write(t, entry{one, "a", ""}, entry{two, "b", ""}, entry{two, "c", ""})
	for tag, user := range map[string]string{"a": "1", "b": "2", "c": "2", "d": ""} {
		i, err := Open(dir, tag)
		if (err == nil) != (user != "") || err == nil && i.Config.User != user {
			t.Errorf("tag %q: %v, %v", tag, i, err)
		}
	}
}

// What is in a layout is what its digest says, or refused.
func TestDamage(t *testing.T) {
	digestOf := func(h v1.Hash, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return "blobs/sha256/" + h.Hex
	}
	layer := plainLayer(t, "file")
	img := imageOf(t, "riscv64", v1.Config{}, layer)
	manifest, config, data := digestOf(img.Digest()), digestOf(img.ConfigName()), digestOf(layer.Digest())
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, tarOf(t, "file"), 0o600); err != nil {
		t.Fatal(err)
	}
	flip := func(path string) error {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b[len(b)/2] ^= 1
		return os.WriteFile(path, b, 0o600)
	}
	away := func(path string) error { return os.Remove(path) }
	link := func(path string) error { return errors.Join(os.Remove(path), os.Symlink(outside, path)) }
	folder := func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }
	large := func(path string) error { return os.Truncate(path, 1<<40) }
	for name, change := range map[string]func(string) error{"changed": flip, "gone": away, "a link out": link, "a directory": folder, "large": large} {
		for _, blob := range []string{manifest, config, data, "index.json"} {
			if name == "changed" && blob == "index.json" {
				continue // it has no digest
			}
			dir := write(t, entry{img, "", ""})
			if err := change(filepath.Join(dir, blob)); err != nil {
				t.Fatal(err)
			}
			i, err := Open(dir, "")
			if err == nil {
				_, err = unpackTo(t, i)
			}
			if err == nil {
				t.Errorf("%s %s: no error", blob, name)
			}
		}
	}
	// A layer that is whole, and not the one that the configuration means.
	liar := zstdLayer{layer, v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("0", 64)}}
	i, err := Open(write(t, entry{imageOf(t, "riscv64", v1.Config{}, liar), "", ""}), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unpackTo(t, i); !errors.Is(err, ErrLayout) {
		t.Error(err)
	}
}
