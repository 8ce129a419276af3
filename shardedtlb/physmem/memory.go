package physmem

import (
	"errors"
	"fmt"
	"math/bits"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// PageShift is the base-2 logarithm of the guest's base page size.
	PageShift = 12
	// PageSize is the guest's base page size in bytes.
	PageSize = 1 << PageShift
	// MaxSize bounds the RAM of one machine: 1 TiB.
	MaxSize = 1 << 40
)

var (
	// ErrSize reports a RAM size or base that no machine can have.
	ErrSize = errors.New("impossible memory size")
	// ErrRange reports a physical range that is not wholly RAM.
	ErrRange = errors.New("physical address range is not RAM")
)

// Memory is a guest's physical address space. All methods but Map and Close are
// safe for concurrent use.
type Memory struct {
	base uint64 // first physical address of RAM
	size uint64 // bytes of RAM
	host uintptr
	ram  []byte // the mapping itself, base at index 0, and ROM behind RAM
	rom  Range

	// flags are a word a page, see codepages.go; off Go's heap. Changed by read-modify-write and read by
	// all that store to guest memory, and by who builds blocks.
	flags      []atomic.Uint32
	flagsBytes []byte
	// What is told of stores to code pages, before and after; nil: nobody. Written by OnCodeStore and OnCodeWrite, read by
	// all that store.
	codeStore atomic.Pointer[func(pa, n uint64) Held]
	codeWrite atomic.Pointer[func(pa, n uint64)]

	// dataOnly is the range that no hart can execute, nil: none. Written by Forbid, read
	// by harts that fetch.
	dataOnly atomic.Pointer[span]

	regions []region // sorted by base, immutable once harts run
	watches []watch  // immutable once harts run
}

// span is the n bytes at physical address pa.
type span struct{ pa, n uint64 }

// Options are the choices New leaves to the machine's configuration.
type Options struct {
	// HugePages asks the host to back RAM with transparent huge pages.
	HugePages bool
	// ROM is where harts execute what a device has, see rom.go; of size 0: there is none.
	ROM Range
}

// Range is size bytes from base on.
type Range struct{ Base, Size uint64 }

// New reserves size bytes of RAM at physical address base. size must be a
// multiple of the page size and at most MaxSize; nothing is committed before it
// is touched.
func New(base, size uint64, opt Options) (*Memory, error) {
	if size == 0 || size%PageSize != 0 || size > MaxSize || base%PageSize != 0 {
		return nil, fmt.Errorf("%w: %d bytes at %#x (want a multiple of 4 KiB, at most 1 TiB)", ErrSize, size, base)
	}
	if _, carry := bits.Add64(base, size, 0); carry != 0 {
		return nil, fmt.Errorf("%w: %d bytes at %#x reach past the end of the address space", ErrSize, size, base)
	}
	if err := opt.ROM.check(base, size); err != nil {
		return nil, err
	}
	ram, err := reserve(size + opt.ROM.Size)
	if err != nil {
		return nil, fmt.Errorf("reserve %d bytes of guest RAM: %w", size, err)
	}
	pages := (size + opt.ROM.Size) / PageSize
	flags, err := reserve(pages * 4)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reserve page flags: %w", err), unix.Munmap(ram))
	}
	if opt.HugePages {
		// Advice only: a host without transparent huge pages runs all the same.
		_ = unix.Madvise(ram[:size], unix.MADV_HUGEPAGE)
	}
	m := &Memory{
		base: base, size: size, ram: ram, rom: opt.ROM,
		host:       uintptr(unsafe.Pointer(unsafe.SliceData(ram))),
		flagsBytes: flags,
		flags:      unsafe.Slice((*atomic.Uint32)(unsafe.Pointer(unsafe.SliceData(flags))), pages),
	}
	return m, nil
}

// reserve maps n bytes of zeroed, uncommitted memory outside Go's heap.
func reserve(n uint64) ([]byte, error) {
	return unix.Mmap(-1, 0, int(n), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
}

// Close unmaps the RAM. No hart or device may touch m afterwards.
func (m *Memory) Close() error {
	if m.ram == nil {
		return nil
	}
	err := errors.Join(unix.Munmap(m.ram), unix.Munmap(m.flagsBytes))
	m.ram, m.flags, m.flagsBytes, m.host, m.size, m.rom = nil, nil, nil, 0, 0, Range{}
	return err
}

// Base returns the first physical address of RAM.
func (m *Memory) Base() uint64 { return m.base }

// Size returns the bytes of RAM.
func (m *Memory) Size() uint64 { return m.size }

// IsRAM reports whether the n bytes at pa are all RAM.
func (m *Memory) IsRAM(pa, n uint64) bool {
	off := pa - m.base
	return off < m.size && n <= m.size-off
}

// Forbid makes the n bytes of RAM at pa data that no hart can execute, and the range
// before them executable again; 0 bytes: there is none. Code in the range is dropped.
// Harts may have fetched from it before and go on until they look for code anew.
//
// Who builds code marks the page and then asks Executable; this stores the range and
// then looks at the marks. So no code of the range is found any more when it returns.
func (m *Memory) Forbid(pa, n uint64) {
	m.dataOnly.Store(&span{pa, n})
	m.NoteWrite(pa, n)
}

// Executable reports whether the halfword at pa is RAM or ROM that may hold code.
func (m *Memory) Executable(pa uint64) bool {
	d := m.dataOnly.Load()
	return (m.IsRAM(pa, 2) || m.IsROM(pa, 2)) && (d == nil || pa-d.pa >= d.n)
}

// Host returns the host address of the n bytes of RAM at pa; ok is false if any
// of them is not RAM. The address stays valid until Close.
func (m *Memory) Host(pa, n uint64) (addr uintptr, ok bool) {
	off := pa - m.base
	if off >= m.size || n > m.size-off {
		return 0, false
	}
	return m.host + uintptr(off), true
}

// Word64 returns the 8-byte word of RAM at pa, which must be a multiple of 8;
// ok is false if it is not RAM. Page-table walkers read and swap PTEs through it.
func (m *Memory) Word64(pa uint64) (w *atomic.Uint64, ok bool) {
	if !m.IsRAM(pa, 8) || pa%8 != 0 {
		return nil, false
	}
	return (*atomic.Uint64)(unsafe.Pointer(&m.ram[pa-m.base])), true
}

// Slice returns the n bytes of RAM at pa as a slice of guest memory. Harts may
// change the bytes at any moment. Who writes into the slice calls NoteWrite
// afterwards.
func (m *Memory) Slice(pa, n uint64) ([]byte, error) {
	if !m.IsRAM(pa, n) {
		return nil, fmt.Errorf("%w: %d bytes at %#x", ErrRange, n, pa)
	}
	off := pa - m.base
	return m.ram[off : off+n : off+n], nil
}

// ReadAt copies RAM at physical address pa into p, all of it or nothing.
func (m *Memory) ReadAt(p []byte, pa uint64) error {
	s, err := m.Slice(pa, uint64(len(p)))
	if err != nil {
		return err
	}
	copy(p, s)
	return nil
}

// WriteAt copies p into RAM at physical address pa, all of it or nothing, and
// tells the code map.
func (m *Memory) WriteAt(p []byte, pa uint64) error {
	s, err := m.Slice(pa, uint64(len(p)))
	if err != nil {
		return err
	}
	copy(s, p)
	m.NoteWrite(pa, uint64(len(p)))
	return nil
}
