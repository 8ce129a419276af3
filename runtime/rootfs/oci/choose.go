package oci

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// The annotations in which tools write the name of an image of a layout: a tag, or a name that ends in one.
var nameAnnotations = []string{"org.opencontainers.image.ref.name", "io.containerd.image.name"}

// chooser looks for images for riscv64.
type chooser struct {
	image *Image
	left  int
	found map[v1.Hash]string // and what it is called
	other []string           // platforms that are not riscv64
}

// index looks at the entries of an index; those within an index with the tag have it too.
func (c *chooser) index(index *v1.IndexManifest, tag string, depth int) error {
	if depth >= maxDepth {
		return fmt.Errorf("%w: there are more than %d indexes within each other", ErrLayout, maxDepth)
	}
	for _, d := range index.Manifests {
		if c.left--; c.left < 0 {
			return fmt.Errorf("%w: it lists more than %d images", ErrLayout, maxManifests)
		}
		names := namesOf(&d)
		within := tag
		if slices.ContainsFunc(names, func(n string) bool { return n == tag || strings.HasSuffix(n, ":"+tag) }) {
			within = ""
		}
		if err := c.descriptor(&d, names, within, depth); err != nil {
			return err
		}
	}
	return nil
}

func namesOf(d *v1.Descriptor) (names []string) {
	for _, a := range nameAnnotations {
		if n := d.Annotations[a]; n != "" {
			names = append(names, n)
		}
	}
	return names
}

// descriptor looks at an entry that is to have a tag, unless that is empty.
func (c *chooser) descriptor(d *v1.Descriptor, names []string, tag string, depth int) error {
	switch {
	case d.MediaType.IsIndex():
		text, err := c.image.json(d.Digest)
		if err != nil {
			return err
		}
		inner, err := v1.ParseIndexManifest(bytes.NewReader(text))
		if err != nil {
			return fmt.Errorf("%w: index %s: %w", ErrLayout, d.Digest, err)
		}
		return c.index(inner, tag, depth+1)
	case !d.MediaType.IsImage():
		return nil
	}
	p := d.Platform
	if p == nil {
		var err error
		if p, err = c.platform(d); err != nil {
			return err
		}
	}
	switch {
	case tag != "":
		c.other = append(c.other, "another tag")
	case p.OS == "linux" && p.Architecture == "riscv64":
		c.found[d.Digest] = strings.Join(append(names, d.Digest.String()), " ")
	default:
		c.other = append(c.other, p.String())
	}
	return nil
}

// platform is what an image says of itself.
func (c *chooser) platform(d *v1.Descriptor) (*v1.Platform, error) {
	text, err := c.image.json(d.Digest)
	if err != nil {
		return nil, err
	}
	m, err := v1.ParseManifest(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: manifest %s: %w", ErrLayout, d.Digest, err)
	}
	config, err := c.image.config(m)
	if err != nil {
		return nil, err
	}
	return &v1.Platform{OS: config.OS, Architecture: config.Architecture}, nil
}

// names are the images that were found, for people.
func (c *chooser) names() string { return short(slices.Sorted(maps.Values(c.found))) }

// others are what there is instead.
func (c *chooser) others() string {
	if len(c.other) == 0 {
		return "no images"
	}
	slices.Sort(c.other)
	return short(slices.Compact(c.other))
}

func short(list []string) string {
	const most = 8
	if len(list) > most {
		list = append(list[:most:most], "...")
	}
	text := strings.Join(list, ", ")
	return plain.Text(text[:min(len(text), 1000)])
}
