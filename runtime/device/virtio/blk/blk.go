package blk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// Feature bits, chapter 5.2.3.
const (
	FeatureSegMax      = 1 << 2
	FeatureReadOnly    = 1 << 5
	FeatureBlockSize   = 1 << 6
	FeatureFlush       = 1 << 9
	FeatureMultiqueue  = 1 << 12
	FeatureDiscard     = 1 << 13
	FeatureWriteZeroes = 1 << 14
)

const (
	queueSize      = 256
	defaultWorkers = 4
	maxWorkers     = 64
	// MaxQueues is the largest number of queues.
	MaxQueues = 16
	idLen     = 20 // of the device ID string

	// Limits of discard and write-zeroes requests, in sectors and segments.
	maxDiscardSectors = 1 << 22
	maxZeroSectors    = 1 << 16
	maxRangeSegments  = 16
)

// ErrUnderWay reports a disk that was given up while the host had not answered.
var ErrUnderWay = errors.New("the host's disk had not answered when the run was to end; the guest's last changes may be lost")

// ErrConfig reports a Config that makes no disk.
var ErrConfig = errors.New("virtio block device: impossible configuration")

// Config is what the machine gives the device.
type Config struct {
	Backend Backend // closed by the device, also when New fails
	Memory  *physmem.Memory
	Serial  string // what the guest reads as the disk's ID, at most 20 bytes
	Queues  int    // that harts use side by side; 0: one
	Workers int    // requests served at once; 0: four, or two for each queue if that is more
	Full    Full   // nil: the guest sees errors of writes that the host has no room for
}

// Device is a disk.
type Device struct {
	*virtio.Core
	backend Backend
	full    Full // nil: none
	serial  string
	sectors uint64
	workers errgroup.Group
	buffers sync.Pool // of *[]byte of bufferSize

	ending *virtio.Ending
}

// New returns a disk with the contents of cfg.Backend.
func New(cfg Config) (*Device, error) {
	if cfg.Backend == nil {
		return nil, fmt.Errorf("%w: no backend", ErrConfig)
	}
	d, err := newDevice(cfg)
	if err != nil {
		return nil, errors.Join(err, cfg.Backend.Close())
	}
	return d, nil
}

func newDevice(cfg Config) (*Device, error) {
	if cfg.Queues == 0 {
		cfg.Queues = 1
	}
	if cfg.Queues < 1 || cfg.Queues > MaxQueues {
		return nil, fmt.Errorf("%w: %d queues (want 1 to %d)", ErrConfig, cfg.Queues, MaxQueues)
	}
	if cfg.Workers == 0 {
		cfg.Workers = max(defaultWorkers, 2*cfg.Queues)
	}
	if cfg.Workers < 1 || cfg.Workers > maxWorkers {
		return nil, fmt.Errorf("%w: %d workers (want 1 to %d)", ErrConfig, cfg.Workers, maxWorkers)
	}
	if len(cfg.Serial) > idLen {
		return nil, fmt.Errorf("%w: serial %q is longer than %d bytes", ErrConfig, cfg.Serial, idLen)
	}
	size := cfg.Backend.Size()
	if size <= 0 || size > math.MaxInt64-SectorSize {
		return nil, fmt.Errorf("%w: disk of %d bytes", ErrConfig, size)
	}
	d := &Device{
		backend: cfg.Backend, full: cfg.Full, serial: cfg.Serial, sectors: uint64(size-1)/SectorSize + 1,
		ending: virtio.NewEnding(),
	}
	d.buffers.New = func() any { b := make([]byte, bufferSize); return &b }
	d.workers.SetLimit(cfg.Workers)
	features := uint64(FeatureSegMax | FeatureBlockSize | FeatureFlush)
	if cfg.Backend.ReadOnly() {
		features |= FeatureReadOnly
	} else {
		features |= FeatureDiscard | FeatureWriteZeroes
	}
	if cfg.Queues > 1 {
		features |= FeatureMultiqueue
	}
	c, err := virtio.New(virtio.Config{
		DeviceID: virtio.IDBlock, Features: features, Space: d.space(cfg.Queues),
		Memory: cfg.Memory,
		Queues: slices.Repeat([]virtio.QueueConfig{{MaxSize: queueSize, Serve: d.serve}}, cfg.Queues),
		Drain:  func() { _ = d.workers.Wait() }, // workers return no errors
	})
	if err != nil {
		return nil, err
	}
	d.Core = c
	return d, nil
}

// space is the configuration space, chapter 5.2.4.
func (d *Device) space(queues int) []byte {
	s := make([]byte, 60)
	le := binary.LittleEndian
	le.PutUint64(s[0:], d.sectors)
	le.PutUint32(s[12:], queueSize-2) // seg_max: all but header and status
	le.PutUint32(s[20:], SectorSize)  // blk_size
	le.PutUint16(s[34:], uint16(queues))
	le.PutUint32(s[36:], maxDiscardSectors)
	le.PutUint32(s[40:], maxRangeSegments)
	le.PutUint32(s[44:], blockSize/SectorSize) // discard_sector_alignment
	le.PutUint32(s[48:], maxZeroSectors)
	le.PutUint32(s[52:], maxRangeSegments)
	s[56] = 1 // write_zeroes_may_unmap
	return s
}

// serve hands requests to workers; with all of them busy it waits.
func (d *Device) serve(q *virtio.Queue) {
	for {
		r, ok := q.Pop()
		if !ok {
			return
		}
		d.workers.Go(func() error {
			d.handle(q, r)
			return nil
		})
	}
}

// Abort has Close give up what the guest has asked for and the host has not done.
func (d *Device) Abort() {
	d.Core.Abort()
	d.ending.Abort()
}

// Close finishes what the guest has asked for, makes it durable and closes the
// backend. After Abort it does neither, and does not wait long for a call of the backend's
// that is under way: that one then returns to nobody, and the backend is closed behind it.
func (d *Device) Close() error {
	return d.ending.Close(d.finish, fmt.Errorf("%s: %w", d.serial, ErrUnderWay))
}

// finish is Close that waits for the backend.
func (d *Device) finish() error {
	err := d.Core.Close()
	select {
	case <-d.ending.Aborted():
	default:
		err = errors.Join(err, d.backend.Flush())
	}
	return errors.Join(err, d.backend.Close())
}
