package fwcfg

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// Size is the bytes of address space.
const Size = 0x18

const (
	regData     = 0x00
	regSelector = 0x08
	regDMA      = 0x10

	// signature is what the DMA register reads as, big-endian.
	signature = 0x51454d5520434647 // "QEMU CFG"
)

// Key is the number of an item.
type Key uint16

// The items that are no files.
const (
	KeySignature   Key = 0x00
	KeyID          Key = 0x01
	KeyRAMSize     Key = 0x03
	KeyCPUs        Key = 0x05
	KeyKernelSize  Key = 0x08
	KeyInitrdSize  Key = 0x0b
	KeyMaxCPUs     Key = 0x0f
	KeyKernel      Key = 0x11
	KeyInitrd      Key = 0x12
	KeyCommandSize Key = 0x14
	KeyCommand     Key = 0x15
	keyDirectory   Key = 0x19
	keyFirstFile   Key = 0x20
)

// MaxRequest bounds what a request moves, in bytes.
const MaxRequest = 64 << 20

const (
	maxName = 56 // of a file, with the NUL behind it
	// hasDMA is the item KeyID: the traditional interface, and DMA.
	hasDMA = 3
)

// File is an item with a name.
type File struct {
	Name string
	Data []byte
}

// Config is what the machine gives the device.
type Config struct {
	Memory *physmem.Memory
	Items  map[Key][]byte
	Files  []File
}

// Device is the device.
type Device struct {
	mem   *physmem.Memory
	items map[Key][]byte // constant

	mu      sync.Mutex
	key     Key
	offset  uint32 // of the next byte of the item
	dmaHigh uint32 // what was stored to the upper half of the DMA register
}

// New returns a device with the items, and those that are always there.
func New(cfg Config) (*Device, error) {
	d := &Device{mem: cfg.Memory, items: map[Key][]byte{
		KeySignature: []byte("QEMU"), KeyID: binary.LittleEndian.AppendUint32(nil, hasDMA),
	}}
	for k, data := range cfg.Items {
		d.items[k] = data
	}
	directory := binary.BigEndian.AppendUint32(nil, uint32(len(cfg.Files)))
	for i, f := range cfg.Files {
		if f.Name == "" || len(f.Name) >= maxName {
			return nil, fmt.Errorf("fwcfg: a file cannot be called %q: 1 to %d bytes", f.Name, maxName-1)
		}
		key := keyFirstFile + Key(i)
		d.items[key] = f.Data
		directory = binary.BigEndian.AppendUint32(directory, uint32(len(f.Data)))
		directory = binary.BigEndian.AppendUint16(directory, uint16(key))
		directory = append(directory, 0, 0)
		directory = append(directory, append([]byte(f.Name), make([]byte, maxName-len(f.Name))...)...)
	}
	d.items[keyDirectory] = directory
	return d, nil
}

// Load reads the item, or finds out whether there is DMA.
func (d *Device) Load(off uint64, size int) (v uint64, ok bool) {
	switch {
	case off < regSelector:
		var b [8]byte
		d.mu.Lock()
		defer d.mu.Unlock()
		d.take(b[:size])
		return binary.LittleEndian.Uint64(b[:]), true
	case off >= regDMA:
		sig := bits.ReverseBytes64(signature) >> (8 * (off - regDMA))
		return sig & (1<<(8*size) - 1), true
	}
	return 0, true
}

// take reads the item's next bytes. Caller holds d.mu.
func (d *Device) take(p []byte) {
	item := d.items[d.key]
	n := copy(p, item[min(int(d.offset), len(item)):])
	clear(p[n:])
	d.skip(uint32(len(p)))
}

// skip goes on in the item, at most to where all is zero anyway.
func (d *Device) skip(n uint32) {
	d.offset = uint32(min(uint64(d.offset)+uint64(n), 1<<32-1))
}

// Store selects an item or starts a request.
func (d *Device) Store(off uint64, size int, v uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case off == regSelector && size == 2:
		d.choose(Key(bits.ReverseBytes16(uint16(v))))
	case off == regDMA && size == 8:
		d.request(bits.ReverseBytes64(v))
	case off == regDMA && size == 4:
		d.dmaHigh = bits.ReverseBytes32(uint32(v))
	case off == regDMA+4 && size == 4:
		d.request(uint64(d.dmaHigh)<<32 | uint64(bits.ReverseBytes32(uint32(v))))
	}
	return true
}

func (d *Device) choose(k Key) { d.key, d.offset = k, 0 }

// Reset selects the first item.
func (d *Device) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.choose(KeySignature)
	d.dmaHigh = 0
}

// Close does nothing.
func (d *Device) Close() error { return nil }

// Describe returns what the device says of itself.
func Describe() device.Description {
	return device.Description{
		Name: "fw-cfg", Title: "fw_cfg", Size: Size,
		Node: device.Node{Compatible: []string{"qemu,fw-cfg-mmio"}, Flags: []string{"dma-coherent"}},
	}
}
