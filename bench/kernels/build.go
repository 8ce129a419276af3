package kernels

import (
	"context"
	"embed"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hartwood-vm/hartwood/bench/contest"
	"github.com/hartwood-vm/hartwood/runtime/boot/cpio"
)

// Sources are the C files, in src.
//
//go:embed src
var Sources embed.FS

// cFlags are the same for host and guest.
var cFlags = []string{"-O2", "-static", "-pthread", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"}

// files are what the contestants need.
type files struct{ native, guest, initrd, hartwood string }

// build makes them in dir.
func build(ctx context.Context, o Options, dir string) (files, error) {
	f := files{native: filepath.Join(dir, "native"), guest: filepath.Join(dir, "guest"), initrd: filepath.Join(dir, "initrd")}
	if err := compile(ctx, dir, f.native, "gcc"); err != nil {
		return f, err
	}
	if err := compile(ctx, dir, f.guest, "riscv64-linux-gnu-gcc", "-march=rv64gc"); err != nil {
		return f, err
	}
	if err := pack(f.initrd, f.guest); err != nil {
		return f, err
	}
	var err error
	f.hartwood, err = o.Command(ctx, dir)
	return f, err
}

// compile builds the program with a C compiler; the Sources are laid out in dir.
func compile(ctx context.Context, dir, output, compiler string, flags ...string) error {
	arguments := append(append(flags, cFlags...), "-o", output)
	err := fs.WalkDir(Sources, "src", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := Sources.ReadFile(path)
		if err != nil {
			return err
		}
		file := filepath.Join(dir, d.Name())
		if filepath.Ext(file) == ".c" {
			arguments = append(arguments, file)
		}
		return os.WriteFile(file, text, 0o644)
	})
	if err != nil {
		return err
	}
	return contest.Tool(ctx, compiler, append(arguments, "-lm")...)
}

// pack writes a root file system whose first process is the program.
func pack(output, program string) error {
	text, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	file, err := os.Create(output)
	if err != nil {
		return err
	}
	w := cpio.NewWriter(file)
	w.Dir("dev", 0o755)
	w.CharDevice("dev/console", 0o600, 5, 1)
	w.File("init", 0o755, text)
	if err := w.Close(); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
