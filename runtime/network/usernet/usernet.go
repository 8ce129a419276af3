package usernet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sync/errgroup"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"

	"github.com/hartwood-vm/hartwood/runtime/network"
)

// Config is the network.
type Config struct {
	// Restrict keeps the guest from reaching anything but the gateway itself, by DHCP and ICMP echo; forwarded ports lead
	// to the guest all the same.
	Restrict bool
	// DNS is the name server behind the network's. Zero: the first one of the host's /etc/resolv.conf.
	DNS netip.AddrPort
	// Forwards are the ports of the host's that lead to the guest.
	Forwards []Forward
}

const nic = 1

// Network is the network (network.Link).
type Network struct {
	cfg      Config
	stack    *stack.Stack
	endpoint *endpoint
	forwards []Forward // with the ports that they have got; constant

	ctx   context.Context // ends with the network
	stop  context.CancelFunc
	group errgroup.Group // all goroutines
	slots chan struct{}  // a place for each TCP connection
	flows flows

	mu        sync.Mutex
	closed    bool                         // protected by mu
	open      map[*connection]struct{}     // protected by mu
	lingering [maxLingering]tcpip.Endpoint // protected by mu: a ring
	oldest    int                          // protected by mu: the next place in the ring

	closing sync.Once
}

// New makes the network and opens the forwarded ports. An error names the port that is in use.
func New(cfg Config) (_ *Network, err error) {
	n := &Network{
		cfg: cfg, endpoint: newEndpoint(), slots: make(chan struct{}, maxConnections), open: map[*connection]struct{}{},
		stack: stack.New(stack.Options{
			NetworkProtocols:   []stack.NetworkProtocolFactory{arp.NewProtocol, ipv4.NewProtocol, newIPv6},
			TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
		}),
	}
	n.ctx, n.stop = context.WithCancel(context.Background())
	n.flows.init()
	defer func() {
		if err != nil {
			n.Close()
		}
	}()
	if err := n.start(); err != nil {
		return nil, fmt.Errorf("user network: %w", err)
	}
	for _, f := range cfg.Forwards {
		if err := n.listen(f); err != nil {
			return nil, err
		}
	}
	n.run(n.flows.expire)
	n.run(n.advertise)
	return n, nil
}

// newIPv6 is IPv6 that makes itself no addresses and listens to no router.
var newIPv6 = ipv6.NewProtocolWithOptions(ipv6.Options{})

// start sets the stack up.
func (n *Network) start() error {
	s := n.stack
	if err := s.CreateNIC(nic, n.endpoint); err != nil {
		return fmt.Errorf("interface: %s", err)
	}
	for _, a := range []struct {
		addr netip.Addr
		bits int
	}{{gateway4, 24}, {server4, 24}, {gateway6, 64}, {server6, 64}, {router6, 64}} {
		address := tcpip.ProtocolAddress{
			Protocol:          protocolOf(a.addr),
			AddressWithPrefix: tcpip.AddressWithPrefix{Address: toTCPIP(a.addr), PrefixLen: a.bits},
		}
		if err := s.AddProtocolAddress(nic, address, stack.AddressProperties{}); err != nil {
			return fmt.Errorf("address %s: %s", a.addr, err)
		}
	}
	s.SetRouteTable([]tcpip.Route{
		{Destination: header.IPv4EmptySubnet, NIC: nic}, {Destination: header.IPv6EmptySubnet, NIC: nic},
	})
	// The interface takes packets for all addresses, and answers from these.
	if err := s.SetPromiscuousMode(nic, true); err != nil {
		return fmt.Errorf("interface: %s", err)
	}
	if err := s.SetSpoofing(nic, true); err != nil {
		return fmt.Errorf("interface: %s", err)
	}
	if err := n.tune(); err != nil {
		return err
	}
	s.SetTransportProtocolHandler(tcp.ProtocolNumber, tcp.NewForwarder(s, 0, maxConnections, n.dialled).HandlePacket)
	s.SetTransportProtocolHandler(udp.ProtocolNumber, n.datagram)
	return nil
}

// tune sets TCP's options.
func (n *Network) tune() error {
	sack, control, wait := tcpip.TCPSACKEnabled(true), tcpip.CongestionControlOption("cubic"), tcpip.TCPTimeWaitTimeoutOption(timeWait)
	for _, o := range []tcpip.SettableTransportProtocolOption{
		&sack, &control, &wait,
		&tcpip.TCPReceiveBufferSizeRangeOption{Min: 4096, Default: bufferSize, Max: bufferSize},
		&tcpip.TCPSendBufferSizeRangeOption{Min: 4096, Default: bufferSize, Max: bufferSize},
	} {
		if err := n.stack.SetTransportProtocolOption(tcp.ProtocolNumber, o); err != nil {
			return fmt.Errorf("TCP: %s", err)
		}
	}
	return nil
}

// run has f run on a goroutine of its own, which ends soon after n.ctx; false: the network is closed.
func (n *Network) run(f func(context.Context)) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false
	}
	n.group.Go(func() error {
		f(n.ctx)
		return nil
	})
	return true
}

// Attach says who takes frames.
func (n *Network) Attach(r network.Receiver) { n.endpoint.plug(r) }

// Send takes a frame of the guest's.
func (n *Network) Send(f network.Frame) {
	if f.Check() == nil && n.admit(f.Data) {
		n.endpoint.inject(f.Data)
	}
}

// Forwards are the forwarded ports, with the host's port that was chosen where none was given.
func (n *Network) Forwards() []Forward { return n.forwards }

// Close ends all connections and gives the host's ports back.
func (n *Network) Close() error {
	n.closing.Do(func() {
		n.stop()
		n.mu.Lock()
		n.closed = true
		for c := range n.open {
			c.reset()
		}
		n.mu.Unlock()
		n.flows.closeAll()
		_ = n.group.Wait() // goroutines return no errors
		n.endpoint.plug(nil)
		n.stack.Destroy()
	})
	return nil
}

// addrPort is a as net.Addr has it, or none.
func addrPort(a net.Addr) netip.AddrPort {
	p, _ := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}
