package usernet

import (
	"sync"
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/hartwood-vm/hartwood/runtime/network"
)

// endpoint is the stack's interface (stack.LinkEndpoint): what the stack sends goes to the receiver of the link, what comes
// from the link goes into the stack. Checksums of what comes are not looked at: who leaves one to be made has made none.
type endpoint struct {
	// stack is nil while the endpoint is not attached: written by the stack, read by whoever sends for the guest. No lock is
	// held while it is called: it answers on the caller's goroutine.
	stack atomic.Pointer[stack.NetworkDispatcher]

	mu       sync.RWMutex     // held for reading while the receiver is called
	receiver network.Receiver // protected by mu; nil: none yet, or none any more

	frames sync.Pool // of *[]byte with room for a frame
}

func newEndpoint() *endpoint {
	return &endpoint{frames: sync.Pool{New: func() any {
		b := make([]byte, 0, network.MaxFrame)
		return &b
	}}}
}

// plug says who takes frames.
func (e *endpoint) plug(r network.Receiver) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.receiver = r
}

// inject gives the stack a frame of the guest's.
func (e *endpoint) inject(data []byte) {
	d := e.stack.Load()
	if d == nil {
		return
	}
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(data)})
	defer pkt.DecRef()
	if !e.ParseHeader(pkt) {
		return
	}
	eth := header.Ethernet(pkt.LinkHeader().Slice())
	switch to := eth.DestinationAddress(); {
	case to == header.EthernetBroadcastAddress:
		pkt.PktType = tcpip.PacketBroadcast
	case header.IsMulticastEthernetAddress(to):
		pkt.PktType = tcpip.PacketMulticast
	case to == gatewayMAC:
		pkt.PktType = tcpip.PacketHost
	default:
		return // for another device on the cable, of which there is none
	}
	(*d).DeliverNetworkPacket(eth.Type(), pkt)
}

// WritePackets gives the receiver the stack's packets.
func (e *endpoint) WritePackets(list stack.PacketBufferList) (int, tcpip.Error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	buf := e.frames.Get().(*[]byte)
	defer e.frames.Put(buf)
	for _, pkt := range list.AsSlice() {
		if e.receiver == nil {
			break
		}
		*buf = (*buf)[:0]
		for _, part := range pkt.AsSlices() {
			*buf = append(*buf, part...)
		}
		f := network.Frame{Data: *buf}
		if gso := &pkt.GSOOptions; gso.Type != stack.GSONone && gso.NeedsCsum {
			f.Checksum, f.Start, f.Offset = true, network.HeaderSize+gso.L3HdrLen, gso.CsumOffset
			if pkt.Data().Size() > int(gso.MSS) {
				f.Segment, f.SegmentSize = network.TCP4, gso.MSS
				if gso.Type == stack.GSOTCPv6 {
					f.Segment = network.TCP6
				}
			}
		}
		e.receiver.Receive(f)
	}
	return list.Len(), nil
}

// send gives the receiver a frame that is not the stack's.
func (e *endpoint) send(data []byte) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.receiver != nil {
		e.receiver.Receive(network.Frame{Data: data})
	}
}

// AddHeader writes the Ethernet header.
func (*endpoint) AddHeader(pkt *stack.PacketBuffer) {
	eth := header.Ethernet(pkt.LinkHeader().Push(header.EthernetMinimumSize))
	eth.Encode(&header.EthernetFields{
		SrcAddr: pkt.EgressRoute.LocalLinkAddress, DstAddr: pkt.EgressRoute.RemoteLinkAddress, Type: pkt.NetworkProtocolNumber,
	})
}

// ParseHeader takes the Ethernet header off.
func (*endpoint) ParseHeader(pkt *stack.PacketBuffer) bool {
	_, ok := pkt.LinkHeader().Consume(header.EthernetMinimumSize)
	return ok
}

// Attach is called by the stack, with nil when it takes the interface away.
func (e *endpoint) Attach(d stack.NetworkDispatcher) {
	if d == nil {
		e.stack.Store(nil)
		return
	}
	e.stack.Store(&d)
}

func (e *endpoint) IsAttached() bool { return e.stack.Load() != nil }

func (e *endpoint) Capabilities() stack.LinkEndpointCapabilities {
	return stack.CapabilityResolutionRequired | stack.CapabilityRXChecksumOffload
}

// SupportedGSO says that segments need not be cut.
func (*endpoint) SupportedGSO() stack.SupportedGSO { return stack.HostGSOSupported }

// GSOMaxSize is that of a segment with its headers, with room for the longest.
func (*endpoint) GSOMaxSize() uint32 { return 65000 }

func (*endpoint) MTU() uint32                             { return network.MTU }
func (*endpoint) SetMTU(uint32)                           {}
func (*endpoint) MaxHeaderLength() uint16                 { return header.EthernetMinimumSize }
func (*endpoint) LinkAddress() tcpip.LinkAddress          { return gatewayMAC }
func (*endpoint) SetLinkAddress(tcpip.LinkAddress)        {}
func (*endpoint) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareEther }
func (*endpoint) Wait()                                   {}
func (*endpoint) Close()                                  {}
func (*endpoint) SetOnCloseAction(func())                 {}
