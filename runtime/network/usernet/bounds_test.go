package usernet

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"

	"github.com/hartwood-vm/hartwood/runtime/network"
)

// Beyond the bound connections are refused; one that ends makes room.
func TestConnectionsAreBounded(t *testing.T) {
	g := newGuest(t, Config{})
	l := listen(t, "127.0.0.1:0")
	serve(l, echo)
	for range maxConnections - 1 { // as so many others would
		g.net.slots <- struct{}{}
	}
	first := g.mustDial(at(gateway4, l.Addr()))
	if c, err := g.dial(at(gateway4, l.Addr())); err == nil {
		c.Close()
		t.Error("one connection too many")
	}
	first.Close()
	for range 1000 {
		if c, err := g.dial(at(gateway4, l.Addr())); err == nil {
			c.Close()
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("no room after a connection has ended")
}

// Of flows the one that was quiet for longest makes room, and quiet ones end.
func TestFlowsAreBounded(t *testing.T) {
	server := udpEcho(t, "127.0.0.1:0")
	g := newGuest(t, Config{})
	to := at(gateway4, server.LocalAddr())
	first := g.dialUDP(to)
	exchangeUDP(t, first, 10)
	for range maxFlows + 20 {
		c := g.dialUDP(to)
		exchangeUDP(t, c, 10)
		c.Close()
	}
	count := func() int {
		g.net.flows.mu.Lock()
		defer g.net.flows.mu.Unlock()
		return g.net.flows.all.Len()
	}
	if n := count(); n != maxFlows {
		t.Errorf("%d flows", n)
	}
	exchangeUDP(t, first, 10) // which is a new one
	g.net.flows.closeBefore(time.Now())
	if n := count(); n != 0 {
		t.Errorf("%d flows are left", n)
	}
}

// lingerer is an endpoint that counts its resets.
type lingerer struct {
	tcpip.Endpoint
	resets *int
}

func (l lingerer) Abort() { *l.resets++ }

// Connections that have ended are kept count of, until the oldest is reset.
func TestLingeringIsBounded(t *testing.T) {
	var n Network
	var resets [maxLingering + 5]int
	for i := range resets {
		n.linger(lingerer{resets: &resets[i]})
	}
	for i, got := range resets {
		if want := min(1, max(0, 5-i)); got != want {
			t.Errorf("connection %d was reset %d times, want %d", i, got, want)
		}
	}
}

// offer is a DHCP message with a type, and options.
func offer(kind byte, options ...byte) []byte {
	m := make([]byte, dhcpHeader)
	m[0], m[1], m[2] = bootRequest, 1, 6
	copy(m[4:], "xid!")
	copy(m[28:], guestMAC)
	binary.BigEndian.PutUint32(m[236:], dhcpMagic)
	m = append(m, optionType, 1, kind)
	return append(append(m, options...), optionEnd)
}

func TestDHCP(t *testing.T) {
	n := &Network{}
	for _, c := range []struct {
		name    string
		message []byte
		kind    byte // 0: no answer
		address netip.Addr
	}{
		{"discover", offer(dhcpDiscover), dhcpOffer, guest4},
		{"request", offer(dhcpRequest, 50, 4, 10, 0, 2, 15, 54, 4, 10, 0, 2, 2), dhcpACK, guest4},
		{"another address", offer(dhcpRequest, 50, 4, 10, 0, 2, 16), dhcpNAK, netip.IPv4Unspecified()},
		{"another server", offer(dhcpRequest, 50, 4, 10, 0, 2, 15, 54, 4, 10, 0, 2, 9), 0, netip.Addr{}},
		{"inform", offer(dhcpInform), dhcpACK, netip.IPv4Unspecified()},
		{"release", offer(7), 0, netip.Addr{}},
		{"no type", offer(0), 0, netip.Addr{}},
		{"short", offer(dhcpDiscover)[:dhcpHeader-1], 0, netip.Addr{}},
		{"cut option", append(offer(dhcpDiscover)[:dhcpHeader+3], 50, 40), dhcpOffer, guest4},
	} {
		answer := n.answerDHCP(c.message)
		if c.kind == 0 {
			if answer != nil {
				t.Errorf("%s: answered", c.name)
			}
			continue
		}
		m := answer[network.HeaderSize+28:]
		o := parseOptions(m[dhcpHeader:])
		if o.kind != c.kind || o.server != gateway4 || netip.AddrFrom4([4]byte(m[16:])) != c.address || string(m[4:8]) != "xid!" || len(m) < dhcpMinimum {
			t.Errorf("%s: kind %d, address %v, %d bytes", c.name, o.kind, m[16:20], len(m))
		}
		if !bytes.Equal(answer[:6], []byte(guestMAC)) {
			t.Errorf("%s: to % x", c.name, answer[:6])
		}
	}
	// A restricted guest is told of no way out.
	plain, restricted := n.answerDHCP(offer(dhcpDiscover)), (&Network{cfg: Config{Restrict: true}}).answerDHCP(offer(dhcpDiscover))
	router := append([]byte{optionRouter, 4}, gateway4.AsSlice()...)
	if !bytes.Contains(plain, router) || bytes.Contains(restricted, router) {
		t.Error("the router is not where it should be")
	}
}

// The stack is asked for the network's own addresses alone: a guest that tries its own out is not told that it is taken.
func TestOthersAddressesAreNotAnswered(t *testing.T) {
	arp := func(target byte) []byte {
		p := make([]byte, 42)
		copy(p, "\xff\xff\xff\xff\xff\xff"+string(guestMAC)+"\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01"+string(guestMAC))
		copy(p[38:], []byte{10, 0, 2, target})
		return p
	}
	g := newGuest(t, Config{})
	came := g.mute()
	for _, target := range []byte{15, 77, 1, 2} {
		g.net.Send(network.Frame{Data: arp(target)})
	}
	if reply := <-came; !bytes.Equal(reply[28:32], gateway4.AsSlice()) {
		t.Errorf("% x", reply)
	}
	solicitation := make([]byte, 62)
	copy(solicitation, "\x33\x33\x00\x00\x00\x02"+string(guestMAC)+"\x86\xdd\x60\x00\x00\x00\x00\x08\x3a\xff")
	solicitation[54] = routerSolicitation
	g.net.Send(network.Frame{Data: solicitation})
	if answer := <-came; answer[54] != routerAdvertisement || !bytes.Contains(answer, subnet6.Addr().AsSlice()) {
		t.Errorf("% x", answer)
	}
}

func TestDestinations(t *testing.T) {
	n := &Network{cfg: Config{DNS: netip.MustParseAddrPort("192.0.2.53:5353")}}
	for from, want := range map[string]string{
		"10.0.2.2:80": "127.0.0.1:80", "[fec0::2]:80": "[::1]:80", "10.0.2.3:53": "192.0.2.53:5353", "[fec0::3]:53": "192.0.2.53:5353",
		"192.0.2.1:443": "192.0.2.1:443", "[2001:db8::1]:443": "[2001:db8::1]:443", "[::ffff:192.0.2.1]:1": "192.0.2.1:1",
		"10.0.2.3:80": "", "127.0.0.1:80": "", "127.9.9.9:80": "", "[::1]:80": "", "0.0.0.0:80": "", "0.1.1.1:80": "", "[::]:80": "",
		"[::ffff:127.0.0.1]:80": "", "255.255.255.255:80": "", "224.0.0.1:80": "", "[ff02::1]:80": "", "[fe80::2]:80": "",
		"10.0.2.15:80": "", "[fec0::15]:80": "",
	} {
		to, ok := n.destination(netip.MustParseAddrPort(from))
		if ok != (want != "") || ok && to.String() != want {
			t.Errorf("%s leads to %v, %v, want %q", from, to, ok, want)
		}
		if _, ok := (&Network{cfg: Config{Restrict: true}}).destination(netip.MustParseAddrPort(from)); ok {
			t.Errorf("%s leads out of a restricted network", from)
		}
	}
	for text, want := range map[string]string{
		"# nameserver 192.0.2.9\nsearch x\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n": "192.0.2.1:53",
		"nameserver": "", "nameserver x\nnameserver ::1": "[::1]:53", "": "",
	} {
		if got, ok := parseResolv(text); ok != (want != "") || ok && got.String() != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// FuzzSend gives the network what a hostile guest might send.
func FuzzSend(f *testing.F) {
	n, err := New(Config{Restrict: true}) // so that nothing leaves the process
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { n.Close() })
	f.Add(toClient([]byte(gatewayMAC), offer(dhcpDiscover)))
	f.Add(n.advertisement())
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\x52\x54\x00\x12\x34\x56\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01\x52\x54\x00\x12\x34\x56\x0a\x00\x02\x0f\x00\x00\x00\x00\x00\x00\x0a\x00\x02\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return
		}
		n.Send(network.Frame{Data: bytes.Clone(data)})
		if len(data) >= 14 {
			copy(data, gatewayMAC)
			n.Send(network.Frame{Data: data})
		}
	})
}
