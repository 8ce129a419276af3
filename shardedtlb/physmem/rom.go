package physmem

import (
	"fmt"
	"math"
	"math/bits"
)

// ROM is memory that harts fetch from and that a device has: loads and stores go to the device, which keeps the
// bytes here, and says by NoteWrite when it has changed them. Code in it is translated as code in RAM is. It lies
// behind RAM in the mapping, and its pages behind those of RAM.

// check wants the range to be one of whole pages outside of RAM.
func (r Range) check(base, size uint64) error {
	_, carry := bits.Add64(r.Base, r.Size, 0)
	if r.Base%PageSize != 0 || r.Size%PageSize != 0 || r.Size > MaxSize || carry != 0 ||
		r.Size > 0 && r.Base < base+size && base < r.Base+r.Size {
		return fmt.Errorf("%w: %d bytes of ROM at %#x", ErrSize, r.Size, r.Base)
	}
	return nil
}

// IsROM reports whether the n bytes at pa are all ROM.
func (m *Memory) IsROM(pa, n uint64) bool {
	off := pa - m.rom.Base
	return off < m.rom.Size && n <= m.rom.Size-off
}

// ROM is the bytes of the ROM, for the device that has them.
func (m *Memory) ROM() []byte { return m.ram[m.size:] }

// Page returns the number of pa's page, those of ROM behind those of RAM; a number that is too large if it is in neither.
func (m *Memory) Page(pa uint64) uint64 { return m.offset(pa) >> PageShift }

// Pages is how many pages RAM and ROM have.
func (m *Memory) Pages() uint64 { return (m.size + m.rom.Size) >> PageShift }

// offset is pa's place in the mapping.
func (m *Memory) offset(pa uint64) uint64 {
	if off := pa - m.base; off < m.size {
		return off
	}
	if off := pa - m.rom.Base; off < m.rom.Size {
		return m.size + off
	}
	return math.MaxUint64
}

// Code returns the n bytes of RAM or ROM at pa, all in one page, to be read. Harts may change them at any moment.
func (m *Memory) Code(pa, n uint64) ([]byte, error) {
	if !m.IsRAM(pa, n) && !m.IsROM(pa, n) {
		return nil, fmt.Errorf("%w, nor ROM: %d bytes at %#x", ErrRange, n, pa)
	}
	off := m.offset(pa)
	return m.ram[off : off+n : off+n], nil
}

// HostCode returns the host address of the n bytes of RAM or ROM at pa, to be read; ok is false if any of them is
// neither. The address stays valid until Close.
func (m *Memory) HostCode(pa, n uint64) (addr uintptr, ok bool) {
	if !m.IsRAM(pa, n) && !m.IsROM(pa, n) {
		return 0, false
	}
	return m.host + uintptr(m.offset(pa)), true
}
