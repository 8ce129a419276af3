package network

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// maxQueued bounds the bytes of frames that wait for a peer.
	maxQueued = 1 << 20
	// redial is the time between two attempts to find a peer again.
	redial = 500 * time.Millisecond
)

// peer is a link to another machine by a Unix stream socket. A frame is its length, four bytes of which the first is the
// highest, and its plain data.
type peer struct {
	socket
	path   string
	listen *net.UnixListener // nil: this end dials
	first  net.Conn          // the dialled connection, until run takes it
	group  errgroup.Group
	ctx    context.Context
	stop   context.CancelFunc

	closing  sync.Once
	closeErr error

	mu    sync.Mutex
	queue []byte     // protected by mu: frames that wait, as they go into the connection
	more  *sync.Cond // on mu: there are some, or there is an end
	conn  net.Conn   // protected by mu; nil: no peer
}

// Listen is the end of a cable that waits for the other at the Unix socket path, for one at a time and for as many in turn
// as come. The socket is the user's alone.
func Listen(path string) (Link, error) {
	l, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("network: listen at %s: %w", path, err)
	}
	p := newPeer(path)
	p.listen = l
	return p.run(), nil
}

// listen takes over a socket that nobody listens to any more.
func listen(path string) (*net.UnixListener, error) {
	addr := &net.UnixAddr{Name: path, Net: "unix"}
	l, err := net.ListenUnix("unix", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		c, dialled := net.DialUnix("unix", nil, addr)
		if dialled == nil {
			return nil, errors.Join(errors.New("another program listens there; choose another path"), c.Close())
		}
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSocket == 0 {
			return nil, errors.New("there is a file that is no socket; choose another path")
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		l, err = net.ListenUnix("unix", addr)
	}
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Dial is the end of a cable that has found the other at the Unix socket path. When it goes away, it is looked for again.
func Dial(path string) (Link, error) {
	c, err := net.Dial("unix", path)
	if err != nil {
		return nil, fmt.Errorf("network: connect to %s: %w; start the machine that listens there first", path, err)
	}
	p := newPeer(path)
	p.first = c
	return p.run(), nil
}

func newPeer(path string) *peer {
	p := &peer{path: path}
	p.more = sync.NewCond(&p.mu)
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

func (p *peer) run() *peer {
	p.group.Go(func() error {
		for p.ctx.Err() == nil {
			if c, err := p.next(); err == nil {
				p.serve(c)
			}
		}
		return nil
	})
	return p
}

// next waits for a connection.
func (p *peer) next() (net.Conn, error) {
	if c := p.first; c != nil {
		p.first = nil
		return c, nil
	}
	if p.listen != nil {
		return p.listen.Accept()
	}
	select {
	case <-p.ctx.Done():
		return nil, p.ctx.Err()
	case <-time.After(redial):
	}
	var d net.Dialer
	return d.DialContext(p.ctx, "unix", p.path)
}

// serve moves frames both ways until the connection ends.
func (p *peer) serve(c net.Conn) {
	p.connect(c)
	defer context.AfterFunc(p.ctx, func() { c.Close() })()
	var both errgroup.Group
	both.Go(func() error {
		defer p.connect(nil) // ends write
		return p.read(c)
	})
	both.Go(func() error {
		defer c.Close() // ends read
		return p.write(c)
	})
	_ = both.Wait() // why the peer went away is its own affair
}

func (p *peer) connect(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn, p.queue = c, nil
	p.more.Broadcast()
}

// read gives the receiver what comes. A length that no frame has ends the connection.
func (p *peer) read(c net.Conn) error {
	in := bufio.NewReaderSize(c, 128<<10)
	buf := make([]byte, MaxFrame)
	for {
		if _, err := io.ReadFull(in, buf[:4]); err != nil {
			return err
		}
		n := binary.BigEndian.Uint32(buf)
		if n < HeaderSize || n > MaxFrame {
			return fmt.Errorf("%w: %d bytes", ErrFrame, n)
		}
		if _, err := io.ReadFull(in, buf[:n]); err != nil {
			return err
		}
		p.receive(Frame{Data: buf[:n]})
	}
}

// write sends what waits. It swaps two buffers.
func (p *peer) write(c net.Conn) error {
	var buf []byte
	for {
		p.mu.Lock()
		for len(p.queue) == 0 && p.conn == c {
			p.more.Wait()
		}
		if p.conn != c {
			p.mu.Unlock()
			return nil
		}
		buf, p.queue = p.queue, buf[:0]
		p.mu.Unlock()
		if _, err := c.Write(buf); err != nil {
			return err
		}
	}
}

func (p *peer) Attach(r Receiver) { p.plug(r) }

// Send queues a frame's plain form, if there is a peer and room.
func (p *peer) Send(f Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn == nil {
		return
	}
	_ = f.Plain(func(data []byte) bool { // what is no frame is dropped
		if len(p.queue)+4+len(data) > maxQueued {
			return false
		}
		p.queue = binary.BigEndian.AppendUint32(p.queue, uint32(len(data)))
		p.queue = append(p.queue, data...)
		p.more.Signal()
		return true
	})
}

func (p *peer) Close() error {
	p.closing.Do(func() {
		p.stop()
		if p.listen != nil {
			p.closeErr = p.listen.Close()
		}
		p.plug(nil)
		p.closeErr = errors.Join(p.closeErr, p.group.Wait())
	})
	return p.closeErr
}
