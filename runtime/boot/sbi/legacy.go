package sbi

// legacy carries out the calls of SBI 0.1: chapter "Legacy Extensions". They have
// no function id and return a value in a0 only.
func (c call) legacy(ext uint32) Result {
	switch ext {
	case legacySetTimer:
		c.setTimer(c.arg(0))
	case legacyPutchar:
		if c.p.ConsoleWrite([]byte{byte(c.arg(0))}) != 1 {
			return c.old(Failed)
		}
	case legacyGetchar:
		var b [1]byte
		if c.p.ConsoleRead(b[:]) != 1 {
			return c.old(Failed)
		}
		return c.old(Error(b[0]))
	case legacyClearIPI:
		if c.h.ClearIPI() {
			return c.old(1)
		}
	case legacySendIPI:
		m, ok := c.legacyMask()
		if !ok {
			return c.old(InvalidAddress)
		}
		c.interrupt(m)
	case legacyShutdown:
		c.p.Shutdown(Shutdown, false)
		return Stop
	default:
		return c.legacyFence(ext)
	}
	return c.old(Success)
}

// old sets the one result register of a legacy call.
func (c call) old(e Error) Result {
	c.h.SetX(regA0, uint64(e))
	return Done
}

// legacyFence carries out the remote fences 5 to 7.
func (c call) legacyFence(ext uint32) Result {
	m, ok := c.legacyMask()
	if !ok {
		return c.old(InvalidAddress)
	}
	req := FenceRequest{Kind: FenceKind(ext - legacyFenceI)}
	if req.Kind != FenceI {
		req.setRange(c.arg(1), c.arg(2))
	}
	if req.Kind == SFenceASID {
		req.ASID = c.arg(3)
	}
	c.old(Success)
	return c.remote(m, req)
}
