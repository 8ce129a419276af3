package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// command returns the path of the command, built once for all benchmarks: memory is measured in a process of its own.
func command(b *testing.B) string {
	b.Helper()
	path, err := build()
	if err != nil {
		b.Fatal(err)
	}
	return path
}

var build = sync.OnceValues(func() (string, error) {
	// The folder stays when the benchmarks end; its name is always the same, so that it does not pile up.
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("hartwood-bench-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "hartwood")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "../cmd/hartwood")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// process is a guest in a process of its own, stopped when the benchmark ends.
type process struct {
	cmd   *exec.Cmd
	began time.Time
	out   *console
	ended chan struct{}
}

// spawn starts a guest and waits until its console has shown text.
func spawn(b *testing.B, text string, name string, args ...string) *process {
	b.Helper()
	p := &process{
		cmd: exec.CommandContext(b.Context(), name, args...), began: time.Now(),
		out: &console{wanted: text, seen: make(chan struct{})}, ended: make(chan struct{}),
	}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.WaitDelay = p.out, p.out, time.Second
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // an end before stop shows in the console
	}()
	select {
	case <-p.out.seen:
	case <-p.ended:
		b.Fatalf("%s ended without %q; the end of its output:\n%s", name, text, p.out.tail())
	}
	return p
}

func (p *process) stop() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
}

// resident returns the bytes of host memory that the process occupies.
func (p *process) resident(b *testing.B) int {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); f[0] == "VmRSS:" {
			kib, err := strconv.Atoi(f[1])
			if err != nil {
				b.Fatal(err)
			}
			return kib << 10
		}
	}
	b.Fatalf("no VmRSS in %q", text)
	return 0
}
