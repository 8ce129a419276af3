package net

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
	"github.com/hartwood-vm/hartwood/runtime/network"
)

var _ virtio.Device = (*Device)(nil)

// far is the other end of a device's link.
type far struct {
	network.Link
	mu     sync.Mutex
	frames []network.Frame
	came   chan struct{}
}

func (f *far) Receive(frame network.Frame) {
	frame.Data = bytes.Clone(frame.Data)
	f.mu.Lock()
	f.frames = append(f.frames, frame)
	f.mu.Unlock()
	f.came <- struct{}{}
}

// take waits for a frame.
func (f *far) take() network.Frame {
	<-f.came
	f.mu.Lock()
	defer f.mu.Unlock()
	first := f.frames[0]
	f.frames = f.frames[1:]
	return first
}

var testMAC = [6]byte{0x52, 0x54, 0, 1, 2, 3}

// newNet is a device, the other end of its link and its driver.
func newNet(t *testing.T, pairs int) (*Device, *far, *virtiotest.Driver) {
	t.Helper()
	leaktest.Check(t)
	here, there := network.Pair()
	f := &far{Link: there, came: make(chan struct{}, 1<<12)}
	there.Attach(f)
	dev, d := connect(t, Config{Link: here, Memory: virtiotest.NewMemory(t, 16<<20), MAC: testMAC, Pairs: pairs})
	return dev, f, d
}

func connect(t *testing.T, cfg Config) (*Device, *virtiotest.Driver) {
	t.Helper()
	dev, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev, virtiotest.Connect(t, dev, cfg.Memory)
}

const (
	ringFeatures = virtio.FeatureIndirect | virtio.FeatureEventIdx
	offloads     = FeatureChecksum | FeatureGuestChecksum | FeatureGuestTCP4 | FeatureGuestTCP6 | FeatureHostTCP4 | FeatureHostTCP6
)

// plain is an Ethernet frame of n bytes, a kind of its own.
func plain(n int, seed byte) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = seed + byte(i)
	}
	p[12], p[13] = 0x88, 0xb5
	return p
}

// tcp4 is a TCP segment with n bytes of payload, its checksum still to be made.
func tcp4(n int, ports ...uint16) network.Frame {
	p := make([]byte, 14+20+20+n)
	be := binary.BigEndian
	be.PutUint16(p[12:], 0x0800)
	ip, tcp := p[14:], p[34:]
	ip[0], ip[8], ip[9] = 0x45, 64, 6
	be.PutUint16(ip[2:], uint16(len(ip)))
	copy(ip[12:], []byte{10, 0, 2, 2, 10, 0, 2, 15})
	if len(ports) == 2 {
		be.PutUint16(tcp, ports[0])
		be.PutUint16(tcp[2:], ports[1])
	}
	tcp[12], tcp[13] = 5<<4, 0x18
	for i := range n {
		tcp[20+i] = byte(i * 7)
	}
	f := network.Frame{Data: p, Checksum: true, Start: 34, Offset: 16}
	if n > 1460 {
		f.Segment, f.SegmentSize = network.TCP4, 1460
	}
	return f
}

