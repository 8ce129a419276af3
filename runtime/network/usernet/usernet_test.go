package usernet

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// listen is a server of the test's on the host's loopback.
func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// serve calls f for each connection to l.
func serve(l net.Listener, f func(c *net.TCPConn)) {
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c.(*net.TCPConn))
			}()
		}
	}()
}

func echo(c *net.TCPConn) {
	io.Copy(c, c)
	c.CloseWrite()
}

// hasIPv6 says whether the host has IPv6 on its loopback.
func hasIPv6() bool {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func noise(n int) []byte {
	p, x := make([]byte, n), uint32(1)
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return p
}

// The gateway's address leads to the host's loopback; bytes go both ways, and each way ends by itself.
func TestTCPToTheHost(t *testing.T) {
	for _, c := range []struct {
		listen  string
		gateway netip.Addr
	}{{"127.0.0.1:0", gateway4}, {"[::1]:0", gateway6}} {
		if c.gateway.Is6() && !hasIPv6() {
			continue
		}
		g := newGuest(t, Config{})
		l := listen(t, c.listen)
		serve(l, func(c *net.TCPConn) {
			h := sha256.New()
			n, _ := io.Copy(h, c)
			fmt.Fprintf(c, "%d %x", n, h.Sum(nil))
			io.Copy(c, bytes.NewReader(noise(3_000_000)))
		})
		conn := g.mustDial(at(c.gateway, l.Addr()))
		sent := noise(5_000_000)
		if _, err := conn.Write(sent); err != nil {
			t.Fatal(err)
		}
		conn.CloseWrite()
		got, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		want := append(fmt.Appendf(nil, "%d %x", len(sent), sha256.Sum256(sent)), noise(3_000_000)...)
		if !bytes.Equal(got, want) {
			t.Errorf("%d bytes came back, want %d: %.90q", len(got), len(want), got)
		}
	}
}

// What the host refuses, resets or does not have is a reset for the guest.
func TestTCPThatBreaks(t *testing.T) {
	g := newGuest(t, Config{})
	l := listen(t, "127.0.0.1:0")
	serve(l, func(c *net.TCPConn) {
		io.ReadFull(c, make([]byte, 1))
		c.SetLinger(0)
	})
	c := g.mustDial(at(gateway4, l.Addr()))
	c.Write([]byte("x"))
	if _, err := io.ReadAll(c); err == nil || !strings.Contains(err.Error(), "reset") {
		t.Errorf("a connection that the host resets: %v", err)
	}
	l.Close()
	for _, to := range []string{
		addrPort(l.Addr()).String(), "127.0.0.1:1", // not even the guest's own loopback
		at(gateway4, l.Addr()).String(), "10.0.2.3:80", "10.0.2.99:80", "0.1.2.3:80", "[fec0::99]:80",
	} {
		if a := netip.MustParseAddrPort(to); !a.Addr().IsLoopback() {
			if c, err := g.dial(a); err == nil {
				c.Close()
				t.Errorf("%s: connected", to)
			}
		}
	}
	// The guest resets: the host sees that.
	l2 := listen(t, "127.0.0.1:0")
	came := make(chan error, 1)
	serve(l2, func(c *net.TCPConn) {
		_, err := io.ReadAll(c)
		came <- err
	})
	c2 := g.mustDial(at(gateway4, l2.Addr()))
	c2.Write([]byte("x"))
	for _, e := range g.stack.RegisteredEndpoints() {
		e.Abort()
	}
	if err := <-came; err == nil {
		t.Error("the guest's reset was an orderly end for the host")
	}
}

// udpEcho answers datagrams with their inverse.
func udpEcho(t *testing.T, address string) *net.UDPConn {
	t.Helper()
	a, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(address)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	go func() {
		buf := make([]byte, maxDatagram)
		for {
			n, from, err := a.ReadFrom(buf)
			if err != nil {
				return
			}
			for i := range buf[:n] {
				buf[i] = ^buf[i]
			}
			a.WriteTo(buf[:n], from)
		}
	}()
	return a
}

func exchangeUDP(t *testing.T, c net.Conn, n int) {
	t.Helper()
	want := noise(n)
	c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := c.Write(want); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, maxDatagram)
	count, err := c.Read(got)
	for i := range want {
		want[i] = ^want[i]
	}
	if err != nil || !bytes.Equal(got[:count], want) {
		t.Errorf("%d bytes, want %d, %v", count, n, err)
	}
}

