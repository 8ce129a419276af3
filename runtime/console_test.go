package runtime

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// readPort reads n bytes as the port does.
func readPort(t *testing.T, c *console, n int) string {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(c.input(), b); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestConsolePortReads(t *testing.T) {
	r, w := io.Pipe()
	c := newConsole(r, nil)
	defer c.close()
	c.use()
	go func() { _, _ = w.Write([]byte("typed")) }()
	if got := readPort(t, c, 5); got != "typed" {
		t.Errorf("%q", got)
	}
	go func() {
		_, _ = w.Write([]byte("end"))
		w.Close()
	}()
	if b, err := io.ReadAll(c.input()); string(b) != "end" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// What comes before the guest uses the port is for who reads first.
func TestConsoleFirmwareClaimsEarlyInput(t *testing.T) {
	c := newConsole(strings.NewReader("for the firmware"), nil)
	defer c.close()
	portEnded := make(chan error, 1)
	go func() {
		_, err := c.input().Read(make([]byte, 100))
		portEnded <- err
	}()
	var got []byte
	buf := make([]byte, 5)
	until(t, "the firmware reads", func() bool {
		got = append(got, buf[:c.claim(buf)]...)
		return string(got) == "for the firmware"
	})
	if err := <-portEnded; err != io.EOF {
		t.Errorf("the port: %v", err)
	}
	if c.claim(buf) != 0 {
		t.Error("input after its end")
	}
}

// After the firmware's first read the port gets nothing, also if it waits already.
func TestConsoleClaimWins(t *testing.T) {
	r, w := io.Pipe()
	c := newConsole(r, nil)
	c.use()
	ended := make(chan string)
	go func() {
		b := make([]byte, 10)
		n, _ := c.input().Read(b)
		ended <- string(b[:n])
	}()
	b := make([]byte, 10)
	if c.claim(b) != 0 {
		t.Error("input from nowhere")
	}
	go func() { _, _ = w.Write([]byte("x")) }()
	until(t, "the firmware gets it", func() bool { return c.claim(b) == 1 })
	c.close()
	if got := <-ended; got != "" {
		t.Errorf("the port got %q", got)
	}
	w.Close()
}

// The console reads ahead so much and no more.
func TestConsoleBackpressure(t *testing.T) {
	r, w := io.Pipe()
	c := newConsole(r, nil)
	var mu sync.Mutex
	written := 0
	go func() {
		for {
			n, err := w.Write(make([]byte, 64))
			mu.Lock()
			written += n
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	so := func() int { mu.Lock(); defer mu.Unlock(); return written }
	c.startPump()
	until(t, "the buffer fills", func() bool { return so() >= readAhead })
	for range 20 {
		time.Sleep(100 * time.Microsecond)
	}
	if n := so(); n > readAhead+256+64 {
		t.Errorf("%d bytes read ahead", n)
	}
	c.use()
	readPort(t, c, 3*readAhead)
	c.close()
	r.Close()
}

// emptyAtFirst is a descriptor that somebody has made non-blocking.
type emptyAtFirst struct {
	io.Reader
	empty int
}

func (e *emptyAtFirst) Read(p []byte) (int, error) {
	if e.empty > 0 {
		e.empty--
		return 0, syscall.EAGAIN
	}
	return e.Reader.Read(p)
}

func TestConsoleReadsNonBlockingInput(t *testing.T) {
	c := newConsole(&emptyAtFirst{strings.NewReader("typed"), 3}, nil)
	defer c.close()
	c.use()
	if got := readPort(t, c, 5); got != "typed" {
		t.Errorf("%q", got)
	}
}

func TestConsoleWithoutReader(t *testing.T) {
	c := newConsole(nil, nil)
	if c.input() != nil || c.claim(make([]byte, 4)) != 0 {
		t.Error("input without a reader")
	}
	if n, err := c.Write([]byte("nowhere")); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	c.close()
	c.close()
}

// brokenWriter fails after some bytes.
type brokenWriter struct{ left int }

func (b *brokenWriter) Write(p []byte) (int, error) {
	if b.left < len(p) {
		return 0, errors.New("broken")
	}
	b.left -= len(p)
	return len(p), nil
}

// A console that cannot be written to is the guest's to know, not a crash.
func TestConsoleWriterBreaks(t *testing.T) {
	p := asm.New(kernelBase)
	p.Label("write").LI(asm.A0, 4).LI(asm.A1, kernelBase).LI(asm.A2, 0)
	sbiCall(p, sbiDebug, 0)
	p.I(isa.ADDI, asm.S0, asm.S0, 1).Branch(isa.BEQ, asm.A0, asm.Zero, "write")
	noteWord(p, asm.S0, 0)
	noteWord(p, asm.A0, 1)
	finish(p)
	cfg := kernel(p, 1)
	cfg.Stdout = &brokenWriter{8}
	if got := notes(t, cfg); got[0] < 2 || got[1] != ^uint64(0) {
		t.Errorf("call %d: %d; want a failure of the third or a later one", got[0], int64(got[1]))
	}
}

// The serial port's guest reads what was typed before it looked.
func TestSerialInput(t *testing.T) {
	p := asm.New(RAMBase)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "sleep")
	p.LI(asm.S1, 0x1000_0000)
	p.Label("loop").I(isa.LBU, asm.T0, asm.S1, 5).I(isa.ANDI, asm.T0, asm.T0, 1).Branch(isa.BEQ, asm.T0, asm.Zero, "loop")
	p.I(isa.LBU, asm.T1, asm.S1, 0).I(isa.ADDI, asm.T2, asm.T1, 1).S(isa.SB, asm.T2, asm.S1, 0)
	p.I(isa.ADDI, asm.T3, asm.Zero, '.').Branch(isa.BNE, asm.T1, asm.T3, "loop")
	exit(p, 0)
	p.Label("sleep").Op(isa.WFI).Jump(asm.Zero, "sleep")
	var out bytes.Buffer
	cfg := bare(p, 2)
	cfg.Stdin, cfg.Stdout = strings.NewReader("HAL."), &out
	if res := start(t, newMachine(t, cfg)).wait(); res.Reason != PoweredOff || out.String() != "IBM/" {
		t.Errorf("%v, console %q", res.Reason, out.String())
	}
}
