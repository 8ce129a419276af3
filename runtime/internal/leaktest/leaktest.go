package leaktest

import (
	goruntime "runtime"
	"testing"
	"time"
)

// Check notes how many goroutines there are and, when the test ends, waits until
// there are no more than that. It fails the test only after far longer than any
// goroutine needs to end.
func Check(t *testing.T) {
	t.Helper()
	before := goruntime.NumGoroutine()
	t.Cleanup(func() {
		for range 1000 {
			if goruntime.NumGoroutine() <= before {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before the test\n%s", goruntime.NumGoroutine(), before, buf[:goruntime.Stack(buf, true)])
	})
}