// UDP goes both ways, in fragments too; names are asked for at the server that was given.
func TestUDP(t *testing.T) {
	server := udpEcho(t, "127.0.0.1:0")
	g := newGuest(t, Config{DNS: addrPort(server.LocalAddr())})
	for _, to := range []netip.AddrPort{at(gateway4, server.LocalAddr()), netip.AddrPortFrom(server4, 53), netip.AddrPortFrom(server6, 53)} {
		c := g.dialUDP(to)
		for _, n := range []int{1, 1000, 9000} {
			exchangeUDP(t, c, n)
		}
	}
	// Nobody is there: the guest is told.
	c := g.dialUDP(netip.MustParseAddrPort("10.0.2.3:54"))
	if err := refusal(c); err != nil {
		t.Errorf("a port that leads nowhere: %v", err)
	}
}

// refusal sends datagrams until one is refused; the error is why none was.
func refusal(c net.Conn) (err error) {
	for range 400 {
		if _, err = c.Write([]byte("x")); err == nil {
			c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			_, err = c.Read(make([]byte, 10))
		}
		if err != nil && strings.Contains(err.Error(), "refused") {
			return nil
		}
	}
	return fmt.Errorf("the last one: %w", err)
}

// Names are asked for by TCP too.
func TestNamesByTCP(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	serve(l, echo)
	g := newGuest(t, Config{DNS: addrPort(l.Addr())})
	exchangeTCP(t, g.mustDial(netip.AddrPortFrom(server4, 53)), 1000)
}

func exchangeTCP(t *testing.T, c interface {
	net.Conn
	CloseWrite() error
}, n int) {
	t.Helper()
	want := noise(n)
	c.SetDeadline(time.Now().Add(60 * time.Second))
	go func() {
		c.Write(want)
		c.CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d, %v", len(got), n, err)
	}
}

// The gateway and the name server answer pings. Nobody else does: neither the guest's own address, nor the world.
func TestPing(t *testing.T) {
	g := newGuest(t, Config{})
	for _, to := range []netip.Addr{gateway4, server4, gateway6, server6} {
		if _, err := g.ping(to, 20*time.Second); err != nil {
			t.Errorf("%s: %v", to, err)
		}
	}
	for _, to := range []string{"10.0.2.77", "192.0.2.1", "fec0::77", "2001:db8::1"} {
		if took, err := g.ping(netip.MustParseAddr(to), 50*time.Millisecond); err == nil {
			t.Errorf("%s answered after %v", to, took)
		}
	}
}

// A restricted guest reaches nothing of the host's by TCP, UDP or names; forwarded ports lead to it.
func TestRestrict(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	serve(l, echo)
	server := udpEcho(t, "127.0.0.1:0")
	g := newGuest(t, Config{Restrict: true, DNS: addrPort(server.LocalAddr()),
		Forwards: []Forward{{"tcp", netip.MustParseAddrPort("127.0.0.1:0"), 22}}})
	for _, to := range []netip.AddrPort{at(gateway4, l.Addr()), at(gateway6, l.Addr()), netip.AddrPortFrom(server4, 53), netip.MustParseAddrPort("192.0.2.1:80")} {
		if c, err := g.dial(to); err == nil {
			c.Close()
			t.Errorf("%s: connected", to)
		}
	}
	for _, to := range []netip.AddrPort{at(gateway4, server.LocalAddr()), netip.AddrPortFrom(server4, 53)} {
		if err := refusal(g.dialUDP(to)); err != nil {
			t.Errorf("%s: %v", to, err)
		}
	}
	if _, err := g.ping(gateway4, 20*time.Second); err != nil {
		t.Error(err)
	}
	testForward(t, g)
}

// testForward connects from the host to the guest's port 22.
func testForward(t *testing.T, g *guest) {
	t.Helper()
	inside, err := gonet.ListenTCP(g.stack, full(netip.AddrPortFrom(guest4, 22)), header.IPv4ProtocolNumber)
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	go func() {
		for {
			c, err := inside.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c, err := net.Dial("tcp", g.net.Forwards()[0].Host.String())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			exchangeTCP(t, c.(*net.TCPConn), 500_000)
		})
	}
	all.Wait()
}

