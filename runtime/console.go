package runtime

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

// console is the machine's terminal: one reader and one writer that the serial
// port, the virtio console, HTIF and the built-in firmware share.
type console struct {
	*output

	inMu    sync.Mutex
	inReady *sync.Cond
	in      []byte      // protected by inMu: read ahead
	inErr   error       // protected by inMu: why there will be no more
	closed  bool        // protected by inMu
	claimed bool        // protected by inMu: the firmware reads, the port gets nothing more
	used    atomic.Bool // the guest has accessed the port: set by any hart with inMu held, read without
	reader  io.Reader
	arrived func() // called when there is input, or no more, with no lock held; may be nil; constant once the reader runs
	pump    sync.Once
}

// readAhead bounds the input that waits in the console.
const readAhead = 4096

// emptyPause is how long to wait when a non-blocking reader has nothing.
const emptyPause = 2 * time.Millisecond

func newConsole(in io.Reader, out io.Writer) *console {
	c := &console{output: newOutput(out), reader: in}
	c.inReady = sync.NewCond(&c.inMu)
	if in == nil {
		c.inErr = io.EOF
	}
	return c
}

// writeByte writes for a hart.
func (c *console) writeByte(b byte) { _, _ = c.writeFromHart([]byte{b}) }

// input is the console as a reader for the port that owns the input.
func (c *console) input() io.Reader {
	if c.reader == nil {
		return nil
	}
	return portInput{c}
}

// consolePort is the port that owns the input, as the guest accesses it. Before the
// first access it gets none: a port reads ahead, and what a guest without a driver
// for it is sent must wait for the firmware.
type consolePort struct {
	device.Device
	c *console
}

func (p consolePort) Load(off uint64, size int) (uint64, bool) {
	p.c.use()
	return p.Device.Load(off, size)
}

func (p consolePort) Store(off uint64, size int, v uint64) bool {
	p.c.use()
	return p.Device.Store(off, size, v)
}

func (c *console) use() {
	if c.used.Load() {
		return
	}
	c.inMu.Lock()
	defer c.inMu.Unlock()
	c.used.Store(true)
	c.inReady.Broadcast()
}

type portInput struct{ c *console }

// Read waits for the port to be used and for input; after the firmware has claimed
// the input it waits for ever, that is until close.
func (p portInput) Read(buf []byte) (int, error) {
	c := p.c
	c.startPump()
	c.inMu.Lock()
	defer c.inMu.Unlock()
	for !c.closed {
		switch {
		case c.claimed || !c.used.Load():
			if c.inErr != nil && (c.claimed || len(c.in) == 0) {
				return 0, c.inErr
			}
		case len(c.in) > 0:
			return c.take(buf), nil
		case c.inErr != nil:
			return 0, c.inErr
		}
		c.inReady.Wait()
	}
	return 0, io.EOF
}

// claim reads without waiting, for the firmware; from the first call on the
// port gets no more input.
func (c *console) claim(buf []byte) int {
	c.startPump()
	c.inMu.Lock()
	defer c.inMu.Unlock()
	c.claimed = true
	return c.take(buf)
}

// readNow is claim that says whether the input has ended, for programs without a driver.
func (c *console) readNow(buf []byte) (n int, end bool) {
	n = c.claim(buf)
	c.inMu.Lock()
	defer c.inMu.Unlock()
	return n, n == 0 && len(c.in) == 0 && c.inErr != nil
}

// take moves what is there to buf. The caller holds inMu.
func (c *console) take(buf []byte) int {
	n := copy(buf, c.in)
	c.in = c.in[:copy(c.in, c.in[n:])]
	c.inReady.Broadcast()
	return n
}

func (c *console) startPump() {
	c.pump.Do(func() {
		if c.reader != nil {
			go c.read()
		}
	})
}

// read pumps the reader into the buffer. One read may be under way when the
// machine has ended: a reader cannot be interrupted.
func (c *console) read() {
	buf := make([]byte, 256)
	for {
		n, err := c.reader.Read(buf)
		if errors.Is(err, syscall.EAGAIN) { // somebody else has made the descriptor non-blocking
			time.Sleep(emptyPause)
			err = nil
		}
		c.inMu.Lock()
		for len(c.in)+n > readAhead && c.inErr == nil {
			c.inReady.Wait()
		}
		c.in = append(c.in, buf[:n]...)
		if err != nil && c.inErr == nil {
			c.inErr = err
		}
		stop := c.inErr != nil
		c.inReady.Broadcast()
		c.inMu.Unlock()
		if c.arrived != nil {
			c.arrived()
		}
		if stop {
			return
		}
	}
}

// close ends all reads.
func (c *console) close() {
	c.inMu.Lock()
	defer c.inMu.Unlock()
	c.closed = true
	if c.inErr == nil {
		c.inErr = io.EOF
	}
	c.inReady.Broadcast()
}
