package uart

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

var _ device.Device = (*Device)(nil)

// rig is a port with its interrupt line.
type rig struct {
	*Device
	t     *testing.T
	level atomic.Bool
	rises chan struct{} // a token after the line rose
}

func newRig(t *testing.T, in io.Reader, out io.Writer) *rig {
	t.Helper()
	leaktest.Check(t)
	r := &rig{t: t, rises: make(chan struct{}, 1)}
	d, err := New(Config{In: in, Out: out, Line: func(l bool) {
		r.level.Store(l)
		if l {
			select {
			case r.rises <- struct{}{}:
			default:
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	r.Device = d
	t.Cleanup(func() { d.Close() })
	return r
}

func (r *rig) in(off uint64) byte {
	v, ok := r.Load(off, 1)
	if !ok {
		r.t.Errorf("load at %d refused", off)
	}
	return byte(v)
}

func (r *rig) out(off uint64, v byte) {
	if !r.Store(off, 1, uint64(v)) {
		r.t.Errorf("store at %d refused", off)
	}
}

func (r *rig) expect(what string, off uint64, want byte) {
	r.t.Helper()
	if got := r.in(off); got != want {
		r.t.Errorf("%s: register %d = %#x, want %#x", what, off, got, want)
	}
}

func (r *rig) waitRise() {
	for !r.level.Load() {
		<-r.rises
	}
}

func TestPowerOnState(t *testing.T) {
	r := newRig(t, nil, nil)
	r.expect("power-on", regIER, 0)
	r.expect("power-on", regIIR, iirNone)
	r.expect("power-on", regLSR, lsrTHRE|lsrTEMT)
	r.expect("power-on", regMSR, msrConnected)
	r.expect("empty receiver", regData, 0)
	if _, ok := r.Load(8, 1); ok || r.Store(8, 1, 0) {
		t.Error("access past the registers accepted")
	}
}

// The questions that operating systems ask to find out what the port is.
func TestProbe(t *testing.T) {
	r := newRig(t, nil, nil)
	r.out(regIER, 0xff)
	r.expect("only four interrupts exist", regIER, 0x0f)
	r.out(regIER, 0)
	for _, v := range []byte{0x55, 0xaa} {
		r.out(regSCR, v)
		r.expect("scratch", regSCR, v)
	}
	r.out(regLCR, lcrDLAB|3)
	r.out(regData, 0x34)
	r.out(regIER, 0x12)
	r.expect("divisor", regData, 0x34)
	r.expect("divisor", regIER, 0x12)
	r.out(regLCR, 3)
	r.expect("divisor latch closed", regIER, 0)
	r.out(regIIR, 0xe1) // FIFO on, bits of a larger one too
	r.expect("a 16550A, no 16750", regIIR, iirFIFO|iirNone)
	r.out(regIIR, 0)
	r.expect("FIFO off", regIIR, iirNone)

	r.out(regMCR, mcrLoop|mcrOut2|mcrRTS)
	if got := r.in(regMSR) & msrLevels; got != msrDCD|msrCTS {
		t.Errorf("looped modem lines = %#x", got)
	}
	r.out(regMCR, mcrLoop|mcrDTR|mcrOut1)
	if got := r.in(regMSR); got != msrDSR|msrRI|0x0b {
		t.Errorf("modem status = %#x, want all but the leading edge of RI", got)
	}
	r.out(regMCR, mcrLoop)
	if got := r.in(regMSR); got != 0x06 {
		t.Errorf("modem status = %#x, want DSR changed and trailing edge of RI", got)
	}
	r.expect("changes are reported once", regMSR, 0)
	r.out(regIER, ierModem)
	r.out(regMCR, 0)
	if !r.level.Load() {
		t.Error("no modem interrupt")
	}
	r.expect("modem", regIIR, iirModem)
	r.in(regMSR)
	if r.level.Load() {
		t.Error("modem interrupt stays up")
	}
}

func TestLoopBackAndOverrun(t *testing.T) {
	var buf bytes.Buffer
	r := newRig(t, nil, &buf)
	r.out(regMCR, mcrLoop)
	r.out(regIER, ierLine)
	r.out(regData, 'a')
	if r.level.Load() {
		t.Error("line interrupt without an error")
	}
	r.out(regData, 'b') // no FIFO: one byte fits
	r.expect("overrun", regIIR, iirLine)
	r.expect("overrun", regLSR, lsrData|lsrOverrun|lsrTHRE|lsrTEMT)
	r.expect("reported once", regLSR, lsrData|lsrTHRE|lsrTEMT)
	r.expect("the later byte stays", regData, 'b')
	r.expect("alone", regLSR, lsrTHRE|lsrTEMT)
	r.out(regLCR, lcrBreak)
	r.expect("break", regLSR, lsrData|lsrBreak|lsrTHRE|lsrTEMT)
	r.expect("break", regData, 0)
	r.out(regLCR, 0)
	r.out(regLCR, lcrBreak)
	r.out(regData, 'c') // in place of the break, and without its error
	r.expect("overrun of a break", regLSR, lsrData|lsrOverrun|lsrTHRE|lsrTEMT)
	r.expect("overrun of a break", regData, 'c')
	r.out(regIIR, fcrEnable)
	for b := range byte(fifoSize + 3) {
		r.out(regData, b)
	}
	r.expect("FIFO overrun", regIIR, iirLine|iirFIFO)
	r.expect("FIFO overrun", regLSR, lsrData|lsrOverrun|lsrTHRE|lsrTEMT)
	for b := range byte(fifoSize) {
		r.expect("the FIFO keeps the earlier bytes", regData, b)
	}
	r.expect("later ones are lost", regLSR, lsrTHRE|lsrTEMT)
	if err := r.Flush(); err != nil || buf.Len() != 0 {
		t.Errorf("looped bytes left the port: %q, %v", buf.String(), err)
	}
}

func TestTransmitInterrupt(t *testing.T) {
	var buf bytes.Buffer
	r := newRig(t, nil, &buf)
	r.out(regIER, ierTransmit)
	if !r.level.Load() {
		t.Fatal("enabling the interrupt of an empty transmitter does not raise it")
	}
	r.expect("transmit", regIIR, iirTransmit)
	if r.level.Load() {
		t.Error("reading IIR does not take it back")
	}
	r.expect("nothing more", regIIR, iirNone)
	r.out(regData, 'x')
	if !r.level.Load() {
		t.Error("empty again, no interrupt")
	}
	r.out(regIER, 0)
	if r.level.Load() {
		t.Error("disabled interrupt is up")
	}
	r.out(regIER, ierTransmit)
	r.expect("enabled again", regIIR, iirTransmit)
	r.Flush()
	if buf.String() != "x" {
		t.Errorf("wrote %q", buf.String())
	}
}

func TestReceiveTriggerAndTimeout(t *testing.T) {
	pr, pw := io.Pipe()
	r := newRig(t, pr, nil)
	defer pw.Close()
	r.out(regIIR, fcrEnable|2<<6) // trigger at 8
	r.out(regIER, ierReceive)
	pw.Write([]byte("abc"))
	r.waitRise()
	r.expect("below the trigger", regIIR, iirFIFO|iirTimeout)
	for _, b := range []byte("abc") {
		r.expect("data", regLSR, lsrData|lsrTHRE|lsrTEMT)
		r.expect("data", regData, b)
	}
	if r.level.Load() {
		t.Error("interrupt with an empty FIFO")
	}
	pw.Write([]byte("01234567"))
	r.waitRise()
	r.expect("at the trigger", regIIR, iirFIFO|iirReceive)
	r.in(regData)
	r.expect("below it again", regIIR, iirFIFO|iirTimeout)
	r.out(regIIR, fcrEnable|fcrClearRx)
	r.expect("cleared", regLSR, lsrTHRE|lsrTEMT)
}

// A driver that clears its FIFOs before it listens loses nothing typed before.
func TestEarlyInputSurvivesDriverStart(t *testing.T) {
	pr, pw := io.Pipe()
	r := newRig(t, pr, nil)
	defer pw.Close()
	pw.Write([]byte("early"))
	r.out(regIIR, fcrEnable)
	r.out(regIIR, fcrEnable|fcrClearRx|4)
	r.out(regIIR, 0)
	r.out(regIIR, fcrEnable)
	r.out(regIER, ierReceive)
	r.waitRise()
	var got []byte
	for len(got) < 5 {
		if r.in(regLSR)&lsrData != 0 {
			got = append(got, r.in(regData))
		}
	}
	if string(got) != "early" {
		t.Errorf("got %q", got)
	}
}

// An interrupt-driven driver receives everything, however fast it comes.
func TestReceiveIsLossless(t *testing.T) {
	want := strings.Repeat("the quick brown fox ", 1000)
	r := newRig(t, strings.NewReader(want), nil)
	r.out(regIIR, fcrEnable|3<<6)
	r.out(regIER, ierReceive)
	var got []byte
	for len(got) < len(want) {
		r.waitRise()
		for r.in(regLSR)&lsrData != 0 {
			got = append(got, r.in(regData))
		}
	}
	if string(got) != want {
		t.Error("bytes lost or changed")
	}
}

// slow lets bytes through only while it holds permits.
type slow struct {
	permits chan struct{}
	buf     bytes.Buffer
}

func (s *slow) Write(p []byte) (int, error) {
	<-s.permits
	return s.buf.Write(p)
}

// A driver that obeys THRE neither waits in a store nor loses a byte when the
// writer stalls, and hears of it when the writer goes on.
func TestSlowWriter(t *testing.T) {
	s := &slow{permits: make(chan struct{})}
	r := newRig(t, nil, s)
	r.out(regIIR, fcrEnable)
	n := 0
	for r.in(regLSR)&lsrTHRE != 0 {
		for range fifoSize {
			r.out(regData, byte(n))
			n++
		}
	}
	r.out(regIER, ierTransmit)
	if r.level.Load() {
		t.Error("transmit interrupt from a busy transmitter")
	}
	close(s.permits)
	r.waitRise()
	r.expect("room again", regIIR, iirFIFO|iirTransmit)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if s.buf.Len() != n || r.Dropped() != 0 {
		t.Errorf("%d of %d bytes arrived, %d dropped", s.buf.Len(), n, r.Dropped())
	}
}

func TestSlowWriterBlindGuest(t *testing.T) {
	s := &slow{permits: make(chan struct{})}
	r := newRig(t, nil, s)
	n := uint64(0)
	for r.Dropped() == 0 {
		r.out(regData, 'x')
		n++
	}
	close(s.permits)
	r.Close()
	if got := uint64(s.buf.Len()) + r.Dropped(); got != n {
		t.Errorf("%d bytes accounted for, want %d", got, n)
	}
}

func TestConcurrentHarts(t *testing.T) {
	pr, pw := io.Pipe()
	var buf bytes.Buffer
	r := newRig(t, pr, &buf)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 300 {
				r.out(regData, 'o')
				r.in(regIIR)
				r.in(regLSR)
				r.in(regData)
				r.out(regIER, 0x0f)
			}
		})
	}
	typist := make(chan struct{})
	go func() {
		defer close(typist)
		for range 50 {
			pw.Write([]byte("input"))
		}
	}()
	wg.Go(func() {
		for range 50 {
			r.Reset()
		}
	})
	wg.Wait()
	pr.Close() // lets go of a typist whose input nobody took
	<-typist
	r.Close()
	if buf.Len() != 1200 {
		t.Errorf("%d bytes written, want 1200", buf.Len())
	}
}
