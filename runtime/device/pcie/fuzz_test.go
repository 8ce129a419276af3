package pcie

import (
	"encoding/binary"
	"testing"
)

// FuzzConfiguration has a guest store what it likes to configuration space. What software cannot change stays, the address map is
// the one that the registers say, and has no more entries than there are functions.
func FuzzConfiguration(f *testing.F) {
	store := func(slot int, reg uint64, size byte, v uint64) []byte {
		b := binary.LittleEndian.AppendUint32(nil, uint32(ecam(slot, reg)))
		return binary.LittleEndian.AppendUint64(append(b, size), v)
	}
	var probe, overlap []byte
	for _, slot := range []int{1, 2} {
		probe = append(probe, store(slot, regBAR+4*bar, 2, 0xffff_ffff)...)
		probe = append(probe, store(slot, regCommand, 1, commandBits)...)
		overlap = append(append(overlap, store(slot, regBAR+4*bar, 3, 0x4_0000_0000)...), store(slot, regCommand, 0, commandMemory)...)
	}
	f.Add(probe)
	f.Add(overlap)
	f.Add(store(1, 0xff8, 3, 1))
	const step = 4 + 1 + 8
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newRig(t, 1, 2, 31)
		for ; len(data) >= step; data = data[step:] {
			size := 1 << (data[4] & 3)
			off := uint64(binary.LittleEndian.Uint32(data)) % ECAMSize &^ uint64(size-1)
			v := binary.LittleEndian.Uint64(data[5:])
			r.Store(off, size, v)
			r.Load(off, size)
			if n := len(*r.where.Load()); n > len(r.endpoints) {
				t.Fatalf("%d entries in the address map", n)
			}
			for slot := range r.endpoints {
				base := r.config(slot, regBAR+4*bar, 4)&^barAttributes | r.config(slot, regBAR+4*bar+4, 4)<<32
				for _, a := range []uint64{base - 1, base, base + testSize - 1, base + testSize, v} {
					r.checkOwner(a)
				}
				if r.endpoints[slot].master.Load() != (r.config(slot, regCommand, 2)&commandMaster != 0) {
					t.Fatal("the endpoint was told something else")
				}
			}
		}
		for slot, f := range r.functions {
			for i, v := range f.space.bytes {
				if (v^f.power.bytes[i])&^f.power.mask[i] != 0 {
					t.Fatalf("register %#x of %d has become %#x", i, slot, v)
				}
			}
			if f.space.u16(regDevice) != 0x1000+uint16(slot) || f.space.bytes[regBAR+4*bar]&barAttributes != bar64|barPrefetch {
				t.Fatal("the guest has changed what it cannot")
			}
		}
	})
}
