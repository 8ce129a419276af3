package device

// Line is a device's interrupt output. level is the level from now on; the same
// level given twice means nothing. A Line is safe to call from any goroutine, does
// not block and does not call the device that drives it.
type Line func(level bool)

// Unconnected is the Line of a device whose interrupt goes nowhere.
func Unconnected(bool) {}

// OrUnconnected returns l, or Unconnected when l is nil.
func (l Line) OrUnconnected() Line {
	if l == nil {
		return Unconnected
	}
	return l
}
