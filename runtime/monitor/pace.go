package monitor

import (
	goruntime "runtime"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// duty is how much more than a reading takes of a processor has to lie between two of a kind: time on the clock, and
	// processor time of the process, of which a machine on a busy host has little.
	duty = 400
	// idle is how many pauses a machine that does next to nothing is left alone.
	idle = 8
)

// due reports whether the machine may be read again, which takes cost. Since the last reading of that kind time has passed,
// and the process has worked.
func due(passed, worked, pause, cost time.Duration) bool {
	pause = max(pause, duty*cost)
	return passed >= pause && worked >= duty*cost || passed >= idle*pause
}

// Count does work that belongs to watching, and adds its processor time to what the report says of that.
func (m *Monitor) Count(work func()) (took time.Duration) {
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	before := clock(unix.CLOCK_THREAD_CPUTIME_ID)
	work()
	took = clock(unix.CLOCK_THREAD_CPUTIME_ID) - before
	m.mu.Lock()
	m.own += took
	m.mu.Unlock()
	return took
}

// processTime is the processor time of the process so far.
func processTime() time.Duration { return clock(unix.CLOCK_PROCESS_CPUTIME_ID) }

// clock reads one of the clocks of processor time, which cannot fail (clock_getres(2)).
func clock(id int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		panic("BUG: a clock of processor time: " + err.Error())
	}
	return time.Duration(t.Nano())
}
