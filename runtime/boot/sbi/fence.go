package sbi

// fence: chapter "RFENCE Extension". The hypervisor's functions 3 to 6 are not
// supported, the harts have no H extension.
func (c call) fence(fn uint32) Result {
	if fn > uint32(SFenceASID) {
		return c.done(NotSupported, 0)
	}
	m, ok := c.argMask()
	if !ok {
		return c.done(InvalidParam, 0)
	}
	req := FenceRequest{Kind: FenceKind(fn)}
	if req.Kind != FenceI {
		req.setRange(c.arg(2), c.arg(3))
	}
	if req.Kind == SFenceASID {
		req.ASID = c.arg(4)
	}
	c.done(Success, 0)
	return c.remote(m, req)
}

// setRange fills in the addresses. A range that runs past the end of the address
// space is widened to all of it, which is always allowed and costs a guest that
// asks for it nothing but time.
func (f *FenceRequest) setRange(start, size uint64) {
	if start == 0 && size == 0 || size == ^uint64(0) || start+size < start {
		f.Full = true
		return
	}
	f.Start, f.Size = start, size
}

// remote hands the fence to the platform. The result registers are set already:
// the platform may let the hart go on before this returns.
func (c call) remote(m mask, req FenceRequest) Result {
	if req.empty() || !c.any(m) {
		return Done
	}
	for i := range c.each(m) {
		c.sent(fwFenceSent+2*int(req.Kind), fwFenceReceived+2*int(req.Kind), i)
	}
	c.p.Fence(c.h, c.each(m), req)
	return Blocked
}

// empty reports whether no address is to be fenced.
func (f *FenceRequest) empty() bool {
	return f.Kind != FenceI && !f.Full && f.Size == 0
}

// any reports whether the mask names a hart.
func (c call) any(m mask) bool {
	for range c.each(m) {
		return true
	}
	return false
}
