package runtime

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// jitDump is a file of native code, jit-PID.dump, from which "perf inject --jit" makes what perf annotate shows. Unlike perf's map it
// has the code itself, and the time from which an address had it, so that code whose memory is used again keeps its name.
//
// perf knows one such file a process, whose machines share it, in the directory that the first one names. The format only
// grows, and a guest can have code made without end: a file that has maxDump bytes takes nothing more, and says so at the end.
//
// Source: Linux, tools/perf/Documentation/jitdump-specification.txt.
type jitDump struct {
	mu    sync.Mutex
	users int      // protected by mu: machines that write to the file
	path  string   // protected by mu
	file  *os.File // protected by mu; nil: not begun
	mark  []byte   // protected by mu: a mapping of the file, by which perf record finds it
	size  int64    // protected by mu: of the file
	index uint64   // protected by mu: pieces in it
	lost  uint64   // protected by mu: pieces for which there was no room
	err   error    // protected by mu: the first one; the rest goes without
}

const (
	maxDump     = 512 << 20
	dumpMagic   = 0x4a695444
	dumpVersion = 1
	dumpLoad    = 0 // a record of code that has been loaded
	dumpX86     = 62
	dumpHeader  = 40
	dumpRecord  = 56 // of a piece, without its name and its code
)

// jitDumps is the file of this process.
var jitDumps jitDump

// open begins the file in a directory, unless another machine has. It is to be closed as often.
func (d *jitDump) open(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Join(dir, fmt.Sprintf("jit-%d.dump", os.Getpid()))
	switch {
	case d.file != nil && path != d.path:
		return fmt.Errorf("--jitdump: another machine of this process writes %s; name the same directory", d.path)
	case d.file == nil:
		if err := d.begin(path); err != nil {
			return fmt.Errorf("--jitdump: %w; name a directory that can be written to, on a file system without noexec", err)
		}
	}
	d.users++
	return nil
}

// begin makes the file, in place of what an earlier process with this number has left.
func (d *jitDump) begin(path string) (err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	now, err := dumpTime()
	if err == nil {
		_, err = f.Write(dumpFileHeader(os.Getpid(), now))
	}
	var mark []byte
	if err == nil { // executable, or perf record does not write it down
		mark, err = unix.Mmap(int(f.Fd()), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", path, err), f.Close(), os.Remove(path))
	}
	d.path, d.file, d.mark, d.size, d.index, d.lost, d.err = path, f, mark, dumpHeader, 0, 0, nil
	return nil
}

// dumpTime is the time by the clock that the file's records go by, which perf record -k 1 uses too.
func dumpTime() (uint64, error) {
	var now unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	return uint64(now.Nano()), err
}

func dumpFileHeader(pid int, now uint64) []byte {
	le := binary.LittleEndian
	var b []byte
	for _, v := range []uint32{dumpMagic, dumpVersion, dumpHeader, dumpX86, 0, uint32(pid)} {
		b = le.AppendUint32(b, v)
	}
	b = le.AppendUint64(b, now)
	return le.AppendUint64(b, 0) // no flags
}

// record is a piece of code as the file has it.
func (x *piece) record(code []byte, pid int, index, now uint64) []byte {
	le := binary.LittleEndian
	size := dumpRecord + len(x.name) + 1 + len(code)
	b := make([]byte, 0, size)
	b = le.AppendUint32(b, dumpLoad)
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint64(b, now)
	b = le.AppendUint32(b, uint32(pid))
	b = le.AppendUint32(b, uint32(pid)) // the thread: code is any one's
	b = le.AppendUint64(b, uint64(x.entry))
	b = le.AppendUint64(b, uint64(x.entry))
	b = le.AppendUint64(b, uint64(len(code)))
	b = le.AppendUint64(b, index)
	b = append(append(b, x.name...), 0)
	return append(b, code...)
}

// add writes a piece of code. It is called by compiling workers.
func (d *jitDump) add(x piece, code []byte) {
	x.name = x.name[:min(len(x.name), maxPieceName)]
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return
	}
	var now uint64
	if now, d.err = dumpTime(); d.err != nil {
		return
	}
	b := x.record(code, os.Getpid(), d.index, now)
	if d.size+int64(len(b)) > maxDump {
		d.lost++
		return
	}
	var n int
	n, d.err = d.file.Write(b)
	d.size += int64(n)
	d.index++
}

// close ends a machine's use of the file, which stays, and reports what went wrong with it.
func (d *jitDump) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.err
	if d.lost > 0 {
		err = errors.Join(err, fmt.Errorf("%s has %d MiB, and no room for %d later pieces of code", d.path, maxDump>>20, d.lost))
	}
	if d.users--; d.users == 0 {
		err = errors.Join(err, unix.Munmap(d.mark), d.file.Close())
		d.file, d.mark = nil, nil
	}
	if err != nil {
		return fmt.Errorf("--jitdump: %w", err)
	}
	return nil
}
