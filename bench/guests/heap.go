package guests

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed src
var sources embed.FS

// Heap is who manages the memory of a program that leaves that open.
type Heap int

const (
	Managed Heap = iota // the machine, through its instructions and its device
	Shim                // src/shim.c in the machine's place, on any Linux
	Malloc              // malloc and free
	Boehm               // Boehm's collector
)

var heapNames = []string{"managed", "shim", "malloc", "boehm"}

func (h Heap) String() string { return heapNames[h] }

// HeapPrograms are the programs that Compile makes for Linux. Malloc has the first three only, Boehm not the last.
var HeapPrograms = []string{"gcbench", "bintrees", "mutate", "live", "listtest", "scheme"}

// Compiler is a C compiler for Linux, with the flags that a program needs beyond the usual ones. For Boehm they tell
// where gc/gc.h is, and Library is its libgc.a.
type Compiler struct {
	Command []string
	Library string
}

// Compile builds one of HeapPrograms for Linux as the file output, beside which the sources are laid out. The program
// takes its parameters as NAME=VALUE. The error has what the compiler said.
func (c Compiler) Compile(ctx context.Context, output, program string, heap Heap) error {
	files, err := fs.Glob(sources, "src/"+program+"/*.c")
	if err != nil {
		return err
	}
	for i := range files {
		files[i] = strings.TrimPrefix(files[i], "src/")
	}
	if files == nil {
		files = []string{program + ".c"}
	}
	return c.compile(ctx, output, heap, files...)
}

// compile does so with these files of src, or of elsewhere if their names are absolute.
func (c Compiler) compile(ctx context.Context, output string, heap Heap, files ...string) error {
	src, err := fs.Sub(sources, "src")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(output), "src-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, src); err != nil {
		return err
	}
	arguments := append(c.Command[1:len(c.Command):len(c.Command)], "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror",
		"-pthread", "-I.", "-o", output, "portposix.c", "say.c")
	arguments = append(arguments, files...)
	switch heap {
	case Managed:
		arguments = append(arguments, "-DHEAP_GC", "gcrt.c")
	case Shim:
		arguments = append(arguments, "-DHEAP_GC", "-DGC_SHIM", "gcrt.c", "shim.c")
	case Malloc:
		arguments = append(arguments, "-DHEAP_MALLOC")
	case Boehm:
		arguments = append(arguments, "-DHEAP_BOEHM", c.Library)
	}
	cmd := exec.CommandContext(ctx, c.Command[0], arguments...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s for %v: %w: %s", output, heap, err, strings.TrimSpace(string(out)))
	}
	return nil
}
