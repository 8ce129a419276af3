package virtio

// What a driver asks of a device, in whatever registers its transport has for that. The methods are safe
// for concurrent use; a transport whose registers take several steps orders these itself.

// DeviceID is the device type's number, chapter 5.
func (c *Core) DeviceID() uint32 { return c.cfg.DeviceID }

// Offered are the features that the device offers.
func (c *Core) Offered() uint64 { return c.cfg.Features | commonFeatures }

// Features are those that the driver has accepted so far.
func (c *Core) Features() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.driverFeatures
}

// Accept replaces the features that the driver wants, until it has said FEATURES_OK. They count for
// queues that go into service from then on: some drivers set DRIVER_OK first.
func (c *Core) Accept(features uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status&StatusFeaturesOK == 0 {
		c.driverFeatures = features
	}
}

// Status is the device status.
func (c *Core) Status() uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status | c.events.status()
}

// SetStatus is the driver's write of the status (chapter 3.1), but for 0, which is Reset. Bits stay set
// until then; FEATURES_OK and DRIVER_OK are refused when the driver wants what was not offered.
// A driver that does not accept VERSION_1, or that skips FEATURES_OK, is served all
// the same (chapter 6.1 leaves it to the device): what it gets differs in nothing.
func (c *Core) SetStatus(w uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w &= statusBits
	if c.driverFeatures&^c.Offered() != 0 {
		w &^= StatusFeaturesOK | StatusDriverOK
	}
	started := w&^c.status&StatusDriverOK != 0
	c.status |= w
	if started {
		c.events.setDriverOK()
		for i := range c.queues {
			c.activate(i)
		}
	}
}

// MaxSize is the largest size of queue i, 0 if there is no such queue.
func (c *Core) MaxSize(i int) uint32 {
	if i < 0 || i >= len(c.queues) {
		return 0
	}
	return uint32(c.cfg.Queues[i].MaxSize)
}

// Ready says that queue i has been set up.
func (c *Core) Ready(i int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queues[i].ready != nil
}

// Setup makes queue i, which is not ready, one that lies where l says. What cannot be a queue makes the
// device need a reset.
func (c *Core) Setup(i int, l Layout) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.Size > uint32(c.cfg.Queues[i].MaxSize) {
		l.Size = 0 // no queue that newQueue takes
	}
	q, err := newQueue(c.cfg.Memory, &c.events, i, l)
	if err != nil {
		c.events.fail(err)
		return
	}
	q.paused = c.paused > 0
	c.queues[i].ready = q
	c.activate(i)
}

// activate puts queue i into service once both it and the driver are ready. Caller holds c.mu.
func (c *Core) activate(i int) {
	if q := c.queues[i].ready; q != nil {
		q.features = c.driverFeatures
		c.serveQueue(i)
	}
}

// serveQueue has queue i served if the driver is ready. Caller holds c.mu.
func (c *Core) serveQueue(i int) {
	if s := &c.queues[i]; c.status&StatusDriverOK != 0 && !c.closed && !c.aborted {
		s.active.Store(s.ready)
		c.Kick(i)
	}
}

// StopQueue takes queue i out of service, with the guarantees of Reset for its memory.
func (c *Core) StopQueue(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopQueue(i)
}

// stopQueue runs with c.mu held.
func (c *Core) stopQueue(i int) {
	s := &c.queues[i]
	s.active.Store(nil)
	if s.ready != nil {
		s.ready.retire()
		s.ready = nil
	}
}

// ReadSpace reads size bytes of the configuration space; what lies past its end is zero.
func (c *Core) ReadSpace(off uint64, size int) (v uint64) {
	for i := range uint64(size) {
		if off+i < uint64(len(c.space)) {
			v |= uint64(c.space[off+i]) << (8 * i)
		}
	}
	return v
}
