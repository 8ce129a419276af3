package linux

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkBoot measures from the command's start to the first user process.
func BenchmarkBoot(b *testing.B) {
	for _, harts := range []int{1, 2, 8} {
		b.Run(fmt.Sprintf("harts=%d", harts), func(b *testing.B) {
			f := need(b)
			total := 0.0
			for b.Loop() {
				s := boot{files: f, harts: harts, mode: "drive"}.start(b)
				total += s.expect(b, "HARTWOOD-USER").Seconds()
				s.finish(b)
			}
			b.ReportMetric(total/float64(b.N), "s-to-user")
		})
	}
}

// BenchmarkIdle measures what an idle guest of eight harts costs its host, in percent of one core.
func BenchmarkIdle(b *testing.B) {
	const settle, sample = 5 * time.Second, 20 * time.Second
	f := need(b)
	share := 0.0
	for b.Loop() {
		s := boot{files: f, harts: 8, mode: "idle"}.start(b)
		s.expect(b, "HARTWOOD-IDLE")
		time.Sleep(settle)
		before := cpuTime(b, s.cmd.Process.Pid)
		time.Sleep(sample)
		share += 100 * (cpuTime(b, s.cmd.Process.Pid) - before).Seconds() / sample.Seconds()
		s.cmd.Process.Kill()
	}
	b.ReportMetric(share/float64(b.N), "%core")
}

// cpuTime returns how much processor time a process has used, in user and system mode (proc(5), stat fields 14, 15).
func cpuTime(b *testing.B, pid int) time.Duration {
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	ticks := 0
	for _, field := range strings.Fields(rest)[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * tick
}
