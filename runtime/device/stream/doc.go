// Package stream joins a device to the outside world: a Source turns a blocking
// io.Reader into bytes that can be taken without waiting, a Sink turns a blocking
// io.Writer into a place where bytes can be left without waiting. Both are bounded
// and neither loses anything: a Source reads on only after its bytes were taken, a
// Sink tells when it has room.
//
// The package knows no device. Its locks are leaves: the callbacks (ready, drained)
// run on the goroutine of the Source or Sink with no lock held, so that a device
// may call in with its own lock held and take that lock in a callback.
//
// # Life cycle
//
// NewSource and NewSink start one goroutine each. Sink.Close returns after all that
// was put in has been accepted by the writer, or the writer has failed. Source.Close
// interrupts a pending Read where the reader allows it (SetReadDeadline); a reader
// that cannot be interrupted keeps its goroutine until that Read returns, and
// nothing is called back any more.
package stream
