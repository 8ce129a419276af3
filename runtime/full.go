package runtime

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
)

// FullPolicy says what happens when the host has no room for what the guest writes to a
// drive.
type FullPolicy string

// The policies.
const (
	// PauseIfFull stops the harts until there is room. Where nobody can make room, at
	// an overlay's limit, it is EndIfFull.
	PauseIfFull FullPolicy = "pause"
	// EndIfFull ends the run; the write that found no room has not been made, those
	// before it have.
	EndIfFull FullPolicy = "end"
	// ReportIfFull lets the guest see an I/O error.
	ReportIfFull FullPolicy = "report"
)

// ErrDiskFull ends a run whose drive found no room.
var ErrDiskFull = errors.New("no room for what the guest writes")

// fullDrive is a drive that may find no room (blk.Full).
type fullDrive struct {
	m      *Machine
	path   string
	report sync.Once
}

// Begin is called by the drive's workers.
func (f *fullDrive) Begin(err error) bool {
	limit := errors.Is(err, blk.ErrLimit)
	switch policy := f.m.cfg.DiskFull; {
	case policy == ReportIfFull:
		f.report.Do(func() { f.m.warn("drive %s: %v: the guest sees I/O errors", f.path, err) })
		return false
	case policy == EndIfFull || limit:
		remedy := "make room, or choose --disk-full pause"
		if limit {
			remedy = "raise --overlay-limit"
		}
		f.m.fail(fmt.Errorf("drive %s: %w: %w; %s", f.path, ErrDiskFull, err, remedy))
	default:
		f.m.warn("drive %s: %v: the machine waits until there is room", f.path, err)
	}
	f.m.full.Add(1)
	go f.m.settleFull()
	return true // the guest is to see no error
}

// End is called by the worker whose Begin has returned true.
func (f *fullDrive) End() {
	if f.m.full.Add(-1) == 0 {
		go f.m.settleFull()
	}
}

// settleFull holds the harts if a drive waits for room, and lets them go if none does.
func (m *Machine) settleFull() {
	m.life.Lock()
	defer m.life.Unlock()
	switch full := m.full.Load() > 0; {
	case m.closed || full == m.fullHeld:
	case full:
		m.fullHeld = true
		m.core.Hold()
	default:
		m.fullHeld = false
		m.warn("there is room again: the machine goes on")
		m.core.Release()
	}
}

// warn tells Config.Warn a sentence.
func (m *Machine) warn(format string, args ...any) {
	m.warning.Lock()
	defer m.warning.Unlock()
	if m.cfg.Warn != nil {
		m.cfg.Warn(fmt.Sprintf(format, args...))
	}
}
