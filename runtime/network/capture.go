package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// capture is a link whose frames are written to a file.
type capture struct {
	Link
	now func() time.Time

	mu   sync.Mutex
	file *os.File // protected by mu; nil: an error has ended it
	err  error    // protected by mu
	buf  []byte   // protected by mu
}

// Capture writes what goes through link to a new file of that name, in the format of libpcap, frame by frame as the
// machine gives and takes them. It owns link from now on. The file grows with what the guest sends and receives; an error,
// such as a full disk, ends the writing, and is returned by Close.
func Capture(link Link, path string) (Link, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("network: capture: %w", err), link.Close())
	}
	c := &capture{Link: link, now: time.Now, file: f}
	var header [24]byte
	le := binary.LittleEndian
	le.PutUint32(header[0:], 0xa1b2_3c4d) // times in nanoseconds
	le.PutUint16(header[4:], 2)
	le.PutUint16(header[6:], 4)
	le.PutUint32(header[16:], 1<<18) // largest frame
	le.PutUint32(header[20:], 1)     // Ethernet
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write(header[:])
	return c, nil
}

// Attach puts the file before r.
func (c *capture) Attach(r Receiver) { c.Link.Attach(captured{c, r}) }

type captured struct {
	c *capture
	r Receiver
}

func (t captured) Receive(f Frame) {
	t.c.record(f.Data)
	t.r.Receive(f)
}

func (c *capture) Send(f Frame) {
	c.record(f.Data)
	c.Link.Send(f)
}

func (c *capture) record(data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file == nil {
		return
	}
	now := c.now()
	c.buf = append(c.buf[:0], make([]byte, 16)...)
	le := binary.LittleEndian
	le.PutUint32(c.buf[0:], uint32(now.Unix()))
	le.PutUint32(c.buf[4:], uint32(now.Nanosecond()))
	le.PutUint32(c.buf[8:], uint32(len(data)))
	le.PutUint32(c.buf[12:], uint32(len(data)))
	c.buf = append(c.buf, data...)
	c.write(c.buf)
}

// write runs with mu held.
func (c *capture) write(p []byte) {
	if _, err := c.file.Write(p); err != nil {
		c.err = fmt.Errorf("network: capture: %w", errors.Join(err, c.file.Close()))
		c.file = nil
	}
}

// Close closes the link, then the file.
func (c *capture) Close() error {
	err := c.Link.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil {
		err = errors.Join(err, c.file.Close())
		c.file = nil
	}
	return errors.Join(err, c.err)
}
