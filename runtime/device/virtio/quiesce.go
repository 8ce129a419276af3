package virtio

import (
	"context"
	"errors"
)

// Quiesce waits until no request is under way, and has none begin until release is called: what the driver makes
// available stays in guest memory. When ctx ends first, the device goes on and the error is ctx's cause.
func (c *Core) Quiesce(ctx context.Context) (release func(), err error) {
	queues := c.pause(1)
	for _, q := range queues {
		err = errors.Join(err, q.rest(ctx))
	}
	if err != nil {
		c.pause(-1)
		return nil, err
	}
	return func() { c.pause(-1) }, nil
}

// Hold has no request begin until release is called. It does not wait for those under way.
func (c *Core) Hold() (release func()) {
	c.pause(1)
	return func() { c.pause(-1) }
}

// pause counts those who want the device at rest up or down, and returns the queues that are set up.
func (c *Core) pause(n int) (queues []*Queue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused += n
	for i := range c.queues {
		if q := c.queues[i].ready; q != nil {
			q.pause(c.paused > 0)
			queues = append(queues, q)
		}
		c.Kick(i)
	}
	return queues
}

func (q *Queue) pause(on bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.paused = on
}

// rest waits until no request of q is out.
func (q *Queue) rest(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.idle.Broadcast()
	})()
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.out > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		q.idle.Wait()
	}
	return nil
}

// finished says that one request less is out. Caller holds q.mu.
func (q *Queue) finished() {
	if q.out--; q.out == 0 {
		q.idle.Broadcast()
	}
}
