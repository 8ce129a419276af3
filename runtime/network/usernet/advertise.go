package usernet

import (
	"context"
	"encoding/binary"
	"net/netip"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/hartwood-vm/hartwood/runtime/network"
)

const (
	// advertiseEvery is the time between router advertisements that nobody asked for, well within their lifetime.
	advertiseEvery = 10 * time.Minute
	routerLifetime = 30 * 60 // seconds
	forever        = 0xffff_ffff
)

// advertise sends router advertisements now and then.
func (n *Network) advertise(ctx context.Context) {
	t := time.NewTicker(advertiseEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			n.endpoint.send(n.advertisement())
		}
	}
}

// advertisement is a router advertisement (RFC 4861) to all nodes: the prefix from which the guest makes its address, the
// gateway, and the name server (RFC 8106). A restricted network has no router and no name server.
func (n *Network) advertisement() []byte {
	be := binary.BigEndian
	lifetime := uint16(routerLifetime)
	if n.cfg.Restrict {
		lifetime = 0
	}
	m := []byte{routerAdvertisement, 0, 0, 0, 64, 0}
	m = be.AppendUint16(m, lifetime)
	m = append(m, make([]byte, 8)...)                         // reachable and retransmission times: unspecified
	m = append(append(m, 1, 1), gatewayMAC...)                // source link-layer address
	m = be.AppendUint32(append(m, 5, 1, 0, 0), network.MTU)   // MTU
	m = append(m, 3, 4, byte(subnet6.Bits()), 0xc0)           // prefix: on link, for addresses
	m = be.AppendUint32(be.AppendUint32(m, forever), forever) // valid, preferred
	m = append(append(m, 0, 0, 0, 0), subnet6.Addr().AsSlice()...)
	if !n.cfg.Restrict {
		m = be.AppendUint32(append(m, 25, 3, 0, 0), routerLifetime)
		m = append(m, server6.AsSlice()...)
	}
	to := netip.MustParseAddr("ff02::1")
	frame := make([]byte, network.HeaderSize+header.IPv6MinimumSize, network.HeaderSize+header.IPv6MinimumSize+len(m))
	frame = append(frame, m...)
	copy(frame, []byte{0x33, 0x33, 0, 0, 0, 1})
	copy(frame[6:], gatewayMAC)
	be.PutUint16(frame[12:], uint16(header.IPv6ProtocolNumber))
	ip := header.IPv6(frame[network.HeaderSize:])
	ip.Encode(&header.IPv6Fields{
		PayloadLength: uint16(len(m)), TransportProtocol: header.ICMPv6ProtocolNumber, HopLimit: 255,
		SrcAddr: toTCPIP(router6), DstAddr: toTCPIP(to),
	})
	icmp := header.ICMPv6(ip[header.IPv6MinimumSize:])
	icmp.SetChecksum(header.ICMPv6Checksum(header.ICMPv6ChecksumParams{Header: icmp, Src: toTCPIP(router6), Dst: toTCPIP(to)}))
	return frame
}
