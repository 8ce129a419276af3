package imsic

import (
	"math/bits"
	"sync"
)

const (
	// Identities is the highest interrupt identity; they count from 1.
	Identities = 255

	words = (Identities + 1) / 64 // of a bitmap of identities, bit 0 unused
)

// set is a bit an identity.
type set [words]uint64

func (s *set) add(id uint32)    { s[id/64] |= 1 << (id % 64) }
func (s *set) remove(id uint32) { s[id/64] &^= 1 << (id % 64) }

// Registers of a file, by the value that miselect or siselect has.
const (
	regDelivery  = 0x70
	regThreshold = 0x72
	regPending   = 0x80
	regEnable    = 0xc0
	regEnd       = 0x100
)

// InterruptFile is the interrupts of one hart at one level.
type InterruptFile struct {
	output func(level bool)

	mu    sync.Mutex
	state FileState // protected by mu
	level bool      // what output was told last; protected by mu
}

// FileState is the registers of a file.
type FileState struct {
	Delivery         bool   // eidelivery
	Threshold        uint16 // eithreshold: identities from here on do not count; 0: all do
	Pending, Enabled set
}

// top returns the most urgent identity that counts, 0: none.
func (s *FileState) top() uint32 {
	for i := range words {
		if w := s.Pending[i] & s.Enabled[i]; w != 0 {
			id := 64*i + bits.TrailingZeros64(w)
			if s.Threshold != 0 && id >= int(s.Threshold) {
				break
			}
			return uint32(id)
		}
	}
	return 0
}

// drive gives the output the level that follows from the registers. Caller holds mu.
func (f *InterruptFile) drive() {
	if level := f.state.Delivery && f.state.top() != 0; level != f.level {
		f.level = level
		f.output(level)
	}
}

// Post makes an identity pending; values that are none do nothing. Safe from any goroutine.
func (f *InterruptFile) Post(id uint32) {
	if id == 0 || id > Identities {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.Pending.add(id)
	f.drive()
}

// value is that of *topei for an identity, which is its own priority.
func value(id uint32) uint64 { return uint64(id)<<16 | uint64(id) }

// Top is the value of *topei.
func (f *InterruptFile) Top() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return value(f.state.top())
}

// Claim is Top, and that identity is not pending any more.
func (f *InterruptFile) Claim() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.state.top()
	f.state.Pending.remove(id) // of 0 nothing: it is never pending
	f.drive()
	return value(id)
}

// Has reports whether RV64 has a register of that number, which may be reserved.
func (f *InterruptFile) Has(reg uint64) bool {
	return reg >= regDelivery && reg < regEnd && (reg < regPending || reg%2 == 0)
}

// array returns the word of pending or enable bits that reg is; nil: it is none, or beyond the last identity.
func (s *FileState) array(reg uint64) *uint64 {
	a, first := &s.Pending, uint64(regPending)
	if reg >= regEnable {
		a, first = &s.Enabled, regEnable
	}
	if i := (reg - first) / 2; reg >= first && i < words {
		return &a[i]
	}
	return nil
}

// Read reads a register; reserved ones are 0.
func (f *InterruptFile) Read(reg uint64) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch reg {
	case regDelivery:
		if f.state.Delivery {
			return 1
		}
	case regThreshold:
		return uint64(f.state.Threshold)
	default:
		if w := f.state.array(reg); w != nil {
			return *w
		}
	}
	return 0
}

// Write writes a register. Of pending and enable bits it changes those of touched, since messages set others meanwhile.
func (f *InterruptFile) Write(reg, v, touched uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch s := &f.state; reg {
	case regDelivery:
		if v <= 1 { // anything else is none of the values that there are (WARL)
			s.Delivery = v == 1
		}
	case regThreshold:
		s.Threshold = uint16(v & Identities)
	default:
		if w := s.array(reg); w != nil {
			*w = *w&^touched | v&touched
			s.Pending[0] &^= 1
			s.Enabled[0] &^= 1
		}
	}
	f.drive()
}

// set takes registers over.
func (f *InterruptFile) set(s FileState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state = s
	f.drive()
}

func (f *InterruptFile) get() FileState {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}
