package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/bench/guests"
)

// BenchmarkIdleHart measures the host memory of harts that have started and wait: the resident memory of a machine
// with that many harts more than one, less that of a machine with one, for each of them. It includes the little guest
// memory that a hart needs, its part of the device tree.
func BenchmarkIdleHart(b *testing.B) {
	for _, harts := range []int{1024, 4094} {
		b.Run(fmt.Sprintf("harts=%d", harts), func(b *testing.B) {
			program := idleProgram(b)
			var each []int
			for b.Loop() {
				one := residentWith(b, "--harts", "1", program)
				many := residentWith(b, "--harts", fmt.Sprint(1+harts), program)
				each = append(each, (many-one)/harts)
			}
			b.ReportMetric(float64(median(each))/1024, "KiB/hart")
			only(b)
		})
	}
}

// BenchmarkMemory measures how much host memory a machine occupies, most of whose RAM is never touched.
func BenchmarkMemory(b *testing.B) {
	for _, size := range []string{"512M", "64G"} {
		b.Run("memory="+size, func(b *testing.B) {
			program := idleProgram(b)
			var all []int
			for b.Loop() {
				all = append(all, residentWith(b, "--memory", size, program))
			}
			b.ReportMetric(float64(median(all))/(1<<20), "MiB-resident")
			only(b)
		})
	}
}

// idleProgram writes the guest that waits to a file.
func idleProgram(b *testing.B) string {
	b.Helper()
	data, err := guests.ELF("idle", nil)
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "idle.elf")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		b.Fatal(err)
	}
	return path
}

// residentWith returns the resident memory of the command, a moment after every hart has begun to wait.
func residentWith(b *testing.B, args ...string) int {
	b.Helper()
	p := spawn(b, "all harts wait", command(b), append([]string{"run"}, args...)...)
	defer p.stop()
	time.Sleep(200 * time.Millisecond)
	return p.resident(b)
}
