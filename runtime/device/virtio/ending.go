package virtio

import (
	"sync"
	"time"
)

// abortGrace is how long Ending.Close waits after Abort for what the host has under way.
const abortGrace = 50 * time.Millisecond

// Ending is the end of a device whose requests the host may hold up: Close finishes them, and gives up soon after Abort.
// Its methods are safe for concurrent use.
type Ending struct {
	hurry   sync.Once
	aborted chan struct{} // closed by Abort
	closing sync.Once
	err     error // of Close, constant once closing is done
}

// NewEnding returns the ending of a device that has not been aborted.
func NewEnding() *Ending { return &Ending{aborted: make(chan struct{})} }

// Abort has Close not wait long. It may be called at any time, and more than once.
func (e *Ending) Abort() { e.hurry.Do(func() { close(e.aborted) }) }

// Aborted is closed by Abort.
func (e *Ending) Aborted() <-chan struct{} { return e.aborted }

// Close runs finish, the first time, and returns its error then and later. If finish has not returned soon after Abort the
// error is underWay, and finish returns to nobody.
func (e *Ending) Close(finish func() error, underWay error) error {
	e.closing.Do(func() {
		done := make(chan error, 1)
		go func() { done <- finish() }()
		select {
		case e.err = <-done:
			return
		case <-e.aborted:
		}
		select {
		case e.err = <-done:
		case <-time.After(abortGrace):
			e.err = underWay
		}
	})
	return e.err
}
