package runtime

import (
	"io"
	"sync"
)

// console is the machine's terminal: one reader and one writer that the serial
// port, the virtio console, HTIF and the built-in firmware share.
type console struct {
	mu  sync.Mutex
	out io.Writer // protected by mu

	inMu    sync.Mutex
	inReady *sync.Cond
	in      []byte // protected by inMu: read ahead
	inErr   error  // protected by inMu
	claimed bool   // protected by inMu: the firmware reads, the port gets nothing more
	reader  io.Reader
	pump    sync.Once
}

// readAhead bounds the input that waits in the console.
const readAhead = 4096

func newConsole(in io.Reader, out io.Writer) *console {
	if out == nil {
		out = io.Discard
	}
	c := &console{out: out, reader: in}
	c.inReady = sync.NewCond(&c.inMu)
	if in == nil {
		c.inErr = io.EOF
	}
	return c
}

// Write passes a device's output on; writers take turns.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(p)
}

func (c *console) writeByte(b byte) { _, _ = c.Write([]byte{b}) }

// input is the console as a reader for the port that owns the input.
func (c *console) input() io.Reader {
	if c.reader == nil {
		return nil
	}
	return portInput{c}
}

type portInput struct{ c *console }

// Read waits for input; after the firmware has claimed the input it waits for ever,
// that is until close.
func (p portInput) Read(buf []byte) (int, error) {
	c := p.c
	c.startPump()
	c.inMu.Lock()
	defer c.inMu.Unlock()
	for (len(c.in) == 0 || c.claimed) && c.inErr == nil {
		c.inReady.Wait()
	}
	if len(c.in) == 0 || c.claimed {
		return 0, c.inErr
	}
	return c.take(buf), nil
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
		if stop {
			return
		}
	}
}

// close ends all reads.
func (c *console) close() {
	c.inMu.Lock()
	defer c.inMu.Unlock()
	if c.inErr == nil {
		c.inErr = io.EOF
	}
	c.inReady.Broadcast()
}
