package runtime

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	vnet "github.com/hartwood-vm/hartwood/runtime/device/virtio/net"
	"github.com/hartwood-vm/hartwood/runtime/network"
	"github.com/hartwood-vm/hartwood/runtime/network/usernet"
)

// newNet makes the network device and what it is connected to.
func (b *bus) newNet() (virtio.Device, error) {
	cfg := &b.m.cfg
	link, err := cfg.openLink()
	if err != nil {
		return nil, fmt.Errorf("--net: %w", err)
	}
	if cfg.Net.Capture != "" {
		if link, err = network.Capture(link, cfg.Net.Capture); err != nil {
			return nil, fmt.Errorf("--net: %w", err)
		}
	}
	queues := cfg.Net.Queues
	if queues == 0 {
		queues = min(cfg.Harts, maxDefaultQueues)
	}
	return vnet.New(vnet.Config{Link: link, Memory: b.m.core.Mem, MAC: cfg.Net.mac(), Pairs: queues})
}

// openLink makes what the network device is connected to.
func (c *Config) openLink() (network.Link, error) {
	switch {
	case c.Link != nil:
		return c.Link, nil
	case c.net() == NetUser:
		return usernet.New(usernet.Config{Restrict: c.Net.Restrict, DNS: c.Net.DNS, Forwards: c.Forwards})
	case c.net() == NetListen:
		return network.Listen(c.Net.Path)
	case c.net() == NetConnect:
		return network.Dial(c.Net.Path)
	}
	panic(fmt.Sprintf("BUG: no network of kind %q", c.net()))
}
