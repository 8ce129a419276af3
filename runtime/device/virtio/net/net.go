package net

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/network"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// Feature bits, chapter 5.1.3.
const (
	FeatureChecksum      = 1 << 0 // the guest leaves checksums to be made
	FeatureGuestChecksum = 1 << 1 // and takes such frames
	FeatureMTU           = 1 << 3
	FeatureMAC           = 1 << 5
	FeatureGuestTCP4     = 1 << 7 // the guest takes large segments
	FeatureGuestTCP6     = 1 << 8
	FeatureHostTCP4      = 1 << 11 // and sends them
	FeatureHostTCP6      = 1 << 12
	FeatureMergeable     = 1 << 15
	FeatureStatus        = 1 << 16
	FeatureControl       = 1 << 17
	FeatureMultiqueue    = 1 << 22
)

const (
	receiveSize  = 1024 // entries of a receive queue: some 20 large segments in buffers of a page
	transmitSize = 256
	controlSize  = 16

	// MaxPairs is the largest number of pairs of queues.
	MaxPairs = 16

	statusLinkUp = 1
)

// ErrConfig reports a Config that makes no device.
var ErrConfig = errors.New("virtio network device: impossible configuration")

// Config is what the machine gives the device.
type Config struct {
	Link   network.Link // closed by the device, also when New fails
	Memory *physmem.Memory
	MAC    [6]byte // the guest's address
	Pairs  int     // of queues; 0: one
}

// Device is a network device.
type Device struct {
	*virtio.Core
	link  network.Link
	pairs []*pair
	// flows has for each place of flows the pair that it goes to: written by transmit queues' goroutines and the control
	// queue's, read by whoever brings a frame.
	flows [flowPlaces]atomic.Uint32

	closing  sync.Once
	closeErr error
}

// New returns a device and attaches it to its link.
func New(cfg Config) (*Device, error) {
	if cfg.Link == nil {
		return nil, fmt.Errorf("%w: no link", ErrConfig)
	}
	d, err := newDevice(cfg)
	if err != nil {
		return nil, errors.Join(err, cfg.Link.Close())
	}
	cfg.Link.Attach(d)
	return d, nil
}

func newDevice(cfg Config) (*Device, error) {
	if cfg.Pairs == 0 {
		cfg.Pairs = 1
	}
	switch {
	case cfg.Pairs < 1 || cfg.Pairs > MaxPairs:
		return nil, fmt.Errorf("%w: %d pairs of queues (want 1 to %d)", ErrConfig, cfg.Pairs, MaxPairs)
	case cfg.MAC[0]&1 != 0:
		return nil, fmt.Errorf("%w: the address %x is a group's", ErrConfig, cfg.MAC)
	}
	d := &Device{link: cfg.Link}
	features := uint64(FeatureChecksum | FeatureGuestChecksum | FeatureMTU | FeatureMAC | FeatureGuestTCP4 | FeatureGuestTCP6 |
		FeatureHostTCP4 | FeatureHostTCP6 | FeatureMergeable | FeatureStatus)
	var queues []virtio.QueueConfig
	for i := range cfg.Pairs {
		p := &pair{}
		d.pairs = append(d.pairs, p)
		receive := func(q *virtio.Queue) { d.refill(p, q) }
		if i == 1 {
			receive = func(q *virtio.Queue) { // which a driver without MQ has as control queue
				if q.Features()&FeatureMultiqueue == 0 {
					d.control(q)
				} else {
					d.refill(p, q)
				}
			}
		}
		queues = append(queues,
			virtio.QueueConfig{MaxSize: receiveSize, Serve: receive},
			virtio.QueueConfig{MaxSize: transmitSize, Serve: d.transmitter(i)})
	}
	if cfg.Pairs > 1 {
		features |= FeatureControl | FeatureMultiqueue
		queues = append(queues, virtio.QueueConfig{MaxSize: controlSize, Serve: d.control})
	}
	c, err := virtio.New(virtio.Config{
		DeviceID: virtio.IDNetwork, Features: features, Space: space(cfg), Memory: cfg.Memory, Queues: queues,
	})
	if err != nil {
		return nil, err
	}
	d.Core = c
	return d, nil
}

// space is the configuration space, chapter 5.1.4.
func space(cfg Config) []byte {
	s := make([]byte, 12)
	le := binary.LittleEndian
	copy(s, cfg.MAC[:])
	le.PutUint16(s[6:], statusLinkUp)
	le.PutUint16(s[8:], uint16(cfg.Pairs))
	le.PutUint16(s[10:], network.MTU)
	return s
}

// Close sends what the guest has posted, ends the device and takes the cable away.
func (d *Device) Close() error {
	d.closing.Do(func() {
		err := d.Core.Close()
		d.closeErr = errors.Join(err, d.link.Close())
	})
	return d.closeErr
}
