package blk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

var _ virtio.Device = (*Device)(nil)

// disk is a device with its driver.
type disk struct {
	*virtiotest.Driver
	dev *Device
	q   *virtiotest.Queue
}

const allFeatures = ^uint64(0)

func newDisk(t *testing.T, b Backend, features uint64) *disk {
	t.Helper()
	leaktest.Check(t)
	mem := virtiotest.NewMemory(t, 16<<20)
	dev, err := New(Config{Backend: b, Memory: mem, Serial: "root disk"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	d := &disk{Driver: virtiotest.Connect(t, dev, mem), dev: dev}
	d.q = d.Start(features, 64)[0]
	return d
}

func header(kind uint32, sector uint64) []byte {
	h := make([]byte, headerLen)
	binary.LittleEndian.PutUint32(h, kind)
	binary.LittleEndian.PutUint64(h[8:], sector)
	return h
}

// do performs a request with data to write and room to read, in pieces.
func (d *disk) do(kind uint32, sector uint64, out []byte, in uint32) (status byte, data []byte, n uint32) {
	d.T.Helper()
	bufs := []virtiotest.Buf{d.In(header(kind, sector))}
	if len(out) > 0 {
		bufs = append(bufs, d.In(out[:len(out)/3]), d.In(out[len(out)/3:]))
	}
	first := len(bufs)
	if in > 0 {
		bufs = append(bufs, d.Out(in/3), d.Out(in-in/3))
	}
	st := d.Out(1)
	n = d.q.Do(append(bufs, st)...)
	for _, b := range bufs[first:] {
		data = append(data, d.Bytes(b)...)
	}
	return d.Bytes(st)[0], data, n
}

func (d *disk) expect(what string, status, want byte) {
	d.T.Helper()
	if status != want {
		d.T.Errorf("%s: status %d, want %d", what, status, want)
	}
}

func TestReadWriteFlush(t *testing.T) {
	for _, features := range []uint64{0, allFeatures} {
		path := image(t, pattern(diskSize))
		d := newDisk(t, must(Open(path, false)), features)
		st, data, n := d.do(typeIn, 1, nil, 5*SectorSize)
		d.expect("read", st, statusOK)
		if !bytes.Equal(data, pattern(diskSize)[SectorSize:6*SectorSize]) || n != 5*SectorSize+1 {
			t.Errorf("read other bytes, or %d of them", n)
		}
		p := bytes.Repeat([]byte("hartwood"), 128)
		st, _, n = d.do(typeOut, 3, p, 0)
		d.expect("write", st, statusOK)
		if n != 1 {
			t.Errorf("a write filled %d bytes", n)
		}
		st, _, _ = d.do(typeFlush, 0, nil, 0)
		d.expect("flush", st, statusOK)
		if got := must(os.ReadFile(path)); !bytes.Equal(got[3*SectorSize:3*SectorSize+len(p)], p) {
			t.Error("file differs after flush")
		}
		st, data, _ = d.do(typeIn, sectorsOnDisk-1, nil, SectorSize)
		d.expect("read of the short sector", st, statusOK)
		tail := diskSize % SectorSize
		if !bytes.Equal(data[:tail], pattern(diskSize)[diskSize-tail:]) || !bytes.Equal(data[tail:], make([]byte, SectorSize-tail)) {
			t.Error("short sector is not filled with zeros")
		}
		if err := d.dev.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestConfigurationSpaceAndID(t *testing.T) {
	d := newDisk(t, must(NewMemory(diskSize)), allFeatures)
	want := uint64(FeatureSegMax | FeatureBlockSize | FeatureFlush | FeatureDiscard | FeatureWriteZeroes)
	if got := d.Features & 0xffffff; got != want {
		t.Errorf("features %#x, want %#x", got, want)
	}
	for _, c := range []struct{ off, want uint32 }{
		{0x100, sectorsOnDisk}, {0x104, 0}, {0x10c, 254}, {0x114, 512}, {0x124, maxDiscardSectors}, {0x128, 16},
		{0x12c, 8}, {0x130, maxZeroSectors}, {0x134, 16}, {0x138, 1},
	} {
		if got := d.Reg(uint64(c.off)); got != c.want {
			t.Errorf("config %#x = %d, want %d", c.off, got, c.want)
		}
	}
	st, id, n := d.do(typeGetID, 0, nil, idLen)
	d.expect("get ID", st, statusOK)
	if string(bytes.TrimRight(id, "\x00")) != "root disk" || n != idLen+1 {
		t.Errorf("ID %q, %d bytes", id, n)
	}
}

func TestImpossibleRequests(t *testing.T) {
	d := newDisk(t, must(NewMemory(diskSize)), allFeatures)
	sector := make([]byte, SectorSize)
	for _, c := range []struct {
		name   string
		kind   uint32
		sector uint64
		out    []byte
		in     uint32
		want   byte
	}{
		{"read past the end", typeIn, sectorsOnDisk - 1, nil, 2 * SectorSize, statusIOErr},
		{"read far past the end", typeIn, 1 << 63, nil, SectorSize, statusIOErr},
		{"sector that overflows", typeIn, ^uint64(0), nil, SectorSize, statusIOErr},
		{"write past the end", typeOut, sectorsOnDisk, sector, 0, statusIOErr},
		{"half a sector", typeIn, 0, nil, 100, statusIOErr},
		{"write of half a sector", typeOut, 0, sector[:100], 0, statusIOErr},
		{"nothing", typeIn, 0, nil, 0, statusOK},
		{"unknown type", 99, 0, nil, 0, statusUnsupp},
		{"discard of nothing", typeDiscard, 0, nil, 0, statusIOErr},
		{"ragged range", typeDiscard, 0, make([]byte, 17), 0, statusIOErr},
		{"too many ranges", typeDiscard, 0, make([]byte, 17*rangeLen), 0, statusIOErr},
	} {
		st, _, _ := d.do(c.kind, c.sector, c.out, c.in)
		d.expect(c.name, st, c.want)
	}
	if d.Reg(mmio.RegStatus)&virtio.StatusNeedsReset != 0 {
		t.Errorf("device needs a reset: %v", d.dev.Fault())
	}
	// Without room for a status there is no way to answer.
	d.q.Add(d.In(header(typeFlush, 0)))
	seq := d.IRQ.Count()
	d.q.Kick()
	d.IRQ.WaitAfter(seq)
	if d.Reg(mmio.RegStatus)&virtio.StatusNeedsReset == 0 || !errors.Is(d.dev.Fault(), virtio.ErrProtocol) {
		t.Errorf("status %#x, fault %v", d.Reg(mmio.RegStatus), d.dev.Fault())
	}
}

func ranges(kv ...uint64) (p []byte) {
	for i := 0; i < len(kv); i += 3 {
		p = binary.LittleEndian.AppendUint64(p, kv[i])
		p = binary.LittleEndian.AppendUint32(p, uint32(kv[i+1]))
		p = binary.LittleEndian.AppendUint32(p, uint32(kv[i+2]))
	}
	return p
}

func TestDiscardAndWriteZeroes(t *testing.T) {
	path := image(t, pattern(diskSize))
	d := newDisk(t, must(Open(path, false)), allFeatures)
	for _, c := range []struct {
		name string
		kind uint32
		data []byte
		want byte
	}{
		{"zeroes", typeWriteZeroes, ranges(1, 3, 0, 16, 17, 1), statusOK},
		{"reserved flag", typeWriteZeroes, ranges(40, 1, 2), statusUnsupp},
		{"zeroes past the end", typeWriteZeroes, ranges(40, 1, 0, sectorsOnDisk, 1, 0), statusIOErr},
		{"too many zeroes", typeWriteZeroes, ranges(0, maxZeroSectors+1, 0), statusIOErr},
		{"discard", typeDiscard, ranges(80, 16, 0), statusOK},
		{"discard with unmap", typeDiscard, ranges(40, 1, 1), statusUnsupp},
		{"sector that overflows", typeDiscard, ranges(^uint64(0), 1, 0), statusIOErr},
	} {
		st, _, _ := d.do(c.kind, 0, c.data, 0)
		d.expect(c.name, st, c.want)
	}
	want := pattern(diskSize)
	clear(want[1*SectorSize : 4*SectorSize])
	clear(want[16*SectorSize : 33*SectorSize])
	if got := must(os.ReadFile(path)); !bytes.Equal(got[:80*SectorSize], want[:80*SectorSize]) {
		t.Error("file differs")
	}
}

func TestReadOnly(t *testing.T) {
	path := image(t, pattern(diskSize))
	d := newDisk(t, must(Open(path, true)), allFeatures)
	if d.Features&FeatureReadOnly == 0 || d.Features&(FeatureDiscard|FeatureWriteZeroes) != 0 {
		t.Errorf("features %#x", d.Features)
	}
	for _, c := range []struct {
		kind uint32
		data []byte
		want byte
	}{
		{typeOut, make([]byte, SectorSize), statusIOErr},
		{typeWriteZeroes, ranges(0, 1, 0), statusIOErr},
		{typeDiscard, ranges(0, 1, 0), statusIOErr},
		{typeFlush, nil, statusOK},
	} {
		st, _, _ := d.do(c.kind, 0, c.data, 0)
		d.expect("request on a read-only disk", st, c.want)
	}
	if !bytes.Equal(must(os.ReadFile(path)), pattern(diskSize)) {
		t.Error("file was changed")
	}
}

// spy counts and may fail or hold what reaches a backend.
type spy struct {
	*Memory
	flushes atomic.Int32
	fail    atomic.Bool
	hold    chan struct{} // not nil: reads wait for it
	reading chan struct{}
}

var errDisk = errors.New("disk error")

func (s *spy) ReadAt(p []byte, off int64) (int, error) {
	if s.hold != nil {
		s.reading <- struct{}{}
		<-s.hold
	}
	if s.fail.Load() {
		return 0, errDisk
	}
	return s.Memory.ReadAt(p, off)
}

func (s *spy) Flush() error { s.flushes.Add(1); return nil }

func TestFlushReachesBackend(t *testing.T) {
	s := &spy{Memory: must(NewMemory(diskSize))}
	d := newDisk(t, s, FeatureFlush)
	d.do(typeOut, 0, make([]byte, SectorSize), 0)
	if n := s.flushes.Load(); n != 0 {
		t.Errorf("%d flushes before the driver asked", n)
	}
	d.do(typeFlush, 0, nil, 0)
	if n := s.flushes.Load(); n != 1 {
		t.Errorf("%d flushes", n)
	}
	d.dev.Close()

	s = &spy{Memory: must(NewMemory(diskSize))}
	d = newDisk(t, s, 0) // a driver that knows no write cache
	d.do(typeOut, 0, make([]byte, SectorSize), 0)
	if n := s.flushes.Load(); n != 1 {
		t.Errorf("%d flushes after a write without negotiated cache", n)
	}
}

func TestBackendError(t *testing.T) {
	s := &spy{Memory: must(NewMemory(diskSize))}
	s.fail.Store(true)
	d := newDisk(t, s, allFeatures)
	st, _, _ := d.do(typeIn, 0, nil, SectorSize)
	d.expect("failing read", st, statusIOErr)
	s.fail.Store(false)
	st, _, _ = d.do(typeIn, 0, nil, SectorSize)
	d.expect("read afterwards", st, statusOK)
}

// Several requests are in flight at once, and a reset does not wait for them.
func TestInFlightAndReset(t *testing.T) {
	s := &spy{Memory: must(NewMemory(diskSize)), hold: make(chan struct{}), reading: make(chan struct{})}
	must(s.Memory.WriteAt(bytes.Repeat([]byte{0xff}, SectorSize), 0))
	d := newDisk(t, s, allFeatures)
	data := d.Out(SectorSize)
	for range defaultWorkers {
		d.q.Add(d.In(header(typeIn, 0)), data, d.Out(1))
	}
	d.q.Kick()
	for range defaultWorkers {
		<-s.reading // all of them at once
	}
	d.SetReg(mmio.RegStatus, 0)
	close(s.hold)
	if err := d.dev.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d.Bytes(data), make([]byte, SectorSize)) {
		t.Error("a request from before the reset wrote guest memory")
	}
}

// Close lets requests in flight end and stores what they wrote.
func TestCloseFinishesWrites(t *testing.T) {
	path := image(t, make([]byte, 64*SectorSize))
	d := newDisk(t, must(Open(path, false)), allFeatures)
	p := pattern(SectorSize)
	for i := range uint64(20) {
		d.q.Add(d.In(header(typeOut, i)), d.In(p), d.Out(1))
	}
	d.q.Kick()
	if err := d.dev.Close(); err != nil {
		t.Fatal(err)
	}
	if got := must(os.ReadFile(path)); !bytes.Equal(got[:20*SectorSize], bytes.Repeat(p, 20)) {
		t.Error("writes posted before Close were lost")
	}
}

// Many requests from a driver that keeps the queue full.
func TestManyRequests(t *testing.T) {
	d := newDisk(t, must(NewOverlay(must(NewMemory(1<<20)), t.TempDir(), 0)), allFeatures)
	const n = 400
	write := d.In(pattern(SectorSize))
	done := 0
	for i := range uint64(n) {
		for {
			if _, ok := d.q.Add(d.In(header(typeOut, i)), write, d.Out(1)); ok {
				break
			}
			d.q.Kick()
			d.q.Wait()

			done++

		}
	}
	d.q.Kick()
	for ; done < n; done++ {
		d.q.Wait()
	}
	for i := range uint64(n) {
		st, got, _ := d.do(typeIn, i, nil, SectorSize)
		if st != statusOK || !bytes.Equal(got, pattern(SectorSize)) {
			t.Fatalf("sector %d differs (status %d)", i, st)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	mem := virtiotest.NewMemory(t, 4096)
	for _, cfg := range []Config{
		{Memory: mem},
		{Memory: mem, Backend: must(NewMemory(1)), Workers: -1},
		{Memory: mem, Backend: must(NewMemory(1)), Workers: 1000},
		{Memory: mem, Backend: must(NewMemory(1)), Serial: "longer than twenty bytes"},
	} {
		if _, err := New(cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("err = %v", err)
		}
	}
	if _, err := New(Config{Backend: must(NewMemory(1))}); !errors.Is(err, virtio.ErrConfig) {
		t.Errorf("no memory: %v", err)
	}
}
