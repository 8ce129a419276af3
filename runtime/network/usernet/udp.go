package usernet

import (
	"container/list"
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// flow is a pair of UDP sockets: the guest's datagrams that come out of one go into the other, and back.
type flow struct {
	guest net.Conn
	host  net.Conn // a client's of a forwarded port has no socket of its own: see client

	at   *list.Element // protected by flows.mu; nil: it has ended
	used time.Time     // protected by flows.mu
}

func (f *flow) close() {
	_ = f.guest.Close() // whoever moves datagrams ends by that
	_ = f.host.Close()
}

// flows are the flows there are.
type flows struct {
	mu     sync.Mutex
	all    list.List // protected by mu: of *flow, the latest used first
	closed bool      // protected by mu
}

func (s *flows) init() { s.all.Init() }

// add takes a flow in, in place of the one that was quiet for longest if there are many. false: the network is closed.
func (s *flows) add(f *flow) bool {
	s.mu.Lock()
	var old *flow
	ok := !s.closed
	if ok {
		if s.all.Len() == maxFlows {
			old = s.all.Remove(s.all.Back()).(*flow)
			old.at = nil
		}
		f.at, f.used = s.all.PushFront(f), time.Now()
	}
	s.mu.Unlock()
	if old != nil {
		old.close()
	}
	return ok
}

// touch says that something has gone through f.
func (s *flows) touch(f *flow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.at != nil {
		s.all.MoveToFront(f.at)
		f.used = time.Now()
	}
}

func (s *flows) remove(f *flow) {
	s.mu.Lock()
	if f.at != nil {
		s.all.Remove(f.at)
		f.at = nil
	}
	s.mu.Unlock()
	f.close()
}

// expire closes flows that have been quiet.
func (s *flows) expire(ctx context.Context) {
	t := time.NewTicker(flowIdle / 4)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			s.closeBefore(now.Add(-flowIdle))
		}
	}
}

// closeBefore closes flows that were not used since then.
func (s *flows) closeBefore(then time.Time) {
	for {
		s.mu.Lock()
		var f *flow
		if back := s.all.Back(); back != nil && back.Value.(*flow).used.Before(then) {
			f = s.all.Remove(back).(*flow)
			f.at = nil
		}
		s.mu.Unlock()
		if f == nil {
			return
		}
		f.close()
	}
}

// closeAll closes all flows; there are no new ones afterwards.
func (s *flows) closeAll() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.closeBefore(time.Now().Add(time.Hour))
}

// datagram takes the first datagram of a flow of the guest's; false: nobody is there, which the stack tells the guest.
func (n *Network) datagram(id stack.TransportEndpointID, pkt *stack.PacketBuffer) bool {
	asked := netip.AddrPortFrom(fromTCPIP(id.LocalAddress), id.LocalPort)
	if a := asked.Addr(); a.IsMulticast() || a == everybody || a == lastAddr(subnet4) {
		return true // nobody's, and not to be answered
	}
	to, ok := n.destination(asked)
	if !ok {
		return false
	}
	host, err := net.Dial("udp", to.String())
	if err != nil {
		return false
	}
	var wq waiter.Queue
	ep, refused := udp.NewForwarderRequest(n.stack, id, pkt.Clone()).CreateEndpoint(&wq)
	if refused != nil {
		host.Close()
		return true // another datagram of the flow was faster
	}
	n.exchange(&flow{guest: gonet.NewUDPConn(&wq, ep), host: host})
	return true
}

// lastAddr is the broadcast address of an IPv4 network of 256.
func lastAddr(p netip.Prefix) netip.Addr {
	a := p.Addr().As4()
	a[3] = 255
	return netip.AddrFrom4(a)
}

// exchange moves datagrams both ways until the flow is quiet for long, or one side refuses them.
func (n *Network) exchange(f *flow) {
	if !n.flows.add(f) {
		f.close()
		return
	}
	move := func(to, from net.Conn) func(context.Context) {
		return func(context.Context) {
			defer n.flows.remove(f)
			buf := make([]byte, maxDatagram)
			for {
				count, err := from.Read(buf)
				if err != nil {
					return
				}
				n.flows.touch(f)
				if _, err := to.Write(buf[:count]); err != nil {
					return
				}
			}
		}
	}
	if !n.run(move(f.host, f.guest)) || !n.run(move(f.guest, f.host)) {
		n.flows.remove(f)
	}
}
