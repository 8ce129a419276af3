package network

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// slowSum is the ones' complement sum, word by word.
func slowSum(p []byte) uint16 {
	var s uint32
	for i, b := range p {
		s += uint32(b) << (8 * (1 - i%2))
		s = s&0xffff + s>>16
	}
	return uint16(s)
}

func TestSum(t *testing.T) {
	p := make([]byte, 100)
	for i := range p {
		p[i] = byte(i*77 + 200)
	}
	for n := range p {
		for _, q := range [][]byte{p[:n], bytes.Repeat([]byte{0xff}, n), make([]byte, n)} {
			if got, want := ^fold(sum(q, 0)), slowSum(q); got != want && got%0xffff != want%0xffff {
				t.Fatalf("%d bytes: %#x, want %#x", n, got, want)
			}
		}
	}
}

// segment is a TCP segment to be cut, in IPv4 or IPv6, behind a tag of a virtual LAN or not.
func segment(kind Segmentation, tagged bool, payload, size int) Frame {
	be := binary.BigEndian
	p := make([]byte, 12)
	if tagged {
		p = append(p, 0x81, 0, 0, 5)
	}
	f := Frame{Checksum: true, Offset: 16, Segment: kind, SegmentSize: uint16(size)}
	if kind == TCP4 {
		ip := make([]byte, 24) // with an option
		ip[0], ip[9] = 0x46, 6
		be.PutUint16(ip[4:], 0xfffe) // which wraps
		copy(ip[12:], []byte{10, 0, 2, 2, 10, 0, 2, 15})
		p = append(append(p, 0x08, 0), ip...)
	} else {
		ip := make([]byte, 40)
		ip[0], ip[6], ip[23], ip[39] = 0x60, 6, 1, 2
		p = append(append(p, 0x86, 0xdd), ip...)
	}
	f.Start = uint16(len(p))
	tcp := make([]byte, 32)
	be.PutUint32(tcp[4:], 0xffff_ff00) // which wraps
	tcp[12], tcp[13] = 8<<4, 0x10|flagFIN|flagPSH|flagCWR
	p = append(p, tcp...)
	for i := range payload {
		p = append(p, byte(i*31+i>>8))
	}
	f.Data = p
	return f
}

func TestCut(t *testing.T) {
	be := binary.BigEndian
	for _, kind := range []Segmentation{TCP4, TCP6} {
		for _, tagged := range []bool{false, true} {
			for _, payload := range []int{0, 1, 999, 1000, 1001, 3000, 3001} {
				f := segment(kind, tagged, payload, 1000)
				h, err := f.headers()
				if err != nil {
					t.Fatal(err)
				}
				var all []byte
				n := 0
				if err := f.Plain(func(p []byte) bool {
					ip, tcp := p[h.ip:], p[h.tcp:]
					last := len(all)+len(p)-h.payload == payload
					if got := be.Uint32(tcp[4:]); got != 0xffff_ff00+uint32(len(all)) {
						t.Errorf("piece %d: sequence number %#x", n, got)
					}
					if tcp[13]&(flagFIN|flagPSH) != 0 != last || tcp[13]&flagCWR != 0 != (n == 0) {
						t.Errorf("piece %d: flags %#x", n, tcp[13])
					}
					pseudo := []byte{0, 6, byte(len(tcp) >> 8), byte(len(tcp))}
					if kind == TCP4 {
						if int(be.Uint16(ip[2:])) != len(ip) || be.Uint16(ip[4:]) != 0xfffe+uint16(n) || slowSum(ip[:24]) != 0xffff {
							t.Errorf("piece %d: IPv4 header % x", n, ip[:24])
						}
						pseudo = append(pseudo, ip[12:20]...)
					} else {
						if int(be.Uint16(ip[4:])) != len(ip)-40 {
							t.Errorf("piece %d: IPv6 header % x", n, ip[:40])
						}
						pseudo = append(pseudo, ip[8:40]...)
					}
					if got := slowSum(append(pseudo, tcp...)); got != 0xffff {
						t.Errorf("piece %d: checksum is off by %#x", n, got)
					}
					all = append(all, p[h.payload:]...)
					n++
					return true
				}); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(all, f.Data[h.payload:]) || n != max(1, (payload+999)/1000) {
					t.Errorf("%v tagged %v: %d pieces of %d bytes", kind, tagged, n, payload)
				}
			}
		}
	}
}

func TestCutStops(t *testing.T) {
	f, n := segment(TCP4, false, 5000, 1000), 0
	if err := f.Plain(func([]byte) bool { n++; return n < 3 }); err != nil || n != 3 {
		t.Errorf("%d pieces, %v", n, err)
	}
}

// A checksum that comes out as 0 is written as its other form: 0 in UDP means that there is none.
func TestFinishIsNeverZero(t *testing.T) {
	for _, start := range []uint16{0, 0xffff, 0x1234} {
		data := make([]byte, 60)
		binary.BigEndian.PutUint16(data[34:], start)
		binary.BigEndian.PutUint16(data[40:], ^start)
		f := Frame{Data: data, Checksum: true, Start: 34, Offset: 0}
		if err := f.Plain(func(p []byte) bool {
			if got := binary.BigEndian.Uint16(p[34:]); got != 0xffff {
				t.Errorf("checksum %#x", got)
			}
			return true
		}); err != nil {
			t.Error(err)
		}
	}
}

func TestCheck(t *testing.T) {
	good := func() Frame { return segment(TCP4, false, 3000, 1000) }
	for name, spoil := range map[string]func(*Frame){
		"short":              func(f *Frame) { *f = Frame{Data: f.Data[:13]} },
		"long":               func(f *Frame) { *f = Frame{Data: make([]byte, MaxFrame+1)} },
		"checksum outside":   func(f *Frame) { *f = Frame{Data: f.Data[:60], Checksum: true, Start: 50, Offset: 9} },
		"checksum far":       func(f *Frame) { *f = Frame{Data: f.Data[:60], Checksum: true, Start: 65535, Offset: 65535} },
		"no checksum":        func(f *Frame) { f.Checksum = false },
		"no size":            func(f *Frame) { f.SegmentSize = 0 },
		"tiny size":          func(f *Frame) { f.SegmentSize = minSegment - 1 },
		"another's checksum": func(f *Frame) { f.Offset = 6 },
		"unknown kind":       func(f *Frame) { f.Segment = 3 },
		"the other IP":       func(f *Frame) { f.Segment = TCP6 },
		"start in the IP":    func(f *Frame) { f.Start = 20 },
		"start at the end":   func(f *Frame) { f.Data = f.Data[:len(f.Data)-2990]; f.Start = uint16(len(f.Data)) - 18 },
		"TCP header short":   func(f *Frame) { f.Data[f.Start+12] = 4 << 4 },
		"TCP header long":    func(f *Frame) { f.Data = f.Data[:f.Start+20] },
		"IP header short":    func(f *Frame) { f.Data[14] = 0x44 },
		"UDP":                func(f *Frame) { f.Data[14+9] = 17 },
		"IPv6 in IPv4":       func(f *Frame) { f.Data[14] = 0x66 },
	} {
		f := good()
		if err := f.Check(); err != nil {
			t.Fatal(err)
		}
		spoil(&f)
		if err := f.Check(); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.Plain(func([]byte) bool { t.Errorf("%s: emitted", name); return false }); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
