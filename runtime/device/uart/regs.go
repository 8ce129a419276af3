package uart

// Register offsets. With LCR's divisor latch bit set offsets 0 and 1 are the divisor.
const (
	regData = 0 // R: receive buffer, W: transmit holding
	regIER  = 1
	regIIR  = 2 // R: interrupt identification, W: FIFO control
	regLCR  = 3
	regMCR  = 4
	regLSR  = 5
	regMSR  = 6
	regSCR  = 7

	registers = 8
)

// Interrupt enable.
const (
	ierReceive  = 1 << 0
	ierTransmit = 1 << 1
	ierLine     = 1 << 2
	ierModem    = 1 << 3
	ierAll      = 0x0f
)

// Interrupt identification, highest priority first.
const (
	iirLine     = 0x06
	iirReceive  = 0x04
	iirTimeout  = 0x0c
	iirTransmit = 0x02
	iirModem    = 0x00
	iirNone     = 0x01
	iirFIFO     = 0xc0 // FIFOs are enabled
)

// FIFO control.
const (
	fcrEnable  = 1 << 0
	fcrClearRx = 1 << 1
)

// Line control.
const (
	lcrBreak = 1 << 6
	lcrDLAB  = 1 << 7
)

// Modem control.
const (
	mcrDTR  = 1 << 0
	mcrRTS  = 1 << 1
	mcrOut1 = 1 << 2
	mcrOut2 = 1 << 3
	mcrLoop = 1 << 4
	mcrAll  = 0x1f
)

// Line status.
const (
	lsrData    = 1 << 0
	lsrOverrun = 1 << 1
	lsrBreak   = 1 << 4
	lsrTHRE    = 1 << 5
	lsrTEMT    = 1 << 6
	lsrFIFOErr = 1 << 7
)

// Modem status: the high half are levels, the low half says what changed.
const (
	msrCTS = 1 << 4
	msrDSR = 1 << 5
	msrRI  = 1 << 6
	msrDCD = 1 << 7

	// msrConnected is a cable with a ready peer at the other end.
	msrConnected = msrCTS | msrDSR | msrDCD
	msrLevels    = 0xf0
	msrTERI      = 1 << 2 // only the trailing edge of RI is reported
)
