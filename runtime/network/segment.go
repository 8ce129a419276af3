package network

import (
	"encoding/binary"
	"fmt"
)

const (
	minIPv4 = 20
	minIPv6 = 40
	minTCP  = 20

	// minSegment bounds the number of pieces: TCPs of today send no smaller ones, even behind the longest options.
	minSegment = 8

	tcpChecksum = 16 // offset in the header
	protocolTCP = 6

	flagFIN, flagPSH, flagCWR = 0x01, 0x08, 0x80
)

// Check returns an ErrFrame if what f says of its data cannot be.
func (f *Frame) Check() error {
	if len(f.Data) < HeaderSize || len(f.Data) > MaxFrame {
		return fmt.Errorf("%w: %d bytes", ErrFrame, len(f.Data))
	}
	if f.Checksum && int(f.Start)+int(f.Offset)+2 > len(f.Data) {
		return fmt.Errorf("%w: the checksum is at %d of %d bytes", ErrFrame, int(f.Start)+int(f.Offset), len(f.Data))
	}
	if f.Segment == Whole {
		return nil
	}
	_, err := f.headers()
	return err
}

// headers are where the parts of a frame begin that is to be cut.
type headers struct{ ip, tcp, payload int }

// headers checks and finds the parts of a TCP segment.
func (f *Frame) headers() (h headers, err error) {
	bad := func(what string) (headers, error) { return headers{}, fmt.Errorf("%w: segment %s", ErrFrame, what) }
	h.tcp = int(f.Start)
	if !f.Checksum || f.SegmentSize < minSegment || f.Offset != tcpChecksum {
		return bad("without a size or a checksum to be made")
	}
	if h.tcp+minTCP > len(f.Data) {
		return bad("without a TCP header")
	}
	h.payload = h.tcp + int(f.Data[h.tcp+12]>>4)*4
	if h.payload < h.tcp+minTCP || h.payload > len(f.Data) {
		return bad("with a TCP header that is too long or too short")
	}
	h.ip = HeaderSize
	kind := binary.BigEndian.Uint16(f.Data[12:])
	if kind == 0x8100 { // a tag of a virtual LAN
		h.ip += 4
		kind = binary.BigEndian.Uint16(f.Data[16:])
	}
	ip := f.Data[h.ip:]
	switch f.Segment {
	case TCP4:
		if kind != 0x0800 || h.ip+minIPv4 > h.tcp || ip[0]>>4 != 4 || h.ip+int(ip[0]&15)*4 != h.tcp || ip[9] != protocolTCP {
			return bad("that is not TCP in IPv4")
		}
	case TCP6:
		if kind != 0x86dd || h.ip+minIPv6 > h.tcp || ip[0]>>4 != 6 {
			return bad("that is not TCP in IPv6")
		}
	default:
		return bad("of an unknown kind")
	}
	return h, nil
}

// Plain calls emit with the frames that f is on a wire: cut, and with all checksums. They are valid during the call, and
// may be f's own data, which is changed. An emit that returns false is the last one.
func (f *Frame) Plain(emit func(data []byte) bool) error {
	if err := f.Check(); err != nil {
		return err
	}
	if f.Segment != Whole {
		return f.cut(emit)
	}
	if f.Checksum {
		if err := finish(f.Data, f.Start, f.Offset); err != nil {
			return err
		}
	}
	emit(f.Data)
	return nil
}

// cut is Plain for a segment.
func (f *Frame) cut(emit func(data []byte) bool) error {
	h, err := f.headers()
	if err != nil {
		return err
	}
	size := int(f.SegmentSize)
	buf := make([]byte, h.payload, h.payload+min(size, len(f.Data)))
	sequence := binary.BigEndian.Uint32(f.Data[h.tcp+4:])
	for done, n := 0, 0; ; n++ {
		piece := f.Data[h.payload+done:]
		last := len(piece) <= size
		if !last {
			piece = piece[:size]
		}
		buf = append(buf[:0], f.Data[:h.payload]...)
		buf = append(buf, piece...)
		tcp := buf[h.tcp:]
		binary.BigEndian.PutUint32(tcp[4:], sequence+uint32(done))
		if !last {
			tcp[13] &^= flagFIN | flagPSH
		}
		if n > 0 {
			tcp[13] &^= flagCWR
		}
		f.lengthen(buf, h, uint16(n))
		if !emit(buf) || last {
			return nil
		}
		done += size
	}
}

// lengthen makes lengths and checksums of the n-th piece right.
func (f *Frame) lengthen(data []byte, h headers, n uint16) {
	ip, tcp := data[h.ip:], data[h.tcp:]
	be := binary.BigEndian
	var pseudo uint64
	if f.Segment == TCP4 {
		be.PutUint16(ip[2:], uint16(len(ip)))
		be.PutUint16(ip[4:], be.Uint16(ip[4:])+n)
		be.PutUint16(ip[10:], 0)
		be.PutUint16(ip[10:], fold(sum(ip[:h.tcp-h.ip], 0)))
		pseudo = sum(ip[12:20], 0)
	} else {
		be.PutUint16(ip[4:], uint16(len(ip)-minIPv6))
		pseudo = sum(ip[8:40], 0)
	}
	var rest [4]byte
	be.PutUint16(rest[:], protocolTCP)
	be.PutUint16(rest[2:], uint16(len(tcp)))
	be.PutUint16(tcp[tcpChecksum:], 0)
	be.PutUint16(tcp[tcpChecksum:], fold(sum(tcp, sum(rest[:], pseudo))))
}
