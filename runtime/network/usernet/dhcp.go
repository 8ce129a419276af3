package usernet

import (
	"encoding/binary"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/hartwood-vm/hartwood/runtime/network"
)

// DHCP (RFC 2131): one address, for whoever asks.
const (
	dhcpServerPort = 67
	dhcpClientPort = 68

	dhcpHeader  = 240 // up to and with the magic number
	dhcpMinimum = 300 // bytes of an answer: some clients drop shorter ones
	dhcpMagic   = 0x63825363
	leaseTime   = 86400 // seconds

	bootRequest, bootReply = 1, 2

	dhcpDiscover, dhcpOffer, dhcpRequest, dhcpACK, dhcpNAK, dhcpInform = 1, 2, 3, 5, 6, 8

	optionMask, optionRouter, optionDNS, optionMTU         = 1, 3, 6, 26
	optionRequested, optionLease, optionType, optionServer = 50, 51, 53, 54
	optionEnd                                              = 255
)

// dhcpOptions are what the server looks at.
type dhcpOptions struct {
	kind              byte
	requested, server netip.Addr // invalid: none
}

// parseOptions reads the options that follow the header.
func parseOptions(p []byte) (o dhcpOptions) {
	for len(p) > 0 && p[0] != optionEnd {
		if p[0] == 0 { // padding
			p = p[1:]
			continue
		}
		if len(p) < 2 || len(p) < 2+int(p[1]) {
			break
		}
		value := p[2 : 2+p[1]]
		switch code := p[0]; {
		case code == optionType && len(value) == 1:
			o.kind = value[0]
		case code == optionRequested && len(value) == 4:
			o.requested = netip.AddrFrom4([4]byte(value))
		case code == optionServer && len(value) == 4:
			o.server = netip.AddrFrom4([4]byte(value))
		}
		p = p[2+p[1]:]
	}
	return o
}

// answerDHCP returns the frame that answers a client's message, or nil.
func (n *Network) answerDHCP(m []byte) []byte {
	be := binary.BigEndian
	if len(m) < dhcpHeader || m[0] != bootRequest || m[1] != 1 || m[2] != 6 || be.Uint32(m[236:]) != dhcpMagic {
		return nil
	}
	o := parseOptions(m[dhcpHeader:])
	if o.server.IsValid() && o.server != gateway4 {
		return nil // another server was chosen
	}
	client := netip.AddrFrom4([4]byte(m[12:])) // ciaddr: what the client has
	wanted := client
	if o.requested.IsValid() {
		wanted = o.requested
	}
	kind := byte(dhcpACK)
	switch {
	case o.kind == dhcpDiscover:
		kind = dhcpOffer
	case o.kind == dhcpRequest && wanted != guest4:
		kind = dhcpNAK
	case o.kind != dhcpRequest && o.kind != dhcpInform:
		return nil
	}
	reply := make([]byte, dhcpHeader, dhcpMinimum)
	copy(reply, m[:dhcpHeader]) // hardware type and address, transaction, flags, relay
	reply[0] = bootReply
	clear(reply[16:24])  // yiaddr, siaddr
	clear(reply[44:236]) // server and file name
	if kind == dhcpOffer || kind == dhcpACK && o.kind == dhcpRequest {
		copy(reply[16:], guest4.AsSlice())
	}
	copy(reply[20:], gateway4.AsSlice())
	return toClient(m[28:34], n.appendOptions(reply, kind, o.kind))
}

// appendOptions completes an answer.
func (n *Network) appendOptions(reply []byte, kind, asked byte) []byte {
	add := func(code byte, value ...byte) { reply = append(append(reply, code, byte(len(value))), value...) }
	add(optionType, kind)
	add(optionServer, gateway4.AsSlice()...)
	if kind != dhcpNAK {
		add(optionMask, 255, 255, 255, 0)
		add(optionMTU, network.MTU>>8, network.MTU&255)
		if asked != dhcpInform {
			add(optionLease, binary.BigEndian.AppendUint32(nil, leaseTime)...)
		}
		if !n.cfg.Restrict {
			add(optionRouter, gateway4.AsSlice()...)
			add(optionDNS, server4.AsSlice()...)
		}
	}
	reply = append(reply, optionEnd)
	return append(reply, make([]byte, max(0, dhcpMinimum-len(reply)))...)
}

// toClient wraps an answer for a client that has no address yet.
func toClient(mac, message []byte) []byte {
	const headers = network.HeaderSize + header.IPv4MinimumSize + header.UDPMinimumSize
	frame := make([]byte, headers, headers+len(message))
	frame = append(frame, message...)
	copy(frame, mac)
	copy(frame[6:], gatewayMAC)
	binary.BigEndian.PutUint16(frame[12:], uint16(header.IPv4ProtocolNumber))
	ip := header.IPv4(frame[network.HeaderSize:])
	everybody := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	ip.Encode(&header.IPv4Fields{
		TotalLength: uint16(len(ip)), TTL: 64, Protocol: uint8(header.UDPProtocolNumber),
		SrcAddr: toTCPIP(gateway4), DstAddr: toTCPIP(everybody),
	})
	ip.SetChecksum(^ip.CalculateChecksum())
	udp := header.UDP(ip[header.IPv4MinimumSize:])
	udp.Encode(&header.UDPFields{SrcPort: dhcpServerPort, DstPort: dhcpClientPort, Length: uint16(len(udp))})
	pseudo := header.PseudoHeaderChecksum(header.UDPProtocolNumber, ip.SourceAddress(), ip.DestinationAddress(), uint16(len(udp)))
	sum := ^udp.CalculateChecksum(checksum.Checksum(message, pseudo))
	if sum == 0 {
		sum = 0xffff
	}
	udp.SetChecksum(sum)
	return frame
}
