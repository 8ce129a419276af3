package pflash

import (
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

const (
	// Size is the bytes of a bank.
	Size = 32 << 20
	// sector is what is erased at once, and block what a buffer may cover, both chips together.
	sector = 256 << 10
	block  = 4 << 10
	// maxWords is the largest number of stores of a buffer.
	maxWords = block / 4
)

// Commands.
const (
	cmdArray       = 0xff
	cmdReset       = 0xf0
	cmdStatus      = 0x70
	cmdClear       = 0x50
	cmdID          = 0x90
	cmdCFI         = 0x98
	cmdProgram     = 0x40
	cmdProgramAlso = 0x10
	cmdErase       = 0x20
	cmdBuffer      = 0xe8
	cmdLock        = 0x60
	cmdConfirm     = 0xd0
	cmdLockBlock   = 0x01
)

// Bits of the status.
const (
	statusReady   = 1 << 7
	statusErase   = 1 << 5 // erasing failed; with statusProgram: a sequence that there is not
	statusProgram = 1 << 4
)

// Config is what the machine gives a bank.
type Config struct {
	// Bytes is the contents, Size of them.
	Bytes []byte
	// Writable lets the guest program and erase.
	Writable bool
	// Changed is told which bytes have changed; nil: nobody.
	Changed func(off, n uint64)
}

// Device is a bank.
type Device struct {
	cfg   Config
	array atomic.Bool // reads answer the array: written under mu, read by all that load

	mu     sync.Mutex
	cmd    uint8 // what was stored last; cmdArray: the array is read
	step   uint8 // of cmd: how many stores have followed
	status uint8
	left   uint32 // words of the buffer that are to come
	buffer []word
}

// word is a store to the buffer.
type word struct {
	off   uint64
	size  int
	value uint32
}

// New returns a bank that reads as its contents.
func New(cfg Config) *Device {
	if len(cfg.Bytes) != Size {
		panic("BUG: a bank of flash of another size")
	}
	if cfg.Changed == nil {
		cfg.Changed = func(uint64, uint64) {}
	}
	d := &Device{cfg: cfg}
	d.Reset()
	return d
}

// Reset ends the command under way. The contents stay.
func (d *Device) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status = statusReady
	d.readArray()
}

// Still keeps the contents as they are until release is called.
func (d *Device) Still() (release func()) {
	d.mu.Lock()
	return d.mu.Unlock
}

// Close does nothing: the contents are the File's.
func (d *Device) Close() error { return nil }

// readArray has reads answer the contents. Caller holds d.mu.
func (d *Device) readArray() {
	d.cmd, d.step, d.left, d.buffer = cmdArray, 0, 0, nil
	d.array.Store(true)
}

