package sbi

const (
	// maxConsole bounds the bytes that one call moves. The calls may do less than
	// they are asked for, and the guest comes again.
	maxConsole = 4096
)

// debug: chapter "Debug Console Extension".
func (c call) debug(fn uint32) Result {
	switch fn {
	case 0, 1:
		n, addr := c.arg(0), c.arg(1)
		if c.arg(2) != 0 || !c.inRAM(addr, n) {
			return c.done(InvalidParam, 0)
		}
		buf := make([]byte, min(n, maxConsole))
		if fn == 0 {
			return c.consoleWrite(addr, buf)
		}
		return c.consoleRead(addr, buf)
	case 2:
		if c.p.ConsoleWrite([]byte{byte(c.arg(0))}) != 1 {
			return c.done(Failed, 0)
		}
		return c.done(Success, 0)
	}
	return c.done(NotSupported, 0)
}

// inRAM reports whether both ends of the range are RAM, which there is one piece
// of. The range's chunk is checked again when it is copied.
func (c call) inRAM(addr, n uint64) bool {
	if n == 0 {
		return true
	}
	var b [1]byte
	last := addr + n - 1
	return last >= addr && c.p.ReadGuest(addr, b[:]) == nil && c.p.ReadGuest(last, b[:]) == nil
}

func (c call) consoleWrite(addr uint64, buf []byte) Result {
	if len(buf) == 0 {
		return c.done(Success, 0)
	}
	if c.p.ReadGuest(addr, buf) != nil {
		return c.done(InvalidParam, 0)
	}
	return c.moved(c.p.ConsoleWrite(buf))
}

func (c call) consoleRead(addr uint64, buf []byte) Result {
	if len(buf) == 0 {
		return c.done(Success, 0)
	}
	// The far end of the chunk first: input that was taken must find its place.
	if !c.inRAM(addr, uint64(len(buf))) {
		return c.done(InvalidParam, 0)
	}
	n := c.p.ConsoleRead(buf)
	if n > 0 && c.p.WriteGuest(addr, buf[:n]) != nil {
		return c.done(InvalidParam, 0)
	}
	return c.moved(n)
}

// moved ends a call that moved n bytes.
func (c call) moved(n int) Result {
	if n < 0 {
		return c.done(Failed, 0)
	}
	return c.done(Success, uint64(n))
}
