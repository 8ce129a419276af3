package difftest

import (
	"context"
	"os"
	"testing"
)

func TestDump(t *testing.T) {
	q, _ := FindQEMU()
	n := 0
	for i := range 256 {
		p := Generate(1, 0<<16|uint64(i), i)
		img := NewImage([]*Program{p})
		_, _, err := q.Run(context.Background(), img, t.TempDir())
		if err != nil {
			t.Log(i, err)
			os.WriteFile("/tmp/img.elf", img.ELF(), 0o755)
			if n++; n > 5 {
				break
			}
		}
	}
}
