package runtime

import (
	"path/filepath"

	"github.com/hartwood-vm/hartwood/runtime/rootfs"
)

// RootCache is where roots of guests are unpacked, beside the images; nil: nowhere, since the user has no directory for caches.
func (c *Config) RootCache() *rootfs.Cache {
	images := c.imageCache()
	if images == nil {
		return nil
	}
	return &rootfs.Cache{Dir: filepath.Join(images.Dir, "roots"), Limit: images.Limit}
}
