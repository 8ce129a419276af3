package oci

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/runtime/plain"
)

const (
	maxJSON      = 4 << 20
	maxDepth     = 4
	maxManifests = 4096
	maxLayers    = 512
)

var (
	// ErrLayout reports a layout that is damaged, or none.
	ErrLayout = errors.New("not a whole OCI image layout")
	// ErrChoice reports a layout in which there is not exactly one image for riscv64.
	ErrChoice = errors.New("not exactly one image for linux/riscv64")
)

// Is says whether there is a layout in a directory.
func Is(dir string) bool {
	r, err := os.OpenRoot(dir)
	if err != nil {
		return false
	}
	defer r.Close()
	for _, name := range []string{"oci-layout", "index.json"} {
		if info, err := r.Lstat(name); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// Image is an image of a layout that is open.
type Image struct {
	// Digest is that of the image's manifest, in hexadecimal digits: that of all that is in it.
	Digest string
	Config v1.Config
	root   *os.Root
	layers []v1.Descriptor
	diffs  []v1.Hash
}

// Open opens the image for linux/riscv64 with a tag; without one, the only image for it.
func Open(dir, tag string) (*Image, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	i := &Image{root: root}
	if err := i.open(tag); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return i, nil
}

// Close closes the layout.
func (i *Image) Close() error { return i.root.Close() }

func (i *Image) open(tag string) error {
	f, size, err := i.file("index.json")
	if err != nil {
		return err
	}
	defer f.Close()
	if size > maxJSON {
		return fmt.Errorf("%w: index.json has %d bytes", ErrLayout, size)
	}
	index, err := v1.ParseIndexManifest(io.LimitReader(f, maxJSON))
	if err != nil {
		return fmt.Errorf("%w: index.json: %w", ErrLayout, err)
	}
	c := chooser{image: i, left: maxManifests, found: map[v1.Hash]string{}}
	if err := c.index(index, tag, 0); err != nil {
		return err
	}
	switch len(c.found) {
	case 0:
		return fmt.Errorf("%w%s; there are: %s", ErrChoice, tagged(tag), c.others())
	case 1:
	default:
		return fmt.Errorf("%w%s, but %s; choose one by ,tag=NAME", ErrChoice, tagged(tag), c.names())
	}
	for digest := range c.found {
		err = i.manifest(digest)
	}
	return err
}

func tagged(tag string) string {
	if tag == "" {
		return ""
	}
	return " with the tag " + plain.Text(tag)
}

// manifest takes the chosen image's manifest and configuration.
func (i *Image) manifest(digest v1.Hash) error {
	text, err := i.json(digest)
	if err != nil {
		return err
	}
	m, err := v1.ParseManifest(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%w: manifest %s: %w", ErrLayout, digest, err)
	}
	config, err := i.config(m)
	if err != nil {
		return err
	}
	if len(m.Layers) != len(config.RootFS.DiffIDs) || len(m.Layers) > maxLayers {
		return fmt.Errorf("%w: manifest %s has %d layers, and its configuration %d; at most %d are allowed",
			ErrLayout, digest, len(m.Layers), len(config.RootFS.DiffIDs), maxLayers)
	}
	i.Digest, i.Config, i.layers, i.diffs = digest.Hex, config.Config, m.Layers, config.RootFS.DiffIDs
	return nil
}

func (i *Image) config(m *v1.Manifest) (*v1.ConfigFile, error) {
	text, err := i.json(m.Config.Digest)
	if err != nil {
		return nil, err
	}
	config, err := v1.ParseConfigFile(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: configuration %s: %w", ErrLayout, m.Config.Digest, err)
	}
	return config, nil
}

// file opens a regular file of the layout.
func (i *Image) file(name string) (*os.File, int64, error) {
	f, err := i.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrLayout, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is no regular file")
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("%w: %s: %w", ErrLayout, name, err), f.Close())
	}
	return f, info.Size(), nil
}

// blob opens what has a digest.
func (i *Image) blob(digest v1.Hash) (*os.File, int64, error) {
	if digest.Algorithm != "sha256" || len(digest.Hex) != sha256.Size*2 || strings.Trim(digest.Hex, "0123456789abcdef") != "" {
		return nil, 0, fmt.Errorf("%w: %s is no digest that is known", ErrLayout, plain.Text(digest.String()))
	}
	return i.file("blobs/sha256/" + digest.Hex)
}

// json returns a description when it is known to be whole.
func (i *Image) json(digest v1.Hash) ([]byte, error) {
	f, size, err := i.blob(digest)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > maxJSON {
		return nil, fmt.Errorf("%w: %s has %d bytes, which no description has", ErrLayout, digest, size)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxJSON))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != digest.Hex {
		return nil, fmt.Errorf("%w: %s is damaged", ErrLayout, digest)
	}
	return text, nil
}
