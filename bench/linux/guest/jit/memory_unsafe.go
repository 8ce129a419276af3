//go:build riscv64

package main

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Memory of this file comes from mmap and is unmapped by nothing but release, so that addresses of it stay good while
// its owner holds it and the collector has no part in it.

// call enters machine code with a and b in a0 and a1 and returns what it leaves in a0. The code keeps to temporary and
// argument registers and to no stack, so that Go's caller, which loses those anyway, does not notice. A signal that
// arrives in it finds the goroutine's registers where Go keeps them.
//
//go:noescape
func call(code uintptr, a, b uint64) uint64

// fence executes fence.i.
func fence()

const pageSize = 4096

// memory is code that can be seen at two addresses, which may be the same.
type memory struct {
	write []byte  // where code is written
	run   uintptr // where it is called
}

// anonymous maps n bytes of private memory with the protection bits prot.
func anonymous(n, prot int) (memory, error) {
	data, err := unix.Mmap(-1, 0, n, prot, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return memory{}, fmt.Errorf("mapping %d bytes with protection %d: %w", n, prot, err)
	}
	return memory{data, uintptr(unsafe.Pointer(&data[0]))}, nil
}

// replace puts fresh, empty memory where m is: another physical page at the same address.
func (m memory) replace() error {
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(&m.write[0]), uintptr(len(m.write)),
		unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED)
	return err
}

// aliased maps n bytes twice: once for writing, once for running.
func aliased(n int) (m memory, release func(), err error) {
	fd, err := unix.MemfdCreate("code", 0)
	if err != nil {
		return m, nil, err
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, int64(n)); err != nil {
		return m, nil, err
	}
	write, err := unix.Mmap(fd, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return m, nil, err
	}
	run, err := unix.Mmap(fd, 0, n, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_SHARED)
	if err != nil {
		return m, nil, err
	}
	release = func() {
		unix.Munmap(write)
		unix.Munmap(run)
	}
	return memory{write, uintptr(unsafe.Pointer(&run[0]))}, release, nil
}

func (m memory) release() { unix.Munmap(m.write) }

// protect changes what may be done with m.
func (m memory) protect(prot int) error { return unix.Mprotect(m.write, prot) }

// put writes code at an offset and returns the offset behind it.
func (m memory) put(offset int, words ...uint32) int {
	for _, word := range words {
		binary.LittleEndian.PutUint32(m.write[offset:], word)
		offset += 4
	}
	return offset
}

// swap writes one aligned instruction with one store, as code that others may be running has to be changed.
func (m memory) swap(offset int, word uint32) {
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&m.write[offset])), word)
}

// at calls the code at an offset.
func (m memory) at(offset int, a, b uint64) uint64 { return call(m.run+uintptr(offset), a, b) }

// Scopes of riscv_flush_icache: all harts that may run this process's threads, or the calling thread alone.
const (
	everyThread = 0
	thisThread  = 1
)

// flush makes code visible with the system call. The kernel of today looks at the scope and not at the range.
func (m memory) flush(scope uintptr) error {
	end := m.run + uintptr(len(m.write))
	if _, _, errno := unix.RawSyscall(unix.SYS_RISCV_FLUSH_ICACHE, m.run, end, scope); errno != 0 {
		return fmt.Errorf("riscv_flush_icache: %w", errno)
	}
	return nil
}

// pin ties the goroutine to one thread and that to one CPU, where a fence.i of its own is all that it needs.
func pin(cpu int) (unpin func(), err error) {
	runtime.LockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return nil, err
	}
	one.Set(cpu)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return nil, err
	}
	return func() {
		unix.SchedSetaffinity(0, &before)
		runtime.UnlockOSThread()
	}, nil
}
