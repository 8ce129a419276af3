package fs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

const (
	requests  = 1    // the queue of all but urgent requests
	queueSize = 1024 // a request of 1 MiB has a piece of memory for each page, and its headers

	// Workers is how many requests are answered at once.
	Workers = 16

	// MaxTag is the length of the longest tag, in bytes.
	MaxTag = 36
)

var (
	// ErrUnderWay reports a device that was given up while the host had not answered.
	ErrUnderWay = errors.New("the host's file system had not answered when the run was to end")
	// ErrConfig reports a Config that makes no device.
	ErrConfig = errors.New("virtio file system device: impossible configuration")
)

// Server answers requests. Answer is called by several goroutines.
type Server interface {
	// Answer answers the request p: it writes the reply into out and returns its length, 0 if there is none. known says
	// whether p was a request.
	Answer(p, out []byte) (n int, known bool)
	// Close ends the server when no request is under way.
	Close() error
}

// Config is what the machine gives the device.
type Config struct {
	Server Server // closed by the device, also when New fails
	Memory *physmem.Memory
	Tag    string // the name by which the guest mounts it
	// MaxRequest and MaxReply are the largest that the server takes and gives, in bytes.
	MaxRequest, MaxReply int
}

// Device is a file system.
type Device struct {
	*virtio.Core
	server Server
	tag    string
	max    int // the larger of Config's two
	limit  Config
	small  sync.Pool // of *[]byte of smallBuffer bytes
	large  sync.Pool // of *[]byte of max bytes

	ending *virtio.Ending
}

// New returns a device.
func New(cfg Config) (*Device, error) {
	if cfg.Server == nil {
		return nil, fmt.Errorf("%w: no server", ErrConfig)
	}
	d, err := newDevice(cfg)
	if err != nil {
		return nil, errors.Join(err, cfg.Server.Close())
	}
	return d, nil
}

func newDevice(cfg Config) (*Device, error) {
	if cfg.Tag == "" || len(cfg.Tag) > MaxTag {
		return nil, fmt.Errorf("%w: tag %q (want 1 to %d bytes)", ErrConfig, cfg.Tag, MaxTag)
	}
	d := &Device{
		server: cfg.Server, tag: cfg.Tag, limit: cfg, max: max(cfg.MaxRequest, cfg.MaxReply), ending: virtio.NewEnding(),
	}
	d.small.New = func() any { b := make([]byte, smallBuffer); return &b }
	d.large.New = func() any { b := make([]byte, d.max); return &b }
	c, err := virtio.New(virtio.Config{
		DeviceID: virtio.IDFileSystem, Space: space(cfg.Tag), Memory: cfg.Memory,
		Queues: []virtio.QueueConfig{{MaxSize: queueSize, Serve: d.serveUrgent}, requests: {MaxSize: queueSize, Serve: d.serve, Workers: Workers}},
	})
	if err != nil {
		return nil, err
	}
	d.Core = c
	return d, nil
}

// space is the configuration space, chapter 5.11.4.
func space(tag string) []byte {
	s := make([]byte, MaxTag+4)
	copy(s, tag)
	binary.LittleEndian.PutUint32(s[MaxTag:], 1) // request queues
	return s
}

// Abort has Close give up what the guest has asked for and the host has not done.
func (d *Device) Abort() {
	d.Core.Abort()
	d.ending.Abort()
}

// Close answers what the guest has asked for and closes the server.
func (d *Device) Close() error {
	finish := func() error { return errors.Join(d.Core.Close(), d.server.Close()) }
	return d.ending.Close(finish, fmt.Errorf("share %s: %w", d.tag, ErrUnderWay))
}
