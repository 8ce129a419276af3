package kernels

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/bench/contest"
)

// noise is what src/hash.c hashes.
func noise(size int) []byte {
	data := make([]byte, 0, size)
	for x := uint64(11); len(data) < size; {
		x ^= x >> 12
		x ^= x << 25
		x ^= x >> 27
		data = binary.LittleEndian.AppendUint64(data, x*0x2545f4914f6cdd1d)
	}
	return data
}

// TestKernels runs every kernel on the host, small, and the hashes against Go's.
func TestKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for seconds")
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("there is no gcc")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "native")
	if err := compile(t.Context(), dir, program, "gcc"); err != nil {
		t.Fatal(err)
	}
	c := contest.New(time.Minute, contest.Contestant{Name: contest.Native, Command: []string{program, "suite", "1", "1", "all"}})
	for range 2 {
		times, err := c.Round(t.Context(), func(string, time.Duration) {})
		if err != nil {
			t.Fatal(err)
		}
		if len(times) < 22 {
			t.Errorf("there are only the kernels %v", times)
		}
	}

	data := noise(64 << 10)
	digest := sha256.Sum256(data)
	for name, want := range map[string]string{
		"sha256": fmt.Sprintf("%x%x", digest[:4], digest[28:]),
		"crc32":  fmt.Sprintf("%016x", crc32.ChecksumIEEE(data)),
	} {
		samples, err := contest.Contestant{Name: contest.Native, Command: []string{"sh", "-c", program + " " + name + " 64 && echo RESULTS-DONE"}}.Run(t.Context(), time.Minute)
		if err != nil || samples[0].Checksum != want {
			t.Errorf("%s gives %v, %v, want %s", name, samples, err, want)
		}
	}
}
