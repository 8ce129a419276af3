// Package uart is a 16550A serial port: eight byte-wide registers, 16-byte FIFOs,
// an interrupt. Its line is as fast as the host allows; divisor, word length and
// parity are kept and mean nothing. It knows no terminal: input is an io.Reader,
// output an io.Writer.
//
// # Input
//
// Bytes wait in a stream.Source and move into the receive FIFO only when the guest
// looks for them (it reads the line status or the receive buffer, or has enabled
// the receive interrupt), so that nothing is lost to a driver that clears its FIFO
// before it starts to listen. There is no overrun: the sender waits. A FIFO below
// its trigger level raises the character time-out at once.
//
// # Output
//
// Bytes go to a stream.Sink, which writes on its own goroutine. While the sink has
// room the transmitter is empty (THRE, TEMT) and each write raises the
// transmit interrupt anew; while it has none THRE stays clear and a driver that
// looks waits. A guest that writes without looking is taken at its word until the
// sink is full; then each store waits a little for the writer, and a byte that
// finds no room even so is dropped and counted, as hardware would.
//
// # Locks
//
// One mutex guards the registers; the interrupt line is driven while it is held
// (see package device), and the sink's and source's locks are taken inside it. A
// store that waits for the writer does so without it.
package uart
