package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/bench/linux/initramfs"
	"github.com/hartwood-vm/hartwood/bench/suite"
	"github.com/hartwood-vm/hartwood/runtime"
)

// kernel is what a boot of Debian's kernel needs.
type kernel struct{ image, initrd, firmware string }

// debian returns Debian's kernel, or skips the benchmark on a machine without it.
func debian(b *testing.B) kernel {
	b.Helper()
	cache := os.Getenv("HARTWOOD_LINUX")
	if cache == "" {
		b.Skip("HARTWOOD_LINUX names no folder with a kernel; 'make linux-files' brings one")
	}
	initrd, err := makeInitrd()
	if err != nil {
		b.Fatal(err)
	}
	return kernel{filepath.Join(cache, "Image"), initrd, filepath.Join(cache, "fw_dynamic.bin")}
}

// makeInitrd writes the initial file system without the test programs that figures need not.
var makeInitrd = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("hartwood-bench-%d.initrd", os.Getuid()))
	return path, initramfs.WriteFile(path, initramfs.FromCache(os.Getenv("HARTWOOD_LINUX")))
})

const (
	idleLine  = "console=ttyS0 hartwood.mode=idle"
	firstUser = "HARTWOOD-USER" // written by the first user process
)

// BenchmarkBoot measures the time from the start of a process to Debian's kernel's first user process: our machine's
// with each engine and, where it is installed, QEMU's in turns, the median of each.
func BenchmarkBoot(b *testing.B) {
	qemu, _ := exec.LookPath("qemu-system-riscv64")
	for _, harts := range []int{1, 2} {
		b.Run(fmt.Sprintf("harts=%d", harts), func(b *testing.B) {
			onEachEngine(b, func(b *testing.B, e suite.Engine) {
				k, n := debian(b), fmt.Sprint(harts)
				var ours, theirs []time.Duration
				for b.Loop() {
					for range 3 {
						ours = append(ours, boot(b, command(b), "run", "--harts", n, "--memory", "1G", "--jit", string(e.Mode),
							"--kernel", k.image, "--initrd", k.initrd, "--append", idleLine))
						if qemu != "" {
							theirs = append(theirs, boot(b, qemu, "-M", "virt", "-smp", n, "-m", "1G", "-nographic",
								"-bios", k.firmware, "-kernel", k.image, "-initrd", k.initrd, "-append", idleLine))
						}
					}
				}
				b.ReportMetric(median(ours).Seconds(), "s-to-user")
				if qemu != "" {
					b.ReportMetric(median(theirs).Seconds(), "s-to-user-qemu")
				}
				only(b)
			})
		})
	}
}

// boot returns how long a machine takes to the first user process.
func boot(b *testing.B, name string, args ...string) time.Duration {
	b.Helper()
	p := spawn(b, firstUser, name, args...)
	took := time.Since(p.began)
	p.stop()
	return took
}

// BenchmarkIdleLinux measures what an idle Linux guest costs its host, in percent of one core.
func BenchmarkIdleLinux(b *testing.B) {
	const settle, sample = 5 * time.Second, 10 * time.Second
	for _, harts := range []int{1, 8} {
		b.Run(fmt.Sprintf("harts=%d", harts), func(b *testing.B) {
			k := debian(b)
			cfg := runtime.Default()
			cfg.Harts, cfg.Memory = harts, 1*runtime.GiB
			cfg.Kernel, cfg.Initrd, cfg.Append = k.image, k.initrd, idleLine
			var shares []float64
			for b.Loop() {
				stop := runUntil(b, cfg, "HARTWOOD-IDLE")
				time.Sleep(settle)
				before := suite.ProcessorTime()
				time.Sleep(sample)
				shares = append(shares, 100*(suite.ProcessorTime()-before).Seconds()/sample.Seconds())
				stop()
			}
			b.ReportMetric(median(shares), "%core")
			only(b)
		})
	}
}
