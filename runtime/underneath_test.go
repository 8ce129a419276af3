package runtime

import (
	"bytes"
	"io"
	"os"
	goruntime "runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/runtime/boot/demo"
)

// TestTrap28GoUnderneath runs a guest natively while the host's Go collects garbage
// without pause, profiles, preempts and schedules many goroutines: the guest
// computes what it must, and nothing of Go breaks. The pauses are reported.
func TestTrap28GoUnderneath(t *testing.T) {
	needNative(t)
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	goruntime.SetCPUProfileRate(2000) // the profile's own rate, which is lower, is refused
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		t.Fatal(err)
	}
	defer pprof.StopCPUProfile()

	done := make(chan struct{})
	var load sync.WaitGroup
	defer load.Wait()
	defer close(done)
	for range 50 {
		load.Go(func() { litter(done) })
	}
	load.Go(func() { signalThreads(done) })

	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	for end := time.Now().Add(hammerTime(t) / 3); ; {
		cfg := Default()
		cfg.ProgramData, cfg.Harts, cfg.Memory = demo.ELF, 4, 64*MiB
		var out bytes.Buffer
		cfg.Stdout = &out
		m, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		res, err := m.Run(t.Context())
		if err != nil || res.ExitCode != 0 || !strings.Contains(out.String(), "All results are right") {
			t.Fatalf("%v with code %d (%v); console:\n%s", res.Reason, res.ExitCode, err, out.String())
		}
		if res.Stats.jit.Native == 0 {
			t.Fatal("nothing ran natively")
		}
		if !time.Now().Before(end) {
			break
		}
	}
	goruntime.ReadMemStats(&after)
	longest := uint64(0)
	for i := before.NumGC; i < after.NumGC; i++ {
		longest = max(longest, after.PauseNs[i%uint32(len(after.PauseNs))])
	}
	if after.NumGC == before.NumGC {
		t.Error("no garbage was collected")
	}
	t.Logf("%d collections, the longest of the last pauses took %v", after.NumGC-before.NumGC, time.Duration(longest))
}

// litter makes garbage and gives way, until done.
func litter(done <-chan struct{}) {
	var kept [][]byte
	for i := 0; ; i++ {
		select {
		case <-done:
			return
		default:
		}
		kept = append(kept, make([]byte, 4096))
		if len(kept) == 64 {
			kept = nil
			time.Sleep(time.Millisecond)
		}
	}
}

// signalThreads sends the signals of Go's preemption and profiler to every thread of
// the process, until done.
func signalThreads(done <-chan struct{}) {
	for {
		entries, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return
		}
		for _, e := range entries {
			select {
			case <-done:
				return
			default:
			}
			if tid, err := strconv.Atoi(e.Name()); err == nil {
				// The thread may have ended since.
				_ = unix.Tgkill(os.Getpid(), tid, syscall.SIGURG)
				_ = unix.Tgkill(os.Getpid(), tid, syscall.SIGPROF)
			}
		}
		time.Sleep(100 * time.Microsecond)
	}
}
