package pcie

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

// MSI-X (PCI Express 5.0, chapter 7.7.2): a table of messages and an array of pending bits, which stand in the function's BAR behind
// its endpoint's registers, each in pages of its own.
const (
	capMSIX       = 0x11
	msixControl   = 2 // Message Control, from the capability's beginning
	msixEnable    = 1 << 15
	msixMasked    = 1 << 14
	msixEntry     = 16
	msixPage      = 4096
	msixMasks     = 1 // Vector Control
	maxVectors    = 2048
	msixEntryBits = 4 // log2 of msixEntry
)

// messages is a function's MSI-X.
type messages struct {
	send  func(address uint64, data uint32)
	table uint64 // offset in the BAR
	array uint64 // of pending bits

	mu      sync.Mutex
	entries []message // protected by mu
	pending []uint32  // a bit a vector; protected by mu
	enabled bool      // the capability's; protected by mu
	held    bool      // the whole function sends nothing: it is masked, or no bus master; protected by mu
}

// message is an entry of the table.
type message struct {
	address uint64
	data    uint32
	masked  bool
}

// newMessages lays the table of so many vectors out behind size bytes of registers. It returns the size of the BAR, too.
func newMessages(vectors int, size uint64, send func(uint64, uint32)) (*messages, uint64, error) {
	if vectors > maxVectors || size%msixPage != 0 {
		return nil, 0, fmt.Errorf("%w: %d vectors behind %#x bytes", ErrConfig, vectors, size)
	}
	m := &messages{send: send, table: size, entries: make([]message, vectors), pending: make([]uint32, (vectors+31)/32)}
	m.array = size + (uint64(vectors)*msixEntry+msixPage-1)/msixPage*msixPage
	m.clear()
	return m, 1 << bits.Len64(m.array+msixPage-1), nil
}

// capability is what configuration space says of it.
func (m *messages) capability() Capability {
	c := Capability{Bytes: make([]byte, 12), Mask: make([]byte, 12)}
	c.Bytes[0] = capMSIX
	binary.LittleEndian.PutUint16(c.Bytes[msixControl:], uint16(len(m.entries)-1))
	binary.LittleEndian.PutUint32(c.Bytes[4:], uint32(m.table)|bar)
	binary.LittleEndian.PutUint32(c.Bytes[8:], uint32(m.array)|bar)
	binary.LittleEndian.PutUint16(c.Mask[msixControl:], msixEnable|msixMasked)
	return c
}

// clear gives the table its power-on state. Caller holds mu, or nobody else has m.
func (m *messages) clear() {
	for i := range m.entries {
		m.entries[i] = message{masked: true}
	}
	clear(m.pending)
}

// commanded has Message Control, and whether the function is a bus master, take effect.
func (m *messages) commanded(control uint16, master bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.enabled, m.held = control&msixEnable != 0, control&msixMasked != 0 || !master
	if !m.enabled {
		clear(m.pending)
	}
	for v := range m.entries {
		m.release(v)
	}
}

// signal sends the message of a vector, or has it wait where it is masked. Vectors that there are not have none. It returns
// false if the function's interrupts are not messages.
func (m *messages) signal(vector int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.enabled && vector < len(m.entries) {
		m.pending[vector/32] |= 1 << (vector % 32)
		m.release(vector)
	}
	return m.enabled
}

// release sends a vector's message if it waits and may go. Caller holds mu.
func (m *messages) release(vector int) {
	e, waits := &m.entries[vector], &m.pending[vector/32]
	if bit := uint32(1) << (vector % 32); *waits&bit != 0 && m.enabled && !m.held && !e.masked {
		*waits &^= bit
		m.send(e.address, e.data)
	}
}

// load reads the table or the array; accesses are of four or eight bytes, others read as zero.
func (m *messages) load(off uint64, size int) uint64 {
	switch size {
	case 4:
		m.mu.Lock()
		defer m.mu.Unlock()
		return uint64(m.load32(off))
	case 8:
		return m.load(off, 4) | m.load(off+4, 4)<<32
	}
	return 0
}

func (m *messages) load32(off uint64) uint32 {
	if i := (off - m.array) / 4; off >= m.array {
		if i < uint64(len(m.pending)) {
			return m.pending[i]
		}
		return 0
	}
	i := (off - m.table) >> msixEntryBits
	if i >= uint64(len(m.entries)) {
		return 0
	}
	switch e := &m.entries[i]; off % msixEntry {
	case 0:
		return uint32(e.address)
	case 4:
		return uint32(e.address >> 32)
	case 8:
		return e.data
	default:
		if e.masked {
			return msixMasks
		}
		return 0
	}
}

// store writes the table.
func (m *messages) store(off uint64, size int, v uint64) {
	switch size {
	case 4:
		m.mu.Lock()
		defer m.mu.Unlock()
		m.store32(off, uint32(v))
	case 8:
		m.store(off, 4, v)
		m.store(off+4, 4, v>>32)
	}
}

func (m *messages) store32(off uint64, v uint32) {
	i := (off - m.table) >> msixEntryBits
	if i >= uint64(len(m.entries)) {
		return
	}
	switch e := &m.entries[i]; off % msixEntry {
	case 0:
		e.address = e.address&^0xffff_ffff | uint64(v&^3)
	case 4:
		e.address = e.address&0xffff_ffff | uint64(v)<<32
	case 8:
		e.data = v
	default:
		e.masked = v&msixMasks != 0
		m.release(int(i))
	}
}

// MessageState is an entry of a function's table.
type MessageState struct {
	Address uint64
	Data    uint32
	Masked  bool
}

// save adds the registers to s. m may be nil.
func (m *messages) save(s *FunctionState) {
	s.Messages, s.Pending = []MessageState{}, []uint32{}
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.entries {
		s.Messages = append(s.Messages, MessageState{e.address, e.data, e.masked})
	}
	s.Pending = append(s.Pending, m.pending...)
}

// check looks for what the registers cannot be. m may be nil.
func (m *messages) check(s *FunctionState) error {
	entries, words := 0, 0
	if m != nil {
		entries, words = len(m.entries), len(m.pending)
	}
	if len(s.Messages) != entries {
		return device.BadField("Messages", "%d of device %d, want %d", len(s.Messages), s.Slot, entries)
	}
	if len(s.Pending) != words || entries%32 != 0 && s.Pending[words-1]>>(entries%32) != 0 {
		return device.BadField("Pending", "%#x of device %d with %d vectors", s.Pending, s.Slot, entries)
	}
	for _, e := range s.Messages {
		if e.Address%4 != 0 {
			return device.BadField("Address", "%#x of device %d", e.Address, s.Slot)
		}
	}
	return nil
}

// restore takes registers over that have been checked; what waits goes when the function is commanded. m may be nil.
func (m *messages) restore(s *FunctionState) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.enabled = false
	for i, e := range s.Messages {
		m.entries[i] = message{e.Address, e.Data, e.Masked}
	}
	copy(m.pending, s.Pending)
}

// reset gives the table its power-on state. m may be nil.
func (m *messages) reset() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.enabled = false
	m.clear()
}

// withMessages is an endpoint with the table and the array behind its registers.
type withMessages struct {
	Endpoint
	m *messages
}

func (w withMessages) Load(off uint64, size int) (uint64, bool) {
	if off >= w.m.table {
		return w.m.load(off, size), true
	}
	return w.Endpoint.Load(off, size)
}

func (w withMessages) Store(off uint64, size int, v uint64) bool {
	if off >= w.m.table {
		w.m.store(off, size, v)
		return true
	}
	return w.Endpoint.Store(off, size, v)
}
