package devices

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hartwood-vm/hartwood/bench/contest"
	"github.com/hartwood-vm/hartwood/bench/linux/initramfs"
)

//go:embed guest
var guest embed.FS

// files are what the contestants need.
type files struct{ hartwood, initrd, disk, share, forward, socket string }

// build makes them in dir.
func build(ctx context.Context, o Options, tasks []Task, dir string, progress io.Writer) (f files, err error) {
	f = files{
		initrd: filepath.Join(dir, "initrd"), disk: filepath.Join(dir, "disk"),
		share: filepath.Join(dir, "share"), socket: filepath.Join(dir, "socket"),
	}
	fmt.Fprintln(progress, "making what the tasks are done with")
	if f.hartwood, err = o.Command(ctx, dir); err != nil {
		return f, err
	}
	if err := root(ctx, o, tasks, dir, f.initrd); err != nil {
		return f, err
	}
	if f.forward, err = freePort(); err != nil {
		return f, err
	}
	if err := os.Mkdir(f.share, 0o755); err != nil {
		return f, err
	}
	large, files := filepath.Join(f.share, "large"), filepath.Join(f.share, "tree")
	for _, made := range []struct {
		needed bool
		make   func() error
	}{
		{some(tasks, "disk"), func() error { return blocks(f.disk, diskSize) }},
		{some(tasks, "share-read") || some(tasks, "share-direct"), func() error { return blocks(large, largeSize) }},
		{onTree(tasks), func() error { return tree(ctx, files, treeFiles) }},
	} {
		if !made.needed {
			continue
		}
		if err := made.make(); err != nil {
			return f, err
		}
	}
	return f, nil
}

// root makes the guest's root file system.
func root(ctx context.Context, o Options, tasks []Task, dir, to string) error {
	program := filepath.Join(dir, "measure")
	if err := compile(ctx, dir, program); err != nil {
		return err
	}
	c := initramfs.FromCache(o.Linux, program)
	var err error
	if c.Init, err = guest.ReadFile("guest/init.sh"); err != nil {
		return err
	}
	if some(tasks, "share-git") {
		tree, err := git(ctx, o.Linux)
		if err != nil {
			return err
		}
		c.Trees = append(c.Trees, tree)
	}
	return initramfs.WriteFile(to, c)
}

// compile makes the program that works in the guest.
func compile(ctx context.Context, dir, output string) error {
	arguments := []string{"-O2", "-static", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", output}
	sources, err := fs.Glob(guest, "guest/*.[ch]")
	if err != nil {
		return err
	}
	for _, source := range sources {
		text, err := guest.ReadFile(source)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.Base(source))
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
		if filepath.Ext(path) == ".c" {
			arguments = append(arguments, path)
		}
	}
	return contest.Tool(ctx, "riscv64-linux-gnu-gcc", arguments...)
}

// gitFiles are what git and the libraries that it needs bring that status and diff need.
var gitFiles = []string{
	"usr/bin/git", "usr/lib/riscv64-linux-gnu/ld-linux-riscv64-lp64d.so.1", "usr/lib/riscv64-linux-gnu/libc.so.6",
	"usr/lib/riscv64-linux-gnu/libz.so.1", "usr/lib/riscv64-linux-gnu/libpcre2-8.so.0",
}

// git returns a folder with Debian's git for the guest, which it brings where it is not there yet.
func git(ctx context.Context, linux string) (string, error) {
	tree := filepath.Join(linux, "devices-git")
	if _, err := os.Stat(tree); !errors.Is(err, fs.ErrNotExist) {
		return tree, err
	}
	work, err := os.MkdirTemp(linux, "devices-git-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	debs, whole, picked := filepath.Join(work, "debs"), filepath.Join(work, "whole"), filepath.Join(work, "picked")
	if err := contest.Tool(ctx, filepath.Join(contest.Scripts, "apt-download.sh"), "riscv64", "trixie", debs, "git", "libpcre2-8-0", "zlib1g", "libc6"); err != nil {
		return "", err
	}
	packages, err := filepath.Glob(filepath.Join(debs, "*.deb"))
	if err != nil {
		return "", err
	}
	for _, deb := range packages {
		if err := contest.Tool(ctx, "dpkg-deb", "-x", deb, whole); err != nil {
			return "", err
		}
	}
	for _, name := range gitFiles {
		text, err := os.ReadFile(filepath.Join(whole, name))
		to := filepath.Join(picked, name)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755)); err != nil {
			return "", err
		}
		if err := os.WriteFile(to, text, 0o755); err != nil {
			return "", err
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(picked, "lib"), 0o755),
		os.Symlink("/"+gitFiles[1], filepath.Join(picked, "lib", filepath.Base(gitFiles[1])))); err != nil {
		return "", err
	}
	return tree, os.Rename(picked, tree)
}
