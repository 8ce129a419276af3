package virtio

import (
	"errors"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

// State is a core's state, a part of its transport's. Guest memory is not in there, rings and buffers neither.
type State struct {
	DeviceID   uint32 // which device it is; never another's
	Status     uint32 // without NeedsReset
	NeedsReset bool
	Features   uint64 // accepted by the driver
	Queues     []QueueState
}

// QueueState is a queue's state.
type QueueState struct {
	Ready     bool // set up; the rest is zero if not
	Layout    Layout
	Features  uint64 // those that counted when it went into service
	LastAvail uint16 // index of the next available entry to take
	UsedIdx   uint16 // index of the next used entry to write
	Broken    bool   // the driver erred: nothing more is taken
}

// ErrBusy reports that requests are under way, which Save does not wait for.
var ErrBusy = errors.New("virtio: requests are under way; quiesce the device first")

// Save returns the state of a core that is quiesced, or has no request out.
func (c *Core) Save() (State, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := State{
		DeviceID: c.cfg.DeviceID, Status: c.status, NeedsReset: c.events.status() != 0, Features: c.driverFeatures,
		Queues: make([]QueueState, len(c.queues)),
	}
	for i := range c.queues {
		q := c.queues[i].ready
		if q == nil {
			continue
		}
		busy := false
		if s.Queues[i], busy = q.save(); busy {
			return State{}, ErrBusy
		}
	}
	return s, nil
}

func (q *Queue) save() (s QueueState, busy bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return QueueState{
		Ready: true, Layout: q.layout, Features: q.features, LastAvail: q.lastAvail, UsedIdx: q.usedIdx, Broken: q.broken,
	}, q.out > 0
}

// check looks for what the device cannot have.
func (c *Core) check(s *State) error {
	switch {
	case s.DeviceID != c.cfg.DeviceID:
		return device.BadField("DeviceID", "%d, want %d", s.DeviceID, c.cfg.DeviceID)
	case s.Status&^statusBits != 0:
		return device.BadField("Status", "%#x has bits that there are not", s.Status)
	case s.Status&StatusFeaturesOK != 0 && s.Features&^c.Offered() != 0:
		return device.BadField("Features", "%#x were accepted, of which %#x are offered", s.Features, c.Offered())
	case len(s.Queues) != len(c.queues):
		return device.BadField("Queues", "%d of them, want %d", len(s.Queues), len(c.queues))
	}
	return nil
}

// Restore takes a state over. What the guest has asked for since the state was saved is served from then on.
func (c *Core) Restore(s State) error {
	if err := c.check(&s); err != nil {
		return err
	}
	queues := make([]*Queue, len(s.Queues))
	for i, saved := range s.Queues {
		if !saved.Ready {
			continue
		}
		q, err := newQueue(c.cfg.Memory, &c.events, i, saved.Layout)
		if err != nil || saved.Layout.Size > uint32(c.cfg.Queues[i].MaxSize) {
			return device.BadField("Layout", "queue %d at %+v, of %d entries at most: %v", i, saved.Layout, c.cfg.Queues[i].MaxSize, err)
		}
		q.features, q.lastAvail, q.usedIdx, q.broken = saved.Features, saved.LastAvail, saved.UsedIdx, saved.Broken
		queues[i] = q
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset()
	c.status, c.driverFeatures = s.Status, s.Features
	c.events.restore(s.Status&StatusDriverOK != 0, s.NeedsReset)
	for i, q := range queues {
		if q == nil {
			continue
		}
		q.paused = c.paused > 0
		c.queues[i].ready = q
		c.serveQueue(i)
	}
	return nil
}