// Load reads the array, or what the last command asked for.
func (d *Device) Load(off uint64, size int) (uint64, bool) {
	if d.array.Load() {
		return load(d.cfg.Bytes[off:], size), true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if size == 8 {
		return uint64(d.answer(off)) | uint64(d.answer(off+4))<<32, true
	}
	return uint64(d.answer(off)) & (1<<(8*size) - 1), true
}

func load(b []byte, size int) uint64 {
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

// answer is four bytes from off on in the mode that the last command has chosen, the same from both chips. Caller holds d.mu.
func (d *Device) answer(off uint64) uint32 {
	var v uint16
	switch d.cmd {
	case cmdArray:
		return uint32(load(d.cfg.Bytes[off&^3:], 4) >> (8 * (off & 3)))
	case cmdID:
		v = identification(off / 4)
	case cmdCFI:
		v = uint16(query(off / 4))
	default:
		v = uint16(d.status)
	}
	return uint32(v) * 0x10001 >> (8 * (off & 1))
}

// Store is a command, or what one is about.
func (d *Device) Store(off uint64, size int, v uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if size == 8 {
		d.store(word{off, 4, uint32(v)})
		d.store(word{off + 4, 4, uint32(v >> 32)})
		return true
	}
	d.store(word{off, size, uint32(v)})
	return true
}

func (d *Device) store(w word) {
	if d.step == 0 {
		d.command(uint8(w.value))
		return
	}
	switch d.cmd {
	case cmdProgram:
		d.program([]word{w})
		d.step = 0
	case cmdErase:
		d.erase(w)
	case cmdLock:
		if c := uint8(w.value); c != cmdConfirm && c != cmdLockBlock {
			d.status |= statusErase | statusProgram
		}
		d.step = 0
	case cmdBuffer:
		d.fill(w)
	}
}

// command takes a first store.
func (d *Device) command(c uint8) {
	d.array.Store(false)
	switch c {
	case cmdArray, cmdReset, 0:
		d.readArray()
	case cmdClear:
		d.status = statusReady
		d.readArray()
	case cmdStatus, cmdID, cmdCFI:
		d.cmd = c
	case cmdProgram, cmdProgramAlso:
		d.cmd, d.step = cmdProgram, 1
	case cmdErase, cmdLock, cmdBuffer:
		d.cmd, d.step, d.buffer = c, 1, nil
	default:
		d.status |= statusErase | statusProgram
		d.cmd = cmdStatus
	}
}

// erase is the store behind cmdErase.
func (d *Device) erase(w word) {
	d.step = 0
	switch {
	case uint8(w.value) == cmdArray:
		d.readArray()
	case uint8(w.value) != cmdConfirm:
		d.status |= statusErase | statusProgram
	case !d.cfg.Writable:
		d.status |= statusErase
	default:
		off := w.off &^ (sector - 1)
		Erase(d.cfg.Bytes[off : off+sector])
		d.cfg.Changed(off, sector)
	}
}

// Erase makes bytes what erased flash reads as.
func Erase(bytes []byte) {
	bytes[0] = 0xff
	for n := 1; n < len(bytes); n *= 2 {
		copy(bytes[n:], bytes[:n])
	}
}

// fill takes the stores behind cmdBuffer: how many words there are but one, the words, the confirmation. All lie in one
// block, and nothing is programmed before the last one.
func (d *Device) fill(w word) {
	switch {
	case d.step == 1:
		d.step, d.left = 2, w.value&0xffff+1
		if d.left > maxWords {
			d.failBuffer()
		}
	case d.left > 0:
		if len(d.buffer) > 0 && d.buffer[0].off/block != w.off/block {
			d.failBuffer()
			return
		}
		d.buffer = append(d.buffer, w)
		d.left--
	case uint8(w.value) == cmdConfirm:
		d.program(d.buffer)
		d.step, d.buffer = 0, nil
	default:
		d.failBuffer()
	}
}

func (d *Device) failBuffer() {
	d.status |= statusErase | statusProgram
	d.step, d.left, d.buffer = 0, 0, nil
}

// program clears bits.
func (d *Device) program(words []word) {
	if !d.cfg.Writable {
		d.status |= statusProgram
		return
	}
	for _, w := range words {
		for i := range w.size {
			d.cfg.Bytes[w.off+uint64(i)] &= byte(w.value >> (8 * i))
		}
		d.cfg.Changed(w.off, uint64(w.size))
	}
}

// Describe returns what two banks, side by side from the first one's place on, say of themselves.
func Describe() device.Description {
	return device.Description{
		Name: "flash", Title: "flash, two banks", Size: Size,
		Node: device.Node{
			Compatible: []string{"cfi-flash"},
			Parts:      []uint64{Size, Size},
			Properties: []device.Property{{Name: "bank-width", Cells: []uint32{4}}},
		},
	}
}

// DescribeSecond returns what the second bank says of itself: it is a part of the first one's node.
func DescribeSecond() device.Description {
	return device.Description{Name: "flash", Title: "flash, second bank", Size: Size}
}
