package net

import "encoding/binary"

// flowPlaces is how many flows are told apart.
const flowPlaces = 256

// place is where the flow of an Ethernet frame is remembered, the same in both directions. What is neither IPv4 nor IPv6
// is one flow.
func place(data []byte) uint8 {
	const ip = 14
	var h uint32
	var ports []byte
	be := binary.BigEndian
	switch kind := be.Uint16(data[12:]); {
	case kind == 0x0800 && len(data) >= ip+20:
		h = be.Uint32(data[ip+12:]) ^ be.Uint32(data[ip+16:])
		if transport := ip + int(data[ip]&15)*4; hasPorts(data[ip+9]) && len(data) >= transport+4 {
			ports = data[transport:]
		}
	case kind == 0x86dd && len(data) >= ip+40:
		for at := ip + 8; at < ip+40; at += 4 {
			h ^= be.Uint32(data[at:])
		}
		if hasPorts(data[ip+6]) && len(data) >= ip+44 {
			ports = data[ip+40:]
		}
	}
	if ports != nil {
		h ^= uint32(be.Uint16(ports)^be.Uint16(ports[2:])) << 8
	}
	return uint8((h * 0x9e37_79b1) >> 24)
}

// hasPorts knows TCP and UDP.
func hasPorts(protocol byte) bool { return protocol == 6 || protocol == 17 }
