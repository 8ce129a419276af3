package usernet

import (
	"net/netip"
	"os"
	"strings"
)

const namePort = 53

var (
	loopback4 = netip.MustParseAddr("127.0.0.1")
	loopback6 = netip.IPv6Loopback()
	thisHost4 = netip.MustParsePrefix("0.0.0.0/8")
	everybody = netip.MustParseAddr("255.255.255.255")
)

// destination is where the host connects to for a guest that connects to to; false: nowhere. The host's loopback addresses
// have other meanings there, and are reached by the gateway alone.
func (n *Network) destination(to netip.AddrPort) (netip.AddrPort, bool) {
	a := to.Addr().Unmap()
	switch {
	case n.cfg.Restrict:
		return netip.AddrPort{}, false
	case a == gateway4:
		return netip.AddrPortFrom(loopback4, to.Port()), true
	case a == gateway6:
		return netip.AddrPortFrom(loopback6, to.Port()), true
	case a == server4, a == server6:
		if to.Port() != namePort {
			return netip.AddrPort{}, false
		}
		return n.nameServer()
	case !outside(a):
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a, to.Port()), true
}

// outside says whether an address is one that hosts beyond this one have.
func outside(a netip.Addr) bool {
	switch {
	case a.IsLoopback(), a.IsMulticast(), a == everybody, thisHost4.Contains(a), a.IsUnspecified():
		return false
	case subnet4.Contains(a), subnet6.Contains(a):
		return false // the guest's own network
	case a.Is6() && a.IsLinkLocalUnicast():
		return false // on which of the host's links?
	}
	return true
}

// nameServer is where names are asked for: looked up anew each time, since a host moves between networks.
func (n *Network) nameServer() (netip.AddrPort, bool) {
	if n.cfg.DNS.IsValid() {
		return n.cfg.DNS, true
	}
	text, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return netip.AddrPort{}, false
	}
	return parseResolv(string(text))
}

// parseResolv returns the first name server of a resolv.conf.
func parseResolv(text string) (netip.AddrPort, bool) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(f[1]); err == nil {
			return netip.AddrPortFrom(a, namePort), true
		}
	}
	return netip.AddrPort{}, false
}
