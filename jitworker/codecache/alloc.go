package codecache

// refill allocates x outside the arena's chunk: in one that no arena has, in a
// free one, in another arena's, in this order. The first two become the arena's.
func (a *Arena) refill(x *Code) bool {
	c := a.cache
	c.mu.Lock()
	free, taken := -1, -1
	for i := range c.chunks {
		ch := &c.chunks[i]
		switch {
		case ch.kind == kindFree:
			if free < 0 {
				free = i
			}
		case ch.room.Load() < x.span():
		case ch.owner != nil:
			taken = i
		default:
			// Nobody carves a chunk without an owner but under c.mu, so that the
			// room is there.
			a.adopt(i)
			off, _ := ch.carve(x.span())
			c.mu.Unlock()
			x.off = uint32(a.first) + off
			return true
		}
	}
	if free >= 0 {
		a.openFree(free)
		return a.carveOwn(x)
	}
	defer c.mu.Unlock()
	if taken < 0 {
		return false
	}
	off, ok := c.chunks[taken].carve(x.span())
	x.off = uint32(taken*chunkSize) + off
	return ok
}

// openFree takes the free chunk i. It is called with c.mu held and lets go of it:
// filling a chunk for the first time takes microseconds.
func (a *Arena) openFree(i int) {
	c := a.cache
	ch := &c.chunks[i]
	ch.kind = kindCarved
	a.adopt(i)
	filled := ch.filled
	ch.filled = true
	c.mu.Unlock()
	if !filled {
		c.mem.commit(i*chunkSize, (i+1)*chunkSize)
		c.fill(c.mem.rw[i*chunkSize : (i+1)*chunkSize])
	}
	ch.open()
}

func (a *Arena) carveOwn(x *Code) bool {
	off, ok := a.chunk.carve(x.span())
	x.off = uint32(a.first) + off
	return ok
}

// adopt makes chunk i the arena's and lets go of the one before. The caller holds
// c.mu.
func (a *Arena) adopt(i int) {
	c := a.cache
	if a.chunk != nil {
		a.chunk.owner = nil
		c.freeIfEmpty(a.chunk)
	}
	a.chunk = &c.chunks[i]
	a.chunk.owner = a
	a.first = i * chunkSize
}

// freeIfEmpty makes a chunk without codes available as a whole. The caller holds
// c.mu; without an owner nobody else can carve it.
func (c *Cache) freeIfEmpty(ch *chunk) {
	if ch.kind == kindCarved && ch.owner == nil && ch.room.Load() == chunkSize {
		ch.kind = kindFree
		ch.shut()
	}
}

// allocateSpan gives x, which is larger than a chunk, the first run of free chunks
// that is long enough.
func (c *Cache) allocateSpan(x *Code) bool {
	n := roundUp(int(x.size), chunkSize) / chunkSize
	c.mu.Lock()
	defer c.mu.Unlock()
	run := 0
	for i := range c.chunks {
		run++
		if c.chunks[i].kind != kindFree {
			run = 0
		}
		if run == n {
			c.takeSpan(x, i+1-n, n)
			return true
		}
	}
	return false
}

func (c *Cache) takeSpan(x *Code, first, n int) {
	x.off = uint32(first * chunkSize)
	for i := first; i < first+n; i++ {
		ch := &c.chunks[i]
		ch.kind = kindSpan
		ch.span.Store(x)
	}
	// The code covers all but the end of the last chunk.
	if last := &c.chunks[first+n-1]; !last.filled {
		c.fill(c.mem.rw[int(x.off)+int(x.size) : (first+n)*chunkSize])
	}
	for i := first; i < first+n; i++ {
		c.chunks[i].filled = true
	}
}

// release gives the memory of x back. Its bytes are traps already.
func (c *Cache) release(x *Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := int(x.off / chunkSize)
	if x.span() > chunkSize {
		for i := range roundUp(int(x.size), chunkSize) / chunkSize {
			ch := &c.chunks[first+i]
			ch.span.Store(nil)
			ch.kind = kindFree
		}
		return
	}
	ch := &c.chunks[first]
	if ch.giveBack(x.off%chunkSize, x.span()) {
		c.freeIfEmpty(ch)
	}
}
