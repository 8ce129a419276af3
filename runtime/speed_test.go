package runtime

import (
	"context"
	"os"
	"testing"
)

func BenchmarkFile(b *testing.B) {
	f := os.Getenv("GUEST")
	if f == "" {
		b.Skip()
	}
	for range b.N {
		cfg := Default()
		if os.Getenv("LINUX") != "" {
			cfg.Kernel = "../.cache/linux/Image"
			cfg.Initrd = "../.cache/linux/initrd.gz"
			cfg.Memory = 1 << 30
			cfg.Stdout = os.Stdout
			cfg.Harts = 2
		} else {
			cfg.Program = f
		}
		if j := os.Getenv("JIT"); j != "" {
			cfg.JIT = JITMode(j)
		}
		m, err := New(cfg)
		if err != nil {
			b.Fatal(err)
		}
		r, err := m.Run(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.Stats.Instructions)/r.Stats.Wall.Seconds()/1e6, "MIPS")
	}
}
