package linux

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/bench/linux/initramfs"
)

// heapsOf are who may manage the memory of a program of bench/guests; it runs under the name of both.
func heapsOf(program string) []guests.Heap {
	switch program {
	case "scheme":
		return []guests.Heap{guests.Managed}
	case "live", "listtest":
		return []guests.Heap{guests.Managed, guests.Boehm}
	}
	return []guests.Heap{guests.Managed, guests.Malloc, guests.Boehm}
}

// heapBoot returns a boot that runs commands, which find the programs of the managed heap.
func heapBoot(t testing.TB, harts int, commands []string) boot {
	t.Helper()
	f := need(t)
	const compiler = "riscv64-linux-gnu-gcc"
	if _, err := exec.LookPath(compiler); err != nil {
		t.Skipf("there is no %s, which compiles the guest's programs", compiler)
	}
	boehm := filepath.Join(f.cache, "libgc")
	if _, err := os.Stat(boehm); err != nil {
		t.Skipf("%v; 'make linux-files' brings it", err)
	}
	dir := t.TempDir()
	c := guests.Compiler{
		Command: []string{compiler, "-static", "-march=rv64gc", "-I" + filepath.Join(boehm, "include")},
		Library: filepath.Join(boehm, "libgc.a"),
	}
	script := filepath.Join(dir, "heap.sh")
	if err := os.WriteFile(script, []byte("set -e\n"+strings.Join(commands, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	files := []string{script}
	text := strings.Join(commands, "\n")
	for _, program := range guests.HeapPrograms {
		for _, heap := range heapsOf(program) {
			output := filepath.Join(dir, fmt.Sprintf("%s-%v", program, heap))
			if !strings.Contains(text, filepath.Base(output)) {
				continue
			}
			if err := c.Compile(t.Context(), output, program, heap); err != nil {
				t.Fatal(err)
			}
			files = append(files, output)
		}
	}
	initrd := filepath.Join(dir, "initrd.gz")
	if err := initramfs.WriteFile(initrd, initramfs.FromCache(f.cache, files...)); err != nil {
		t.Fatal(err)
	}
	return boot{files: f, harts: harts, mode: "heap", initrd: initrd, options: []string{"--managed-heap-reserve", "256M"}}
}

// heapLine is what a program of the managed heap prints: its name, who manages its memory, how many workers it has,
// what it has computed and, most of them, how long that took.
var heapLine = regexp.MustCompile(`(?m)^(\w+) (managed|malloc|boehm): (\d+) workers,.* sum ([0-9a-f]{16})(?:, (\d+) us)?`)

// TestManagedHeap runs the programs as processes, on each heap that they can have: the results are the same.
func TestManagedHeap(t *testing.T) {
	sizes := []struct{ program, parameters string }{
		{"gcbench", "depth=12"}, {"bintrees", "depth=14"}, {"mutate", "live_mib=20 steps=100000"},
		{"live", "live_mib=20 cycles=2"}, {"listtest", "items=50000"},
	}
	var commands []string
	for _, p := range sizes {
		for _, workers := range []int{1, 4} { // as many as harts, and more
			for _, heap := range heapsOf(p.program) {
				commands = append(commands, fmt.Sprintf("%s-%v %s workers=%d", p.program, heap, p.parameters, workers))
			}
		}
	}
	commands = append(commands, "scheme-managed rounds=4 workers=4")
	s := heapBoot(t, 2, commands).start(t)
	s.expect(t, "HARTWOOD-HEAP-END")
	console := s.finish(t)

	sums := make(map[string]string) // by program and workers
	found := heapLine.FindAllStringSubmatch(console, -1)
	for _, line := range found {
		key := line[1] + ", workers: " + line[3]
		if sums[key] != "" && sums[key] != line[4] {
			t.Errorf("%s: %s gives %s, another heap %s", key, line[2], line[4], sums[key])
		}
		sums[key] = line[4]
	}
	if want := len(commands) - 1; len(found) != want {
		t.Errorf("%d programs gave a result, want %d:\n%s", len(found), want, console)
	}
	if !strings.Contains(console, "scheme: 4 rounds, digest 78952613235") {
		t.Errorf("Scheme does not give its digest:\n%s", console)
	}
}

// BenchmarkManagedHeap measures GCBench and binary trees with the managed heap, with malloc and free and with Boehm's
// collector, in turn in one machine and in several machines, and reports medians in seconds and how much faster than the
// other two the managed heap is.
func BenchmarkManagedHeap(b *testing.B) {
	const rounds = 3
	for _, program := range []string{"gcbench", "bintrees"} {
		for _, harts := range []int{1, 2, 4} {
			b.Run(fmt.Sprintf("%s/harts=%d", program, harts), func(b *testing.B) {
				var commands []string
				for _, heap := range heapsOf(program) {
					commands = append(commands, fmt.Sprintf("%s-%v workers=%d", program, heap, harts))
				}
				machine := heapBoot(b, harts, commands)
				times := make(map[string][]float64) // seconds, by heap
				for b.Loop() {
					for range rounds {
						s := machine.start(b)
						s.expect(b, "HARTWOOD-HEAP-END")
						for _, line := range heapLine.FindAllStringSubmatch(s.finish(b), -1) {
							us, err := strconv.ParseFloat(line[5], 64)
							if err != nil {
								b.Fatal(err)
							}
							times[line[2]] = append(times[line[2]], us/1e6)
						}
					}
				}
				median := func(heap guests.Heap) float64 {
					t := times[heap.String()]
					if len(t) < rounds {
						b.Fatalf("%v gave %d times, want at least %d", heap, len(t), rounds)
					}
					slices.Sort(t)
					return t[len(t)/2]
				}
				managed := median(guests.Managed)
				b.ReportMetric(managed, "s-managed")
				b.ReportMetric(median(guests.Malloc)/managed, "x-malloc")
				b.ReportMetric(median(guests.Boehm)/managed, "x-boehm")
			})
		}
	}
}
