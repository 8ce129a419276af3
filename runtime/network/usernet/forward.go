package usernet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// Forward is a port of the host's that leads to one of the guest's. Its text form is PROTOCOL:[ADDRESS]:PORT:GUESTPORT, such
// as tcp:127.0.0.1:2222:22. Without an address it is 127.0.0.1; an IPv6 address stands in brackets.
type Forward struct {
	Protocol string         // "tcp" or "udp"
	Host     netip.AddrPort // port 0: a free one
	Guest    uint16
}

// UnmarshalText reads the text form.
func (f *Forward) UnmarshalText(text []byte) error {
	bad := func(problem string) error {
		return fmt.Errorf("%q %s; write PROTOCOL:ADDRESS:PORT:GUESTPORT, such as tcp:127.0.0.1:2222:22", text, problem)
	}
	protocol, rest, _ := strings.Cut(string(text), ":")
	if protocol != "tcp" && protocol != "udp" {
		return bad("is neither TCP nor UDP")
	}
	at := strings.LastIndexByte(rest, ':')
	if at < 0 {
		return bad("lacks a port")
	}
	guest, err := strconv.ParseUint(rest[at+1:], 10, 16)
	if err != nil || guest == 0 {
		return bad("has no port of the guest's from 1 to 65535")
	}
	address := rest[:at]
	if strings.HasPrefix(address, ":") {
		address = loopback4.String() + address
	}
	host, err := netip.ParseAddrPort(address)
	if err != nil || host.Addr().Zone() != "" {
		return bad("has no address and port of the host's")
	}
	*f = Forward{protocol, host, uint16(guest)}
	return nil
}

// String is the inverse of UnmarshalText.
func (f Forward) String() string { return fmt.Sprintf("%s:%s:%d", f.Protocol, f.Host, f.Guest) }

// MarshalText is the inverse of UnmarshalText.
func (f Forward) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// problem says why a port could not be opened.
func (f Forward) problem(err error) error {
	remedy := ""
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		remedy = "; another program has it, choose another port"
	case errors.Is(err, syscall.EACCES):
		remedy = "; choose a port from 1024 on"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		remedy = "; choose an address that this host has, such as 127.0.0.1"
	}
	return fmt.Errorf("%s port %s: %w%s", f.Protocol, f.Host, err, remedy)
}

// listen opens a forwarded port.
func (n *Network) listen(f Forward) error {
	if f.Protocol == "udp" {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(f.Host))
		if err != nil {
			return f.problem(err)
		}
		f.Host = addrPort(c.LocalAddr())
		n.forwards = append(n.forwards, f)
		n.run(func(ctx context.Context) { n.serveUDP(ctx, f, c) })
		return nil
	}
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(f.Host))
	if err != nil {
		return f.problem(err)
	}
	f.Host = addrPort(l.Addr())
	n.forwards = append(n.forwards, f)
	n.run(func(ctx context.Context) { n.serveTCP(ctx, f, l) })
	return nil
}

// acceptPause is how long to wait when the host is short of something.
const acceptPause = 50 * time.Millisecond

func (n *Network) serveTCP(ctx context.Context, f Forward, l *net.TCPListener) {
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	for ctx.Err() == nil {
		host, err := l.AcceptTCP()
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(acceptPause):
			}
			continue
		}
		taken := n.slot()
		if taken && n.run(func(ctx context.Context) {
			defer func() { <-n.slots }()
			n.reach(ctx, host, f.Guest)
		}) {
			continue
		}
		if taken {
			<-n.slots
		}
		refuse(host)
	}
}

// refuse ends a connection as if nobody had been there.
func refuse(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// fromGateway and toGuest are the ends of a forwarded connection.
func fromGateway() tcpip.FullAddress { return tcpip.FullAddress{NIC: nic, Addr: toTCPIP(gateway4)} }

func toGuest(port uint16) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: nic, Addr: toTCPIP(guest4), Port: port}
}

