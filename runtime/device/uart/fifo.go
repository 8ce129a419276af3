package uart

const fifoSize = 16

// fifo is the receive FIFO: bytes, each with the errors it arrived with.
type fifo struct {
	data   [fifoSize]byte
	errors [fifoSize]byte // bits of the line status register
	head   int
	n      int
}

func (f *fifo) clear() { f.head, f.n = 0, 0 }

func (f *fifo) room(capacity int) int { return max(capacity-f.n, 0) }

func (f *fifo) push(b, errors byte) {
	i := (f.head + f.n) % fifoSize
	f.data[i], f.errors[i] = b, errors
	f.n++
}

// pop returns the oldest byte; false: there is none.
func (f *fifo) pop() (b byte, ok bool) {
	if f.n == 0 {
		return 0, false
	}
	b = f.data[f.head]
	f.head = (f.head + 1) % fifoSize
	f.n--
	return b, true
}

// headError returns the errors of the oldest byte.
func (f *fifo) headError() byte {
	if f.n == 0 {
		return 0
	}
	return f.errors[f.head]
}

// takeHeadError is headError that also forgets them: they were reported.
func (f *fifo) takeHeadError() byte {
	e := f.headError()
	f.errors[f.head] = 0
	return e
}

// anyError reports whether some byte still has an error to report.
func (f *fifo) anyError() bool {
	for i := range f.n {
		if f.errors[(f.head+i)%fifoSize] != 0 {
			return true
		}
	}
	return false
}
