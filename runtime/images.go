package runtime

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/hartwood-vm/hartwood/runtime/rootfs"
	"github.com/hartwood-vm/hartwood/runtime/storage"
	"github.com/hartwood-vm/hartwood/runtime/storage/bounded"
	"github.com/hartwood-vm/hartwood/runtime/storage/overlay"
	"github.com/hartwood-vm/hartwood/runtime/storage/packed"
)

// errNoCache is a user for whom nothing can be kept.
var errNoCache = errors.New("the user has no directory for caches; name one with --image-cache")

// caches are where packed images and roots of guests are unpacked, within one limit; nil: nowhere, since the user has no directory for
// caches.
func (c *Config) caches() (images *packed.Cache, roots *rootfs.Cache) {
	dir := c.ImageCache
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, nil
		}
		dir = filepath.Join(cache, "hartwood", "images")
	}
	limit := int64(c.ImageCacheLimit)
	images = &packed.Cache{Dir: dir, Limit: limit}
	roots = &rootfs.Cache{Dir: filepath.Join(dir, "roots"), Limit: limit, Beside: []bounded.Cache{images}}
	images.Beside = []bounded.Cache{roots}
	return images, roots
}

// imageCache is where packed images are unpacked; nil: nowhere.
func (c *Config) imageCache() *packed.Cache {
	images, _ := c.caches()
	return images
}

// RootCache is where roots of guests are unpacked, beside the images; nil: nowhere.
func (c *Config) RootCache() *rootfs.Cache {
	_, roots := c.caches()
	return roots
}

// CachedImages returns the packed images that have been unpacked into the directory dir, those used last first.
func (c *Config) CachedImages() (images []packed.Entry, dir string, err error) {
	cache := c.imageCache()
	if cache == nil {
		return nil, "", errNoCache
	}
	images, err = cache.List()
	return images, cache.Dir, err
}

// OpenImage opens a drive's image for reading, as a machine does: a packed one is unpacked, of which told, unless it is nil, is told
// the directory before.
func (c *Config) OpenImage(ctx context.Context, d Drive, told func(dir string)) (*storage.Disk, error) {
	cache := c.imageCache()
	return storage.Open(ctx, storage.Spec{Path: d.Path, ReadOnly: true, Format: d.Format, Cache: cache, Told: func() {
		if told != nil {
			told(cache.Dir)
		}
	}})
}

// Overlays is where is kept what guests have written to images that stay as they are: beside the packed images.
func (c *Config) Overlays() (overlay.Store, error) {
	cache := c.imageCache()
	if cache == nil {
		return overlay.Store{}, errNoCache
	}
	return overlay.Store{Dir: filepath.Join(cache.Dir, "overlays")}, nil
}
