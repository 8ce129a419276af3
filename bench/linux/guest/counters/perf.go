package main

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Events by perf's types and numbers. Raw ones are the machine's own; bit 63 makes one the firmware's.
var (
	cycles        = event{unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_CPU_CYCLES}
	instructions  = event{unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_INSTRUCTIONS}
	branches      = event{unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_BRANCH_INSTRUCTIONS}
	loadMisses    = event{unix.PERF_TYPE_HW_CACHE, unix.PERF_COUNT_HW_CACHE_DTLB | unix.PERF_COUNT_HW_CACHE_RESULT_MISS<<16}
	exceptions    = event{unix.PERF_TYPE_RAW, 0x106}
	pageFaults    = event{unix.PERF_TYPE_RAW, 0x108}
	nothing       = event{unix.PERF_TYPE_RAW, 0x1ff}
	interruptSent = event{unix.PERF_TYPE_RAW, 1<<63 | 6}
)

type event struct {
	kind   uint32
	number uint64
}

// Whose events count.
const (
	everywhere = 0
	userOnly   = unix.PerfBitExcludeKernel
	kernelOnly = unix.PerfBitExcludeUser
)

// open lets the kernel count e for this thread.
func open(e event, bits uint64) (int, error) {
	attr := unix.PerfEventAttr{Type: e.kind, Config: e.number, Bits: bits}
	attr.Size = uint32(unsafe.Sizeof(attr))
	return unix.PerfEventOpen(&attr, 0, -1, -1, 0)
}

// count returns how often e happens while work is done by this thread, which must stay one.
func count(e event, bits uint64, work func()) (uint64, error) {
	fd, err := open(e, bits)
	if err != nil {
		return 0, fmt.Errorf("event %#x of type %d: %w", e.number, e.kind, err)
	}
	defer unix.Close(fd)
	before, err := value(fd)
	if err != nil {
		return 0, err
	}
	work()
	after, err := value(fd)
	return after - before, err
}

func value(fd int) (uint64, error) {
	var b [8]byte
	if n, err := unix.Read(fd, b[:]); n != len(b) {
		return 0, fmt.Errorf("reading a counter gives %d bytes, %w", n, err)
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

// sample returns how many samples the kernel takes, one each period events, while work is done.
func sample(e event, period uint64, work func()) (uint64, error) {
	const pages, size = 8, 16 // of the buffer, and of a record: its header and an address
	attr := unix.PerfEventAttr{Type: e.kind, Config: e.number, Bits: userOnly, Sample: period, Sample_type: unix.PERF_SAMPLE_IP}
	attr.Size = uint32(unsafe.Sizeof(attr))
	fd, err := unix.PerfEventOpen(&attr, 0, -1, -1, 0)
	if err != nil {
		return 0, fmt.Errorf("sampling event %#x: %w", e.number, err)
	}
	defer unix.Close(fd)
	page := unix.Getpagesize()
	buffer, err := unix.Mmap(fd, 0, (1+pages)*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return 0, err
	}
	defer unix.Munmap(buffer)
	work()
	if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_DISABLE, 0); err != nil {
		return 0, err
	}
	head := unsafe.Offsetof(unix.PerfEventMmapPage{}.Data_head)
	return binary.LittleEndian.Uint64(buffer[head:]) / size, nil
}
