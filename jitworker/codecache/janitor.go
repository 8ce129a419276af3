package codecache

import "time"

// janitor evicts ahead of the limits, drives reclamation and cleans up, so that
// workers and harts do not have to.
func (c *Cache) janitor() {
	defer c.idle.Done()
	clean := time.NewTicker(c.cfg.CleanUp)
	defer clean.Stop()
	for {
		cleaned := false
		select {
		case <-c.stop:
			return
		case <-clean.C:
			c.cleanUp()
			cleaned = true
		case <-c.wake:
		}
		c.makeAhead()
		c.advance(cleaned)
	}
}

// nudge has the janitor look soon. It never blocks.
func (c *Cache) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
