package usernet

import (
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// The network's addresses.
var (
	subnet4  = netip.MustParsePrefix("10.0.2.0/24")
	gateway4 = netip.MustParseAddr("10.0.2.2")
	server4  = netip.MustParseAddr("10.0.2.3")
	guest4   = netip.MustParseAddr("10.0.2.15")

	subnet6  = netip.MustParsePrefix("fec0::/64")
	gateway6 = netip.MustParseAddr("fec0::2")
	server6  = netip.MustParseAddr("fec0::3")
	// router6 is the gateway's address on the link, from which routers speak.
	router6 = netip.MustParseAddr("fe80::2")
)

// gatewayMAC is the gateway's Ethernet address.
const gatewayMAC = tcpip.LinkAddress("\x52\x55\x0a\x00\x02\x02")

// Static returns the addresses that a guest may have without asking for them: its own, the gateway's and the name server's.
func Static() (guest, gateway, names netip.Addr) { return guest4, gateway4, server4 }

// own are the addresses that the network itself answers for.
var own = map[netip.Addr]bool{gateway4: true, server4: true, gateway6: true, server6: true, router6: true}

func toTCPIP(a netip.Addr) tcpip.Address { return tcpip.AddrFromSlice(a.AsSlice()) }

func fromTCPIP(a tcpip.Address) netip.Addr {
	addr, _ := netip.AddrFromSlice(a.AsSlice())
	return addr
}

// protocolOf is IPv4's or IPv6's number.
func protocolOf(a netip.Addr) tcpip.NetworkProtocolNumber {
	if a.Is4() {
		return header.IPv4ProtocolNumber
	}
	return header.IPv6ProtocolNumber
}