func TestForward(t *testing.T) {
	any := netip.MustParseAddrPort("127.0.0.1:0")
	g := newGuest(t, Config{Forwards: []Forward{{"tcp", any, 22}, {"udp", any, 53}}})
	testForward(t, g)
	// A port where the guest has nobody.
	if c, err := net.Dial("tcp", g.net.Forwards()[0].Host.String()); err == nil { // or it was reset at once
		c.SetDeadline(time.Now().Add(60 * time.Second))
		if _, err := io.ReadAll(c); err == nil {
			t.Error("an orderly end of a connection that the guest refused")
		}
		c.Close()
	}

	local := full(netip.AddrPortFrom(guest4, 53))
	inside, err := gonet.DialUDP(g.stack, &local, nil, header.IPv4ProtocolNumber)
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	go func() {
		buf := make([]byte, maxDatagram)
		for {
			n, from, err := inside.ReadFrom(buf)
			if err != nil {
				return
			}
			for i := range buf[:n] {
				buf[i] = ^buf[i]
			}
			inside.WriteTo(buf[:n], from)
		}
	}()
	for range 3 {
		u, err := net.Dial("udp", g.net.Forwards()[1].Host.String())
		if err != nil {
			t.Fatal(err)
		}
		exchangeUDP(t, u, 100)
		exchangeUDP(t, u, 3000)
		u.Close()
	}
}

// A port that is in use is named, and what to do about it.
func TestForwardPortInUse(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	u := udpEcho(t, "127.0.0.1:0")
	for _, f := range []Forward{{"tcp", addrPort(l.Addr()), 22}, {"udp", addrPort(u.LocalAddr()), 22}, {"tcp", netip.MustParseAddrPort("192.0.2.1:80"), 1}} {
		free := Forward{"tcp", netip.MustParseAddrPort("127.0.0.1:0"), 1}
		n, err := New(Config{Forwards: []Forward{free, f}})
		if err == nil {
			n.Close()
		}
		if err == nil || !strings.Contains(err.Error(), f.Protocol+" port "+f.Host.String()) || !strings.Contains(err.Error(), "choose a") {
			t.Errorf("%v: %v", f, err)
		}
	}
}

func TestForwardText(t *testing.T) {
	for text, want := range map[string]Forward{
		"tcp:127.0.0.1:2222:22": {"tcp", netip.MustParseAddrPort("127.0.0.1:2222"), 22},
		"udp::0:53":             {"udp", netip.MustParseAddrPort("127.0.0.1:0"), 53},
		"tcp:[::1]:80:8080":     {"tcp", netip.MustParseAddrPort("[::1]:80"), 8080},
		"tcp:0.0.0.0:80:80":     {"tcp", netip.MustParseAddrPort("0.0.0.0:80"), 80},
	} {
		var f, again Forward
		if err := f.UnmarshalText([]byte(text)); err != nil || f != want {
			t.Errorf("%s: %v, %v", text, f, err)
		}
		if err := again.UnmarshalText([]byte(f.String())); err != nil || again != f {
			t.Errorf("%s: %v, %v", f, again, err)
		}
	}
	for _, text := range []string{"", "tcp", "icmp:127.0.0.1:1:1", "tcp:22", "tcp:1:22", "tcp:127.0.0.1:22", "tcp:127.0.0.1:1:0",
		"tcp:127.0.0.1:1:65536", "tcp:127.0.0.1:65536:1", "tcp:localhost:1:1", "tcp:[fe80::1%lo]:1:1", "tcp:127.0.0.1:1:22x"} {
		var f Forward
		if err := f.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "such as tcp:127.0.0.1:2222:22") {
			t.Errorf("%q: %v, %v", text, f, err)
		}
	}
}

// Close ends what is under way, in whatever state; leaktest looks for what it has left.
func TestCloseWithEverythingBusy(t *testing.T) {
	g := newGuest(t, Config{Forwards: []Forward{{"tcp", netip.MustParseAddrPort("127.0.0.1:0"), 22}}})
	l := listen(t, "127.0.0.1:0")
	stuck := make(chan struct{})
	serve(l, func(c *net.TCPConn) { <-stuck })
	defer close(stuck)
	for range 3 {
		c := g.mustDial(at(gateway4, l.Addr()))
		go c.Write(noise(4 << 20)) // more than there is room for
	}
	g.dialUDP(at(gateway4, l.Addr())).Write([]byte("x"))
	g.mute() // from here on the guest does not answer
	if c, err := net.Dial("tcp", g.net.Forwards()[0].Host.String()); err != nil {
		t.Fatal(err)
	} else {
		defer c.Close()
	}
	if err := g.net.Close(); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", g.net.Forwards()[0].Host.String()); err == nil {
		t.Error("a forwarded port is open after Close")
	}
	if err := g.net.Close(); err != nil {
		t.Error(err)
	}
	if l := listen(t, g.net.Forwards()[0].Host.String()); errors.Is(l.Close(), net.ErrClosed) {
		t.Error("closed")
	}
}
