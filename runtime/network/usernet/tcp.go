package usernet

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sync/errgroup"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// connection is a TCP connection of the guest's and the one of the host's that continues it.
type connection struct {
	host  *net.TCPConn
	guest *gonet.TCPConn
	ep    tcpip.Endpoint // guest's
}

// reset ends both sides at once, as connections end that break.
func (c *connection) reset() {
	_ = c.host.SetLinger(0) // it may be closed already; so for the next
	_ = c.host.Close()
	c.ep.Abort()
}

// guestEnded tells the host that the guest sends no more. The stack may say of a reset that it is an end, if somebody has
// been told of the reset before.
func (c *connection) guestEnded() error {
	if tcp.EndpointState(c.ep.State()) == tcp.StateError {
		return net.ErrClosed
	}
	return c.host.CloseWrite()
}

// copies are the buffers of connections.
var copies = sync.Pool{New: func() any {
	b := make([]byte, copySize)
	return &b
}}

// slot takes a place for a connection, if there is one.
func (n *Network) slot() bool {
	select {
	case n.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

// dialled is called, on a goroutine of its own, for a connection that the guest wants to make.
func (n *Network) dialled(r *tcp.ForwarderRequest) {
	id := r.ID()
	to, ok := n.destination(netip.AddrPortFrom(fromTCPIP(id.LocalAddress), id.LocalPort))
	if !ok || !n.slot() {
		r.Complete(true)
		return
	}
	if !n.run(func(ctx context.Context) {
		defer func() { <-n.slots }()
		n.dial(ctx, r, to)
	}) {
		<-n.slots
		r.Complete(true)
	}
}

// dial makes the host's side of a connection, then the guest's. A host that cannot be reached is a reset for the guest.
func (n *Network) dial(ctx context.Context, r *tcp.ForwarderRequest, to netip.AddrPort) {
	limited, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	var d net.Dialer
	dialled, err := d.DialContext(limited, "tcp", to.String())
	if err != nil {
		r.Complete(true)
		return
	}
	host := dialled.(*net.TCPConn)
	var wq waiter.Queue
	ep, refused := r.CreateEndpoint(&wq)
	r.Complete(refused != nil)
	if refused != nil { // the guest has reset the connection since it asked
		_ = host.SetLinger(0)
		host.Close()
		return
	}
	n.join(&connection{host, gonet.NewTCPConn(&wq, ep), ep})
}

// join moves bytes both ways until both sides have ended, or one breaks.
func (n *Network) join(c *connection) {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		c.reset()
		return
	}
	n.open[c] = struct{}{}
	n.mu.Unlock()
	probe(c.ep)
	var both errgroup.Group
	both.Go(func() error { return c.move(c.host, c.guest, c.guestEnded) })
	both.Go(func() error { return c.move(c.guest, c.host, c.guest.CloseWrite) })
	_ = both.Wait() // what broke was reset
	n.mu.Lock()
	delete(n.open, c)
	n.mu.Unlock()
	_ = c.host.Close()
	_ = c.guest.Close()
	n.linger(c.ep)
}

// move copies from one side to the other; end tells that side that there is no more.
func (c *connection) move(to io.Writer, from io.Reader, end func() error) error {
	buf := copies.Get().(*[]byte)
	defer copies.Put(buf)
	// The wrappers hide methods by which io would take buffers of its own.
	_, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, *buf)
	if err == nil {
		err = end()
	}
	if err != nil {
		c.reset()
	}
	return err
}

// linger keeps count of connections that may still wait for the guest, and resets the oldest if there are too many.
func (n *Network) linger(ep tcpip.Endpoint) {
	n.mu.Lock()
	old := n.lingering[n.oldest]
	n.lingering[n.oldest] = ep
	n.oldest = (n.oldest + 1) % maxLingering
	n.mu.Unlock()
	if old != nil {
		old.Abort()
	}
}

// probe has the stack find out when the guest is gone.
func probe(ep tcpip.Endpoint) {
	idle, every := tcpip.KeepaliveIdleOption(probeAfter), tcpip.KeepaliveIntervalOption(probeEvery)
	ep.SetSockOpt(&idle)
	ep.SetSockOpt(&every)
	ep.SetSockOptInt(tcpip.KeepaliveCountOption, probes)
	ep.SocketOptions().SetKeepAlive(true)
}
