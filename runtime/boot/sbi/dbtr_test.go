package sbi

import (
	"encoding/binary"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Functions of the debug triggers extension.
const (
	dbtrCount = iota
	dbtrShare
	dbtrRead
	dbtrInstall
	dbtrUpdate
	dbtrRemove
	dbtrEnable
	dbtrDisable
)

const shmem = ramBase + 0x400

func (r *rig) putTrigger(i int, words ...uint64) {
	for n, w := range words {
		binary.LittleEndian.PutUint64(r.p.ram[0x400+32*i+8*n:], w)
	}
}

func (r *rig) getTrigger(i int) (w triggerWords) {
	for n := range w {
		w[n] = binary.LittleEndian.Uint64(r.p.ram[0x400+32*i+8*n:])
	}
	return w
}

// tdata checks a trigger's registers.
func (r *rig) tdata(n uint64, want ...uint64) {
	r.Helper()
	r.h.WriteCSR(isa.CSR_TSELECT, n)
	for i, w := range want {
		if got := r.h.ReadCSR(isa.CSR_TDATA1 + isa.CSR(i)); got != w {
			r.Errorf("tdata%d of trigger %d is %#x, want %#x", i+1, n, got, w)
		}
	}
}

// A program watches two addresses: install, read back, disable, enable, update, remove.
func TestDebugTriggers(t *testing.T) {
	r := newRig(t)
	const match, count = 6 << 60, 3 << 60
	r.want(Done, Success, 3, extTriggers, dbtrCount, 0)
	r.want(Done, Success, 3, extTriggers, dbtrCount, match)
	r.want(Done, Success, 0, extTriggers, dbtrCount, 5<<60)
	for _, fn := range []uint64{dbtrInstall, dbtrUpdate} {
		r.want(Done, NoSharedMemory, 0, extTriggers, fn, 1)
	}
	r.want(Done, NoSharedMemory, 0, extTriggers, dbtrRead, 0, 1)
	r.want(Done, Success, 0, extTriggers, dbtrShare, shmem, 0, 0)

	r.putTrigger(0, 99, match|0x1c, 0x1000, 0)         // execute, in S and U
	r.putTrigger(1, 99, count|1<<6|1<<10, 0, 0x7<<2|2) // one instruction in U
	r.want(Done, Success, 0, extTriggers, dbtrInstall, 2)
	if r.getTrigger(0)[0] != 0 || r.getTrigger(1)[0] != 1 || r.getTrigger(1)[1] != count|1<<6|1<<10 {
		t.Errorf("entries %#x, %#x", r.getTrigger(0), r.getTrigger(1))
	}
	r.tdata(0, match|0x1c, 0x1000, 0)
	r.tdata(1, count|1<<6|1<<10, 0, 0x7<<2|2)
	r.want(Done, Success, 0, extTriggers, dbtrDisable, 0, 3)
	r.tdata(0, match|4)
	r.tdata(1, count|1<<10)
	r.want(Done, Success, 0, extTriggers, dbtrRead, 0, 2)
	if got, want := r.getTrigger(0), (triggerWords{1 | 2 | 4 | 1<<5, match | 4, 0x1000, 0}); got != want {
		t.Errorf("trigger 0 reads %#x, want %#x", got, want)
	}
	if got, want := r.getTrigger(1), (triggerWords{1 | 2 | 1<<5 | 1<<8, count | 1<<10, 0, 0x7<<2 | 2}); got != want {
		t.Errorf("trigger 1 reads %#x, want %#x", got, want)
	}
	r.want(Done, Success, 0, extTriggers, dbtrEnable, 1, 1)
	r.tdata(0, match|4)
	r.tdata(1, count|1<<6|1<<10)
	r.putTrigger(0, 0, match|0xa, 0x2000, 0)
	r.want(Done, Success, 0, extTriggers, dbtrUpdate, 1)
	r.tdata(0, match|0xa, 0x2000)
	r.want(Done, Success, 0, extTriggers, dbtrRemove, 0, 1)
	r.tdata(0, 15<<60, 0, 0)
	r.putTrigger(0, 99, count|1<<7|1<<10, 0, 0) // takes the place that has come free
	r.want(Done, Success, 0, extTriggers, dbtrInstall, 1)
	r.tdata(0, count|1<<7|1<<10)
	r.want(Done, Success, 0, extTriggers, dbtrShare, all, all, 0)
	r.want(Done, NoSharedMemory, 0, extTriggers, dbtrRead, 0, 1)
	r.raw(extHSM, 1) // a hart that is started anew has none
	r.want(Done, InvalidParam, 0, extTriggers, dbtrEnable, 0, 1)
}

// What is refused leaves every trigger as it was.
func TestDebugTriggersRefused(t *testing.T) {
	r := newRig(t)
	const match, count = 6 << 60, 3 << 60
	for _, bad := range []struct {
		lo, hi, flags uint64
		e             Error
	}{
		{shmem, 0, 1, InvalidParam}, {shmem + 4, 0, 0, InvalidParam}, {shmem, 1, 0, InvalidAddress}, {0x1000, 0, 0, InvalidAddress},
		{ramBase + ramSize - 64, 0, 0, InvalidAddress}, {all, all, 1, InvalidParam},
	} {
		r.want(Done, bad.e, 0, extTriggers, dbtrShare, bad.lo, bad.hi, bad.flags)
	}
	r.want(Done, Success, 0, extTriggers, dbtrShare, shmem, 0, 0)
	for _, n := range []uint64{3, 4, all} {
		r.want(Done, BadRange, 0, extTriggers, dbtrInstall, n)
		r.want(Done, BadRange, 0, extTriggers, dbtrUpdate, n)
		r.want(Done, BadRange, 0, extTriggers, dbtrRead, n, 0)
		r.want(Done, BadRange, 0, extTriggers, dbtrRead, 0, n)
	}
	good := []uint64{0, match | 0xc, 0x1000, 0}
	r.putTrigger(0, good...)
	for _, bad := range []struct {
		words []uint64
		e     Error
	}{
		{[]uint64{0, 5<<60 | 0x40, 1, 0}, InvalidParam}, {[]uint64{0, 0, 1, 0}, InvalidParam}, // types
		{[]uint64{0, match | 0x44, 1, 0}, InvalidParam}, {[]uint64{0, count | 1<<9, 1, 0}, InvalidParam}, // M-mode
		{[]uint64{0, match | 1<<59 | 4, 1, 0}, InvalidParam}, // debug mode
		{[]uint64{0, match | 1<<11 | 4, 1, 0}, NotSupported}, // a chain
		{[]uint64{0, match | 4, 1, 1 << 40}, NotSupported},
	} {
		r.putTrigger(1, bad.words...)
		r.want(Done, bad.e, 1, extTriggers, dbtrInstall, 2)
		r.tdata(0, 15<<60, 0, 0)
		r.tdata(1, 15<<60, 0, 0)
	}
	r.putTrigger(1, good...)
	r.want(Done, Success, 0, extTriggers, dbtrInstall, 2)
	r.putTrigger(0, good...)
	r.putTrigger(1, good...)
	r.want(Done, Failed, 1, extTriggers, dbtrInstall, 2) // there is one left
	r.tdata(2, 15<<60, 0, 0)
	for _, bad := range []struct {
		words []uint64
		e     Error
	}{
		{[]uint64{3, match | 4, 1, 0}, InvalidParam}, {[]uint64{all, match | 4, 1, 0}, InvalidParam}, {[]uint64{2, match | 4, 1, 0}, Failed},
		{[]uint64{0, count | 1<<6, 1, 0}, InvalidParam}, {[]uint64{0, match | 1<<11 | 4, 1, 0}, InvalidParam},
		{[]uint64{0, match | 0x44, 1, 0}, InvalidParam}, {[]uint64{0, match | 4, 1, 1 << 40}, NotSupported},
	} {
		r.putTrigger(0, bad.words...)
		r.want(Done, bad.e, 0, extTriggers, dbtrUpdate, 1)
		r.tdata(0, match|0xc, 0x1000, 0)
	}
	for _, fn := range []uint64{dbtrRemove, dbtrEnable, dbtrDisable} {
		for _, set := range [][2]uint64{{0, 4}, {2, 1}, {0, 7}, {1, 2}, {3, 1}, {all, 1}, {0, 1 << 63}, {1, all}} {
			r.want(Done, InvalidParam, 0, extTriggers, fn, set[0], set[1])
			r.tdata(0, match|0xc, 0x1000, 0)
		}
		r.want(Done, Success, 0, extTriggers, fn, 0, 0)
	}
}
