package usernet

import (
	"encoding/binary"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/hartwood-vm/hartwood/runtime/network"
)

// Types of ICMP messages that admit looks at.
const (
	echo4                 = 8
	echo6                 = 128
	routerSolicitation    = 133
	routerAdvertisement   = 134
	neighbourSolicitation = 135
	redirect6             = 137
)

// admit says whether a frame is the stack's to answer. Since the interface takes packets for all addresses, the stack would
// say that it has every address that the guest asks for, the guest's own among them, and answer any echo request. DHCP and
// router solicitations are answered here. data is a frame of at least an Ethernet header.
func (n *Network) admit(data []byte) bool {
	body := data[network.HeaderSize:]
	switch binary.BigEndian.Uint16(data[12:]) {
	case uint16(header.ARPProtocolNumber):
		return admitARP(body)
	case uint16(header.IPv4ProtocolNumber):
		return n.admit4(body)
	case uint16(header.IPv6ProtocolNumber):
		return n.admit6(body)
	}
	return false
}

// admitARP lets requests for the network's own addresses through, and all replies.
func admitARP(p []byte) bool {
	if len(p) < header.ARPSize {
		return false
	}
	return header.ARP(p).Op() != header.ARPRequest || own[netip.AddrFrom4([4]byte(header.ARP(p).ProtocolAddressTarget()))]
}

func (n *Network) admit4(p []byte) bool {
	if len(p) < header.IPv4MinimumSize {
		return false
	}
	ip := header.IPv4(p)
	if !ip.IsValid(len(p)) || ip.FragmentOffset() != 0 {
		return true // the stack's to refuse, or to put together
	}
	payload := p[ip.HeaderLength():ip.TotalLength()]
	switch ip.Protocol() {
	case uint8(header.ICMPv4ProtocolNumber):
		to := fromTCPIP(ip.DestinationAddress())
		return len(payload) > 0 && (payload[0] != echo4 || own[to])
	case uint8(header.UDPProtocolNumber):
		if len(payload) >= header.UDPMinimumSize && header.UDP(payload).DestinationPort() == dhcpServerPort {
			if answer := n.answerDHCP(payload[header.UDPMinimumSize:]); answer != nil {
				n.endpoint.send(answer)
			}
			return false
		}
	}
	return true
}

func (n *Network) admit6(p []byte) bool {
	if len(p) < header.IPv6MinimumSize {
		return false
	}
	ip := header.IPv6(p)
	if !ip.IsValid(len(p)) || ip.NextHeader() != uint8(header.ICMPv6ProtocolNumber) {
		return true // the stack's to refuse, or to take
	}
	payload := ip.Payload()
	if len(payload) == 0 {
		return false
	}
	switch payload[0] {
	case routerSolicitation:
		n.endpoint.send(n.advertisement())
		return false
	case routerAdvertisement, redirect6:
		return false // there is no other router
	case neighbourSolicitation:
		const target = 8
		return len(payload) >= target+16 && own[netip.AddrFrom16([16]byte(payload[target:]))]
	case echo6:
		return own[fromTCPIP(ip.DestinationAddress())]
	}
	return true
}