// reach makes the guest's side of a connection that the host has accepted.
func (n *Network) reach(ctx context.Context, host *net.TCPConn, port uint16) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	c, err := n.dialGuest(ctx, port)
	if err != nil {
		refuse(host)
		return
	}
	c.host = host
	n.join(c)
}

// dialGuest connects to a port of the guest's, from the gateway.
func (n *Network) dialGuest(ctx context.Context, port uint16) (*connection, error) {
	var wq waiter.Queue
	ep, err := n.stack.NewEndpoint(tcp.ProtocolNumber, header.IPv4ProtocolNumber, &wq)
	if err != nil {
		return nil, errors.New(err.String())
	}
	entry, done := waiter.NewChannelEntry(waiter.WritableEvents)
	wq.EventRegister(&entry)
	defer wq.EventUnregister(&entry)
	err = ep.Bind(fromGateway())
	if err == nil {
		err = ep.Connect(toGuest(port))
	}
	if _, started := err.(*tcpip.ErrConnectStarted); started {
		select {
		case <-ctx.Done():
			ep.Abort()
			return nil, ctx.Err()
		case <-done:
			err = ep.LastError()
		}
	}
	if err != nil {
		ep.Close()
		return nil, errors.New(err.String())
	}
	return &connection{guest: gonet.NewTCPConn(&wq, ep), ep: ep}, nil
}

// serveUDP hands on what clients send to a forwarded port: each client is a flow.
func (n *Network) serveUDP(ctx context.Context, f Forward, c *net.UDPConn) {
	defer context.AfterFunc(ctx, func() { c.Close() })()
	defer c.Close()
	clients := clients{all: map[netip.AddrPort]*client{}}
	buf := make([]byte, maxDatagram)
	for ctx.Err() == nil {
		count, from, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			continue // of an earlier answer that somebody refused, or the end
		}
		if known := clients.find(from); known != nil {
			n.flows.touch(known.flow)
			_, _ = known.flow.guest.Write(buf[:count]) // lost, as datagrams are
			continue
		}
		local, remote := fromGateway(), toGuest(f.Guest)
		guest, err := gonet.DialUDP(n.stack, &local, &remote, header.IPv4ProtocolNumber)
		if err != nil {
			continue
		}
		k := &client{conn: c, addr: from, clients: &clients}
		k.flow = &flow{guest: guest, host: k}
		clients.add(k)
		n.answer(k.flow)
		_, _ = guest.Write(buf[:count])
	}
}

// answer moves the guest's answers to a client.
func (n *Network) answer(f *flow) {
	if !n.flows.add(f) {
		f.close()
		return
	}
	if !n.run(func(context.Context) {
		defer n.flows.remove(f)
		buf := make([]byte, maxDatagram)
		for {
			count, err := f.guest.Read(buf)
			if err != nil {
				return
			}
			n.flows.touch(f)
			_, _ = f.host.Write(buf[:count])
		}
	}) {
		n.flows.remove(f)
	}
}

// clients are the clients of a forwarded UDP port, each with its flow.
type clients struct {
	mu  sync.Mutex
	all map[netip.AddrPort]*client // protected by mu
}

func (s *clients) find(a netip.AddrPort) *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[a]
}

func (s *clients) add(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[c.addr] = c
}

// client is the host's side of a client's flow: the forwarded port, towards that client.
type client struct {
	net.Conn // of which only what is below is called
	conn     *net.UDPConn
	addr     netip.AddrPort
	clients  *clients
	flow     *flow
}

func (c *client) Write(p []byte) (int, error) { return c.conn.WriteToUDPAddrPort(p, c.addr) }

// Close forgets the client.
func (c *client) Close() error {
	c.clients.mu.Lock()
	defer c.clients.mu.Unlock()
	if c.clients.all[c.addr] == c {
		delete(c.clients.all, c.addr)
	}
	return nil
}
