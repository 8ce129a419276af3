package usernet

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"

	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
	"github.com/hartwood-vm/hartwood/runtime/network"
)

const guestMAC = tcpip.LinkAddress("\x52\x54\x00\x12\x34\x56")

// guest is a stack of its own at the other end of a network's cable, with the addresses that the network gives.
type guest struct {
	*endpoint
	t     *testing.T
	net   *Network
	stack *stack.Stack
	raw   atomic.Pointer[chan []byte] // if not nil, takes the frames in the stack's place
	came  chan []byte                 // frames on their way into the stack
}

func (g *guest) LinkAddress() tcpip.LinkAddress { return guestMAC }

// guestLink turns the endpoint around: what the guest's stack sends goes to the network.
type guestLink struct{ n *Network }

func (l guestLink) Receive(f network.Frame) { l.n.Send(f) }

// Receive takes a frame from the network. A large one goes into the stack as it is, as into Linux.
func (g *guest) Receive(f network.Frame) {
	data := append([]byte(nil), f.Data...)
	if raw := g.raw.Load(); raw != nil {
		*raw <- data
		return
	}
	copy(data, g.LinkAddress()) // inject wants gatewayMAC: it is written for the network's side
	if data[0]&1 == 0 {
		copy(data, gatewayMAC)
	}
	select {
	case g.came <- data:
	default: // dropped
	}
}

func newGuest(t *testing.T, cfg Config) *guest {
	t.Helper()
	leaktest.Check(t)
	n, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{endpoint: newEndpoint(), t: t, net: n, came: make(chan []byte, 256), stack: stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{arp.NewProtocol, ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
	})}
	g.plug(guestLink{n})
	if err := g.stack.CreateNIC(nic, g); err != nil {
		t.Fatal(err)
	}
	for _, a := range []string{"10.0.2.15/24", "fec0::5054:ff:fe12:3456/64"} {
		p := netip.MustParsePrefix(a)
		if err := g.stack.AddProtocolAddress(nic, tcpip.ProtocolAddress{
			Protocol:          protocolOf(p.Addr()),
			AddressWithPrefix: tcpip.AddressWithPrefix{Address: toTCPIP(p.Addr()), PrefixLen: p.Bits()},
		}, stack.AddressProperties{}); err != nil {
			t.Fatal(err)
		}
	}
	subnet := func(p netip.Prefix) tcpip.Subnet {
		return tcpip.AddressWithPrefix{Address: toTCPIP(p.Addr()), PrefixLen: p.Bits()}.Subnet()
	}
	g.stack.SetRouteTable([]tcpip.Route{
		{Destination: subnet(subnet4), NIC: nic}, {Destination: subnet(subnet6), NIC: nic},
		{Destination: header.IPv4EmptySubnet, Gateway: toTCPIP(gateway4), NIC: nic},
		{Destination: header.IPv6EmptySubnet, Gateway: toTCPIP(gateway6), NIC: nic},
	})
	n.Attach(g)
	var into sync.WaitGroup
	into.Go(func() {
		for data := range g.came {
			g.inject(data)
		}
	})
	t.Cleanup(func() {
		n.Close()
		close(g.came)
		into.Wait()
		g.plug(nil)
		g.stack.Destroy()
	})
	return g
}

// mute takes the guest's stack off the cable, and returns the frames that come.
func (g *guest) mute() chan []byte {
	raw := make(chan []byte, 1<<16)
	g.raw.Store(&raw)
	return raw
}

// dial connects from the guest by TCP.
func (g *guest) dial(to netip.AddrPort) (*gonet.TCPConn, error) {
	ctx, cancel := context.WithTimeout(g.t.Context(), 20*time.Second)
	defer cancel()
	return gonet.DialContextTCP(ctx, g.stack, full(to), protocolOf(to.Addr()))
}

func (g *guest) mustDial(to netip.AddrPort) *gonet.TCPConn {
	g.t.Helper()
	c, err := g.dial(to)
	if err != nil {
		g.t.Fatalf("%s: %v", to, err)
	}
	g.t.Cleanup(func() { c.Close() })
	return c
}

// dialUDP connects from the guest by UDP.
func (g *guest) dialUDP(to netip.AddrPort) *gonet.UDPConn {
	g.t.Helper()
	remote := full(to)
	c, err := gonet.DialUDP(g.stack, nil, &remote, protocolOf(to.Addr()))
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { c.Close() })
	return c
}

// ping returns how long an echo takes, or an error after patience.
func (g *guest) ping(to netip.Addr, patience time.Duration) (time.Duration, error) {
	protocol, echo := header.ICMPv4ProtocolNumber, []byte{8, 0, 0, 0, 0, 0, 0, 1, 'p', 'i', 'n', 'g'}
	if to.Is6() {
		protocol, echo[0] = header.ICMPv6ProtocolNumber, 128
	}
	var wq waiter.Queue
	ep, err := g.stack.NewEndpoint(protocol, protocolOf(to), &wq)
	if err != nil {
		g.t.Fatal(err)
	}
	remote := full(netip.AddrPortFrom(to, 0))
	if err := ep.Connect(remote); err != nil {
		g.t.Fatal(err)
	}
	c := gonet.NewUDPConn(&wq, ep)
	defer c.Close()
	began := time.Now()
	if _, err := c.Write(echo); err != nil {
		return 0, err
	}
	c.SetReadDeadline(time.Now().Add(patience))
	_, failed := c.Read(make([]byte, 64))
	return time.Since(began), failed
}

func full(a netip.AddrPort) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: nic, Addr: toTCPIP(a.Addr()), Port: a.Port()}
}

// at is a port at one of the network's addresses.
func at(a netip.Addr, listener net.Addr) netip.AddrPort {
	return netip.AddrPortFrom(a, addrPort(listener).Port())
}
