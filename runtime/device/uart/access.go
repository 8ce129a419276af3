package uart

// Load reads a register; wider accesses see it zero-extended. Offsets past the
// registers are refused.
func (d *Device) Load(off uint64, _ int) (uint64, bool) {
	if off >= registers {
		return 0, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.load(off)
	d.drive()
	return uint64(v), true
}

func (d *Device) load(off uint64) byte {
	latch := d.r.LCR&lcrDLAB != 0
	switch {
	case latch && off == regData:
		return d.r.DLL
	case latch && off == regIER:
		return d.r.DLM
	}
	switch off {
	case regData:
		return d.receive()
	case regIER:
		return d.r.IER
	case regIIR:
		return d.identify()
	case regLCR:
		return d.r.LCR
	case regMCR:
		return d.r.MCR
	case regLSR:
		return d.lineStatus()
	case regMSR:
		v := d.r.MSR
		d.r.MSR &= msrLevels
		return v
	}
	return d.r.SCR
}

// Store writes a register; of wider accesses the low byte counts. Offsets past
// the registers are refused.
func (d *Device) Store(off uint64, _ int, v uint64) bool {
	if off >= registers {
		return false
	}
	b := byte(v)
	d.mu.Lock()
	if off == regData && d.r.LCR&lcrDLAB == 0 && d.r.MCR&mcrLoop == 0 {
		d.mu.Unlock()
		d.transmit(b)
		return true
	}
	defer d.mu.Unlock()
	d.store(off, b)
	d.drive()
	return true
}

func (d *Device) store(off uint64, b byte) {
	latch := d.r.LCR&lcrDLAB != 0
	switch {
	case latch && off == regData:
		d.r.DLL = b
	case latch && off == regIER:
		d.r.DLM = b
	case off == regData:
		d.loopBack(b)
	case off == regIER:
		d.enable(b & ierAll)
	case off == regIIR:
		d.fifoControl(b)
	case off == regLCR:
		if b&^d.r.LCR&lcrBreak != 0 && d.r.MCR&mcrLoop != 0 {
			d.arrive(0, lsrBreak)
		}
		d.r.LCR = b
	case off == regMCR:
		d.r.MCR = b & mcrAll
		d.modemLines()
	case off == regSCR:
		d.r.SCR = b
	}
}

// receive takes a byte out of the FIFO; an empty one reads as zero.
func (d *Device) receive() byte {
	d.refill()
	b, _ := d.rx.pop()
	if d.r.IER&ierReceive != 0 {
		d.refill()
	}
	return b
}

// identify is the read of IIR: it takes the transmit interrupt back if that is
// what it reports.
func (d *Device) identify() byte {
	v := d.interrupt()
	if v == iirTransmit {
		d.r.Transmit = false
	}
	if d.r.FCR&fcrEnable != 0 {
		v |= iirFIFO
	}
	return v
}

// lineStatus is the read of LSR: errors are reported once.
func (d *Device) lineStatus() byte {
	d.refill()
	var v byte
	if d.r.FCR&fcrEnable != 0 && d.rx.anyError() {
		v |= lsrFIFOErr
	}
	v |= d.rx.takeHeadError()
	if d.rx.n > 0 {
		v |= lsrData
	}
	if d.r.Overrun {
		v |= lsrOverrun
		d.r.Overrun = false
	}
	if d.transmitterEmpty() {
		v |= lsrTHRE | lsrTEMT
	}
	return v
}

// transmitterEmpty reports whether the sink has room. Becoming empty raises the
// transmit interrupt, whoever notices first: the guest here or the sink in drained.
func (d *Device) transmitterEmpty() bool {
	if !d.out.Room() {
		d.r.Waiting = true
		return false
	}
	if d.r.Waiting {
		d.r.Waiting = false
		d.r.Transmit = true
	}
	return true
}

// enable is the write of IER: enabling the transmit interrupt while the
// transmitter is empty raises it.
func (d *Device) enable(ier byte) {
	rising := ier &^ d.r.IER
	d.r.IER = ier
	if rising&ierTransmit != 0 && d.transmitterEmpty() {
		d.r.Transmit = true
	}
	if rising&ierReceive != 0 {
		d.refill()
	}
}

// fifoControl is the write of FCR. Switching the FIFOs on or off clears them.
func (d *Device) fifoControl(fcr byte) {
	if (fcr^d.r.FCR)&fcrEnable != 0 || fcr&fcrClearRx != 0 {
		d.rx.clear()
		d.r.Overrun = false
	}
	if fcr&fcrEnable == 0 {
		fcr = 0 // the other bits only count together with the enable bit
	}
	d.r.FCR = fcr
	if d.r.IER&ierReceive != 0 {
		d.refill()
	}
}

// modemLevels returns the levels of the modem's lines: in loop-back the outputs are the inputs.
func modemLevels(mcr byte) (levels byte) {
	if mcr&mcrLoop == 0 {
		return msrConnected
	}
	for _, w := range [...]struct{ out, in byte }{
		{mcrRTS, msrCTS}, {mcrDTR, msrDSR}, {mcrOut1, msrRI}, {mcrOut2, msrDCD},
	} {
		if mcr&w.out != 0 {
			levels |= w.in
		}
	}
	return levels
}

// modemLines recomputes MSR after a change of MCR.
func (d *Device) modemLines() {
	levels := modemLevels(d.r.MCR)
	changed := (levels ^ d.r.MSR) >> 4
	if levels&msrRI != 0 {
		changed &^= msrTERI
	}
	d.r.MSR = levels | d.r.MSR&^msrLevels | changed
}

// arrive puts a byte into the FIFO as the line does in loop-back. On an overrun a full
// FIFO keeps what it has; without FIFOs the receive buffer's byte, and the errors it
// came with, give way to the later one.
func (d *Device) arrive(b, errors byte) {
	if d.rx.room(d.capacity()) == 0 {
		d.r.Overrun = true
		if d.r.FCR&fcrEnable != 0 {
			return
		}
		d.rx.clear()
	}
	d.rx.push(b, errors)
}

// loopBack sends a byte to the receiver.
func (d *Device) loopBack(b byte) {
	d.arrive(b, 0)
	d.r.Transmit = true
}

// transmit sends a byte to the writer. Called without d.mu: it may have to wait.
func (d *Device) transmit(b byte) {
	lost := !d.out.Put(b) && !d.out.PutWait(b, patience)
	d.mu.Lock()
	defer d.mu.Unlock()
	if lost {
		d.dropped++
	}
	// The byte has left the holding register already, or will when there is room.
	d.r.Transmit = d.transmitterEmpty()
	d.drive()
}
