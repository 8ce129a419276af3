package network

import (
	"errors"
	"sync"
)

// ErrFrame reports a frame that is none, or whose description does not fit it.
var ErrFrame = errors.New("network: not a frame")

const (
	// HeaderSize is that of an Ethernet header without a tag.
	HeaderSize = 14
	// MaxFrame is the size of the largest frame: an IP packet of 64 KiB behind an Ethernet header with a tag.
	MaxFrame = 65535 + HeaderSize + 4
	// MTU is the largest IP packet on a wire.
	MTU = 1500
)

// Segmentation says how a frame is cut that is too large for a wire.
type Segmentation uint8

// The ways.
const (
	Whole Segmentation = iota // not at all
	TCP4                      // into TCP segments in IPv4
	TCP6                      // into TCP segments in IPv6
)

// Frame is an Ethernet frame without its check sequence.
type Frame struct {
	Data []byte
	// Checksum says that the checksum from Start to the end is to be put at Start+Offset, where so far its start value is.
	// Otherwise it is there, or was checked.
	Checksum      bool
	Start, Offset uint16
	// Segment says that Data is a TCP segment of more than SegmentSize bytes; Checksum and Start are set then.
	Segment     Segmentation
	SegmentSize uint16
}

// Link is one end of a cable.
type Link interface {
	// Attach says who takes what comes out of this end.
	Attach(r Receiver)
	// Send gives a frame to the other end. It keeps nothing of it.
	Send(f Frame)
	// Close takes the cable away, and returns the first error that it had. Another call does nothing more.
	Close() error
}

// Receiver takes frames. It is safe for concurrent use, does not wait, and keeps nothing of a frame but a copy.
type Receiver interface {
	Receive(f Frame)
}

// socket is where a receiver is plugged in.
type socket struct {
	mu       sync.RWMutex // held for reading while the receiver is called
	receiver Receiver     // protected by mu; nil: none yet, or none any more
}

func (s *socket) plug(r Receiver) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receiver = r
}

func (s *socket) receive(f Frame) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.receiver != nil {
		s.receiver.Receive(f)
	}
}

// end is an end of a Pair.
type end struct{ here, there *socket }

// Pair returns the two ends of a cable between two machines in this process. Each is closed by its machine.
func Pair() (a, b Link) {
	s, t := new(socket), new(socket)
	return &end{s, t}, &end{t, s}
}

func (e *end) Attach(r Receiver) { e.here.plug(r) }
func (e *end) Send(f Frame)      { e.there.receive(f) }

func (e *end) Close() error {
	e.here.plug(nil)
	return nil
}
