package runtime

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/fs"
	"github.com/hartwood-vm/hartwood/runtime/share"
)

// newShare makes the device of shared directory i.
func (b *bus) newShare(i int) (virtio.Device, error) {
	cfg := &b.m.cfg
	s := cfg.Shares[i]
	server, err := share.Open(share.Config{Dir: s.Dir, ReadOnly: s.ReadOnly, Cache: s.validity()})
	if err != nil {
		return nil, fmt.Errorf("--share: %w", err)
	}
	return fs.New(fs.Config{
		Server: server, Memory: b.m.core.Mem, Tag: cfg.shareTag(i), MaxRequest: share.MaxRequest, MaxReply: share.MaxReply,
	})
}
