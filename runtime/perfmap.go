package runtime

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
)

// perfMap is the file in which Linux perf looks for the names of code that no
// binary holds: a line of address, size and name, all numbers in hexadecimal,
// for each piece. perf knows one file a process, so the machines of a process share it.
//
// A guest can have code made without end, so the file is written anew when it has
// maxPieces lines: without the pieces whose memory later ones have taken, and without the
// oldest ones if there are many left.
type perfMap struct {
	path string

	mu     sync.Mutex
	users  int      // protected by mu: machines that write to the file
	keep   bool     // protected by mu: one of them wants it to stay
	file   *os.File // protected by mu; nil: not begun
	pieces []piece  // protected by mu: what stands in the file, the oldest first
	err    error    // protected by mu: the first one; the rest goes without a map
}

// piece is a line of the file.
type piece struct {
	entry uintptr
	size  int
	name  string
}

const (
	maxPieces = 1 << 16
	// maxPieceName bounds a name in bytes. Names are the guest's.
	maxPieceName = 255
)

// perfMaps is the file of this process.
var perfMaps = perfMap{path: fmt.Sprintf("/tmp/perf-%d.map", os.Getpid())} // perf looks nowhere else

// open begins the file, unless another machine has. It is to be closed as often.
func (p *perfMap) open(keep bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file == nil {
		// What is there was left by an earlier process with this number, or by anyone, for
		// all may write to /tmp: nothing of theirs is opened.
		if err := os.Remove(p.path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("--perf-map: %w; remove the file", err)
		}
		f, err := os.OpenFile(p.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
		if err != nil {
			return fmt.Errorf("--perf-map: %w", err)
		}
		p.file, p.err, p.keep = f, nil, false
	}
	p.users++
	p.keep = p.keep || keep
	return nil
}

// add writes the line of a piece of code. It is called by compiling workers.
func (p *perfMap) add(x piece) {
	x.name = x.name[:min(len(x.name), maxPieceName)]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	if len(p.pieces) == maxPieces {
		p.pieces = latest(p.pieces, maxPieces/2)
		p.err = p.rewrite()
	}
	p.pieces = append(p.pieces, x)
	if p.err == nil {
		_, p.err = p.file.Write(x.line(nil))
	}
}

func (x *piece) line(to []byte) []byte {
	return fmt.Appendf(to, "%x %x %s\n", x.entry, x.size, x.name)
}

// rewrite makes the file say what pieces says.
func (p *perfMap) rewrite() error {
	var text []byte
	for i := range p.pieces {
		text = p.pieces[i].line(text)
	}
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	if _, err := p.file.Seek(0, 0); err != nil {
		return err
	}
	_, err := bytes.NewReader(text).WriteTo(p.file)
	return err
}

// latest returns the n newest of the pieces that no newer one overlaps, the oldest first.
func latest(pieces []piece, n int) []piece {
	const line = 64 // code begins at cache lines
	taken := make(map[uintptr]bool)
	var kept []piece
	for i := len(pieces) - 1; i >= 0 && len(kept) < n; i-- {
		x := pieces[i]
		over := false
		for at := x.entry / line; at*line < x.entry+uintptr(x.size); at++ {
			over = over || taken[at]
			taken[at] = true
		}
		if !over {
			kept = append(kept, x)
		}
	}
	slices.Reverse(kept)
	return kept
}

// close ends a machine's use of the file and reports what went wrong with it. With the
// last one the file goes, unless it is to be kept: then this process may go on with it.
func (p *perfMap) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.err
	if p.users--; p.users == 0 && !p.keep {
		err = errors.Join(err, p.file.Close(), os.Remove(p.path))
		p.file, p.pieces = nil, nil
	}
	if err != nil {
		return fmt.Errorf("--perf-map: %w", err)
	}
	return nil
}

// placed tells perf of code. Blocks are named by the machine's names, which there are before harts run.
func (m *Machine) placed(c engine.Placed) {
	name := c.Routine
	if name == "" {
		name = m.names.symbol(c.PC, c.PA)
	}
	x := piece{c.Entry, c.Size, name}
	if m.perf != nil {
		m.perf.add(x)
	}
	if m.dump != nil {
		if code := c.Copy(); code != nil {
			m.dump.add(x, code)
		}
	}
}
