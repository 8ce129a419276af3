package runtime

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
)

// perfMap is the file in which Linux perf looks for the names of code that no
// binary holds: a line of address, size and name, all numbers in hexadecimal,
// for each piece. Addresses may come again with another name.
type perfMap struct {
	names *names

	mu   sync.Mutex
	file *os.File
	err  error // the first one: the rest of the run goes without a map
}

// perfMapStarted says that this process has begun its file, which its machines share.
var perfMapStarted struct {
	sync.Mutex
	done bool
}

// perfMapPath is fixed: perf looks nowhere else.
func perfMapPath() string { return fmt.Sprintf("/tmp/perf-%d.map", os.Getpid()) }

func openPerfMap(n *names) (*perfMap, error) {
	perfMapStarted.Lock()
	defer perfMapStarted.Unlock()
	path := perfMapPath()
	if !perfMapStarted.done {
		// A file of an earlier process with this number.
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("--perf-map: %w; remove the file", err)
		}
	}
	// Anyone may write to /tmp, so nobody's link is followed.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--perf-map: %w", err)
	}
	perfMapStarted.done = true
	return &perfMap{names: n, file: f}, nil
}

// placed writes the line of a piece of code. It is called by compiling workers.
func (p *perfMap) placed(c engine.Placed) {
	name := c.Routine
	if name == "" {
		name = p.names.symbol(c.PC, c.PA)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.file, "%x %x %s\n", c.Entry, c.Size, name)
	}
}

// close ends the file and reports what went wrong with it.
func (p *perfMap) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := errors.Join(p.err, p.file.Close()); err != nil {
		return fmt.Errorf("--perf-map: %w", err)
	}
	return nil
}