func TestTransmit(t *testing.T) {
	dev, f, d := newNet(t, 1)
	tx := d.Start(ringFeatures|offloads, 8, 8)[1]
	head := make([]byte, headerSize)
	for i, n := range []int{14, 60, 1514} {
		p := plain(n, byte(i))
		tx.Do(d.In(head), d.In(p[:10]), d.In(p[10:]))
		if got := f.take(); !bytes.Equal(got.Data, p) || got.Checksum || got.Segment != network.Whole {
			t.Errorf("frame of %d bytes arrived as %d, %+v", n, len(got.Data), got)
		}
	}
	large := tcp4(60000)
	h := make([]byte, headerSize)
	encode(h, &large, 0)
	tx.Do(d.In(append(h, large.Data...)))
	if got := f.take(); !bytes.Equal(got.Data, large.Data) || got.Segment != network.TCP4 || got.SegmentSize != 1460 || got.Start != 34 || got.Offset != 16 {
		t.Errorf("large segment arrived as %d bytes, segment %v of %d", len(got.Data), got.Segment, got.SegmentSize)
	}
	// What is no frame is dropped, and the device goes on.
	for _, bad := range [][]byte{
		make([]byte, headerSize+13),
		append([]byte{0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, plain(60, 0)...),
		append([]byte{1, 0, 0, 0, 0, 0, 59, 0, 0, 0, 0, 0}, plain(60, 0)...),
		append([]byte{0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, plain(60, 0)...),
		make([]byte, headerSize+network.MaxFrame+1),
	} {
		tx.Do(d.In(bad))
	}
	last := plain(64, 99)
	tx.Add(d.In(append(head, last...)))
	tx.Kick()
	if err := dev.Close(); err != nil { // which sends what was posted
		t.Error(err)
	}
	if got := f.take(); !bytes.Equal(got.Data, last) || len(f.frames) != 0 {
		t.Errorf("after frames that are none: %d bytes, and %d frames more", len(got.Data), len(f.frames))
	}
}

func TestReceive(t *testing.T) {
	for _, c := range []struct {
		name     string
		features uint64
		buffers  int
		size     uint32
		send     network.Frame
		frames   int // that the driver sees
	}{
		{"small", ringFeatures, 4, 2048, network.Frame{Data: plain(60, 1)}, 1},
		{"checksum made", ringFeatures, 4, 2048, tcp4(100), 1},
		{"checksum left", ringFeatures | offloads, 4, 2048, tcp4(100), 1},
		{"large in pieces", ringFeatures, 8, 2048, tcp4(10000), 7},
		{"large as one", ringFeatures | offloads, 4, 70000, tcp4(60000), 1},
		{"large merged", ringFeatures | offloads | FeatureMergeable, 64, 1536, tcp4(60000), 1},
		{"large in merged pieces", ringFeatures | FeatureMergeable, 64, 512, tcp4(10000), 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, f, d := newNet(t, 1)
			rx := d.Start(c.features, 64, 8)[0]
			bufs := map[uint16]virtiotest.Buf{}
			for range c.buffers {
				b := d.Out(c.size)
				token, _ := rx.Add(b)
				bufs[token] = b
			}
			rx.Kick()
			sent := network.Frame{Data: bytes.Clone(c.send.Data), Checksum: c.send.Checksum, Start: c.send.Start,
				Offset: c.send.Offset, Segment: c.send.Segment, SegmentSize: c.send.SegmentSize}
			f.Send(sent)
			for range c.frames {
				h, data := receiveOne(t, d, rx, bufs)
				got, err := decode(h, data)
				if err != nil {
					t.Fatal(err)
				}
				if c.frames > 1 {
					if len(data) > 1514 || got.Checksum {
						t.Errorf("piece of %d bytes, %+v", len(data), got.Checksum)
					}
					continue
				}
				left := c.features&FeatureGuestChecksum != 0 && c.send.Checksum
				if got.Checksum != left || got.Segment != c.send.Segment || len(data) != len(c.send.Data) ||
					!bytes.Equal(data[54:], c.send.Data[54:]) {
					t.Errorf("%d bytes of %d, checksum left %v, segment %v", len(data), len(c.send.Data), got.Checksum, got.Segment)
				}
			}
		})
	}
}

// receiveOne reads a frame as a driver does, from one buffer or several.
func receiveOne(t *testing.T, d *virtiotest.Driver, rx *virtiotest.Queue, bufs map[uint16]virtiotest.Buf) (h, data []byte) {
	t.Helper()
	token, n := rx.Wait()
	all := d.Bytes(bufs[token])[:n]
	for range binary.LittleEndian.Uint16(all[10:]) - 1 {
		token, n, ok := rx.Used()
		if !ok {
			t.Fatal("the driver sees a part of a frame")
		}
		all = append(all, d.Bytes(bufs[token])[:n]...)
	}
	return all[:headerSize], all[headerSize:]
}

// A driver of version 1 without mergeable buffers has a shorter header.
func TestOldHeader(t *testing.T) {
	here, there := network.Pair()
	f := &far{Link: there, came: make(chan struct{}, 16)}
	there.Attach(f)
	mem := virtiotest.NewMemory(t, 1<<20)
	dev, err := New(Config{Link: here, Memory: mem, MAC: testMAC})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	irq := virtiotest.NewIRQ()
	d := virtiotest.New(t, mmio.New(mmio.Config{Device: dev, Line: irq.Set, Legacy: true}), mem, irq)
	rx := d.StartLegacy(0, 0, 8)
	p := plain(100, 5)
	b := d.Out(200)
	rx.Add(b)
	rx.Kick()
	f.Send(network.Frame{Data: p})
	if _, n := rx.Wait(); n != oldHeaderSize+100 || !bytes.Equal(d.Bytes(b)[oldHeaderSize:n], p) {
		t.Errorf("%d bytes", n)
	}
}

// Frames that come while the guest has no buffers wait, across a reset too, and no more than there may be.
func TestWaitingFramesAreBounded(t *testing.T) {
	dev, f, d := newNet(t, 1)
	for i := range maxWaitingFrames + 10 {
		f.Send(network.Frame{Data: plain(60, byte(i))})
	}
	p := dev.pairs[0]
	if len(p.waiting) != maxWaitingFrames || p.bytes != 60*maxWaitingFrames {
		t.Errorf("%d frames of %d bytes wait", len(p.waiting), p.bytes)
	}
	d.Start(ringFeatures, 64, 8)
	dev.Reset()
	rx := d.Start(ringFeatures, 64, 8)[0]
	bufs := map[uint16]virtiotest.Buf{}
	for i := range maxWaitingFrames {
		b := d.Out(128)
		token, ok := rx.Add(b)
		if !ok {
			t.Fatal("queue full")
		}
		bufs[token] = b
		rx.Kick()
		if _, data := receiveOne(t, d, rx, bufs); !bytes.Equal(data, plain(60, byte(i))) {
			t.Fatalf("frame %d: % x", i, data[:4])
		}
	}
	for range 100 {
		f.Send(tcp4(60000))
	}
	if p.bytes > maxWaitingBytes || p.bytes < maxWaitingBytes/2 {
		t.Errorf("%d bytes wait", p.bytes)
	}
}

// A frame that never fits is dropped, and does not keep others from coming.
func TestFrameThatNeverFits(t *testing.T) {
	_, f, d := newNet(t, 1)
	rx := d.Start(ringFeatures|offloads, 8, 8)[0]
	b := d.Out(100)
	rx.Add(b)
	rx.Kick()
	f.Send(tcp4(5000))
	f.Send(network.Frame{Data: plain(60, 3)})
	if _, n := rx.Wait(); n != headerSize+60 {
		t.Errorf("%d bytes", n)
	}
}

func TestRequestsOfTheWrongForm(t *testing.T) {
	for _, c := range []struct {
		name  string
		queue int
		bufs  func(*virtiotest.Driver) []virtiotest.Buf
	}{
		{"short transmit", 1, func(d *virtiotest.Driver) []virtiotest.Buf { return []virtiotest.Buf{d.In(make([]byte, 11))} }},
		{"writable transmit", 1, func(d *virtiotest.Driver) []virtiotest.Buf {
			return []virtiotest.Buf{d.In(make([]byte, 80)), d.Out(1)}
		}},
		{"readable receive", 0, func(d *virtiotest.Driver) []virtiotest.Buf { return []virtiotest.Buf{d.In([]byte{1}), d.Out(2000)} }},
		{"short receive", 0, func(d *virtiotest.Driver) []virtiotest.Buf { return []virtiotest.Buf{d.Out(11)} }},
		{"command without answer", 2, func(d *virtiotest.Driver) []virtiotest.Buf { return []virtiotest.Buf{d.In([]byte{4, 0, 1, 0})} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			pairs := 1 + c.queue/2
			dev, f, d := newNet(t, pairs)
			qs := d.Start(ringFeatures|FeatureControl|FeatureMergeable, 8, 8, 8)
			if pairs == 1 {
				qs = d.Start(ringFeatures|FeatureMergeable, 8, 8)
			}
			if c.queue == 0 {
				qs[0].Add(d.Out(13)) // which is held when the bad one is met
			}
			qs[c.queue].Add(c.bufs(d)...)
			qs[c.queue].Kick()
			for d.Reg(mmio.RegStatus)&virtio.StatusNeedsReset == 0 {
				if c.queue == 0 {
					f.Send(network.Frame{Data: plain(60, 0)})
				}
			}
			if !errors.Is(dev.Fault(), virtio.ErrProtocol) {
				t.Errorf("fault = %v", dev.Fault())
			}
			if _, err := dev.Quiesce(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// A flow's frames come by the pair by which the guest sends it, until the number of pairs changes.
func TestMultiqueue(t *testing.T) {
	dev, f, d := newNet(t, 3)
	if got := d.Offered(); got&(FeatureMultiqueue|FeatureControl) != FeatureMultiqueue|FeatureControl {
		t.Fatalf("offered %#x", got)
	}
	qs := d.Start(ringFeatures|offloads|FeatureControl|FeatureMultiqueue, 8, 8, 8, 8, 8, 8, 8)
	if d.Reg(mmio.RegConfig+8)&0xffff != 3 {
		t.Errorf("max_virtqueue_pairs = %d", d.Reg(mmio.RegConfig+8)&0xffff)
	}
	command := func(c ...byte) byte {
		answer := d.Out(1)
		qs[6].Do(d.In(c[:2]), d.In(c[2:]), answer)
		return d.Bytes(answer)[0]
	}
	for _, c := range []struct {
		answer  byte
		command []byte
	}{
		{controlOK, []byte{4, 0, 3, 0}}, {controlError, []byte{4, 0, 0, 0}}, {controlError, []byte{4, 0, 4, 0}},
		{controlError, []byte{4, 1, 1, 0}}, {controlError, []byte{0, 0, 1}},
	} {
		if got := command(c.command...); got != c.answer {
			t.Errorf("command % x answered %d, want %d", c.command, got, c.answer)
		}
	}
	arrives := func(pair int) {
		t.Helper()
		b := d.Out(2000)
		token, _ := qs[2*pair].Add(b)
		qs[2*pair].Kick()
		f.Send(tcp4(100, 80, 1234))
		receiveOne(t, d, qs[2*pair], map[uint16]virtiotest.Buf{token: b})
	}
	arrives(0)
	for _, pair := range []int{2, 1, 2} {
		out := tcp4(10, 1234, 80)
		h := make([]byte, headerSize)
		encode(h, &out, 0)
		qs[2*pair+1].Do(d.In(append(h, out.Data...)))
		f.take()
		arrives(pair)
	}
	if command(4, 0, 1, 0) != controlOK {
		t.Error("one pair refused")
	}
	arrives(0)
	if dev.Fault() != nil {
		t.Error(dev.Fault())
	}
}

// Machines in one process talk to each other.
func TestTwoMachines(t *testing.T) {
	leaktest.Check(t)
	a, b := network.Pair()
	_, one := connect(t, Config{Link: a, Memory: virtiotest.NewMemory(t, 1<<20), MAC: testMAC})
	_, two := connect(t, Config{Link: b, Memory: virtiotest.NewMemory(t, 1<<20), MAC: testMAC})
	qa := one.Start(ringFeatures|offloads, 8, 8)
	qb := two.Start(ringFeatures, 8, 8)
	exchange := func(from *virtiotest.Driver, tx *virtiotest.Queue, to *virtiotest.Driver, rx *virtiotest.Queue) {
		t.Helper()
		f := tcp4(300)
		h := make([]byte, headerSize)
		encode(h, &f, 0)
		buf := to.Out(2000)
		token, _ := rx.Add(buf)
		rx.Kick()
		tx.Do(from.In(append(h, f.Data...)))
		_, data := receiveOne(t, to, rx, map[uint16]virtiotest.Buf{token: buf})
		if !bytes.Equal(data[54:], f.Data[54:]) {
			t.Errorf("%d bytes", len(data))
		}
	}
	for range 5 {
		exchange(one, qa[1], two, qb[0])
		exchange(two, qb[1], one, qa[0])
	}
}

// The device can be brought to rest while frames come, and loses none of them.
func TestQuiesceWhileFramesCome(t *testing.T) {
	dev, f, d := newNet(t, 1)
	rx := d.Start(ringFeatures|FeatureMergeable, 64, 8)[0]
	bufs := map[uint16]virtiotest.Buf{}
	for range 32 {
		b := d.Out(100)
		token, _ := rx.Add(b)
		bufs[token] = b
	}
	rx.Kick()
	release, err := dev.Quiesce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		f.Send(network.Frame{Data: plain(200, byte(i))})
	}
	if _, _, ok := rx.Used(); ok {
		t.Error("a frame was delivered at rest")
	}
	s, err := dev.Save()
	if err != nil || s.DeviceID != virtio.IDNetwork {
		t.Errorf("%+v, %v", s, err)
	}
	release()
	for i := range 8 {
		if _, data := receiveOne(t, d, rx, bufs); !bytes.Equal(data, plain(200, byte(i))) {
			t.Errorf("frame %d: %d bytes", i, len(data))
		}
	}
}

func TestBadConfig(t *testing.T) {
	mem := virtiotest.NewMemory(t, 1<<20)
	for i, cfg := range []Config{
		{Memory: mem},
		{Memory: mem, Pairs: MaxPairs + 1}, {Memory: mem, Pairs: -1}, {Memory: mem, MAC: [6]byte{1}}, {},
	} {
		if i > 0 {
			cfg.Link, _ = network.Pair()
		}
		if _, err := New(cfg); !errors.Is(err, ErrConfig) && !errors.Is(err, virtio.ErrConfig) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestConfigSpace(t *testing.T) {
	_, _, d := newNet(t, 2)
	var got []byte
	for i := range uint64(12) {
		v, _ := d.Bus.Load(mmio.RegConfig+i, 1)
		got = append(got, byte(v))
	}
	if want := append(testMAC[:], 1, 0, 2, 0, 1500&255, 1500>>8); !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

func TestPlaceIsSymmetric(t *testing.T) {
	there := tcp4(10, 80, 1234).Data
	back := bytes.Clone(there)
	copy(back[26:30], there[30:34])
	copy(back[30:34], there[26:30])
	copy(back[34:36], there[36:38])
	copy(back[36:38], there[34:36])
	if place(there) != place(back) {
		t.Error("the two directions of a flow are two flows")
	}
	places := map[uint8]bool{}
	for port := range uint16(64) {
		places[place(tcp4(0, 80, 40000+port).Data)] = true
	}
	if len(places) < 40 {
		t.Errorf("64 flows are at %d places", len(places))
	}
	for n := 14; n < 60; n++ {
		place(there[:n])
	}
}

// FuzzTransmit sends what a hostile driver might; whatever comes out at the other end is a frame that can be made plain.
func FuzzTransmit(f *testing.F) {
	large := tcp4(5000)
	h := make([]byte, headerSize)
	encode(h, &large, 0)
	f.Add(append(h, large.Data...))
	f.Add(make([]byte, 80))
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) < headerSize || len(p) > headerSize+network.MaxFrame {
			return
		}
		frame, err := decode(p[:headerSize], p[headerSize:])
		if err != nil {
			return
		}
		place(frame.Data)
		back := make([]byte, headerSize)
		encode(back, &frame, 1)
		if again, err := decode(back, frame.Data); err != nil || !reflect.DeepEqual(again, frame) {
			t.Errorf("%+v became %+v, %v", frame, again, err)
		}
		total := 0
		if err := frame.Plain(func(data []byte) bool {
			if len(data) > len(frame.Data) || len(data) < network.HeaderSize {
				t.Errorf("piece of %d bytes from %d", len(data), len(frame.Data))
			}
			total += len(data)
			return true
		}); err != nil || total < len(frame.Data) {
			t.Errorf("%d bytes of %d, %v", total, len(frame.Data), err)
		}
	})
}
