package programs

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/bench/contest"
	"github.com/hartwood-vm/hartwood/bench/linux/initramfs"
)

// Options are what to measure, and with what. The image is kept in the folder with Debian's kernel.
type Options struct {
	contest.Options
	Warm bool // measure Hartwood with the code of an earlier run as well
}

// Default returns the usual options.
func Default() Options {
	o := Options{Options: contest.Default(), Warm: true}
	o.Limit = 20 * time.Minute
	return o
}

// Flags adds a flag for each option.
func (o *Options) Flags(f *flag.FlagSet) {
	o.Options.Flags(f)
	f.BoolVar(&o.Warm, "warm", o.Warm, "measure Hartwood with the code of an earlier run as well")
}

// Measure makes what is missing, runs the rounds and writes the results.
func Measure(ctx context.Context, o Options, out, progress io.Writer) (err error) {
	names, err := choose(o.Only)
	if err != nil {
		return err
	}
	if err := contest.CheckFolder(); err != nil {
		return err
	}
	if err := o.Check("busybox", "modules"); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hartwood-programs-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	f, err := build(ctx, o, dir, progress)
	if err != nil {
		return err
	}
	all := f.contestants(o, names)
	if o.Warm {
		fmt.Fprintln(progress, "filling the code store")
		if _, err := all[1].Run(ctx, o.Limit); err != nil {
			return fmt.Errorf("%s: %w", all[1].Name, err)
		}
	}
	c := contest.New(o.Limit, all...)
	if err := c.Rounds(ctx, o.Rounds, progress); err != nil {
		return err
	}
	return c.Write(out, o.JSON)
}

// files are what the contestants need.
type files struct{ hartwood, initrd, image, work, store string }

func build(ctx context.Context, o Options, dir string, progress io.Writer) (f files, err error) {
	f = files{initrd: filepath.Join(o.Linux, "root.gz"), store: filepath.Join(dir, "store")}
	if f.hartwood, err = o.Command(ctx, dir); err != nil {
		return f, err
	}
	if err := initramfs.WriteFile(f.initrd, initramfs.RootFromCache(o.Linux)); err != nil {
		return f, err
	}
	if f.image, err = image(ctx, o, f.hartwood, progress); err != nil {
		return f, err
	}
	f.work, err = work(ctx, o, dir, progress)
	return f, err
}

// contestants returns who runs these programs; the first is Hartwood as it is.
func (f files) contestants(o Options, names []string) []contest.Contestant {
	harts, image := fmt.Sprint(o.Harts), filepath.Join(o.Linux, "Image")
	line := "console=ttyS0 quiet panic=-1 root=/dev/vda rw init=/programs programs=" + strings.Join(names, ",")
	ours := append([]string{f.hartwood, "run", "--harts", harts, "--memory", "2G", "--no-reboot", "--kernel", image, "--initrd", f.initrd,
		"--drive", f.image + ",overlay", "--drive", f.work + ",readonly", "--append", line}, strings.Fields(o.Arguments)...)
	all := []contest.Contestant{{Name: contest.Hartwood, Command: ours}}
	if o.Warm {
		all = append(all, contest.Contestant{Name: contest.Warm, Command: append(ours[:len(ours):len(ours)], "--code-store", f.store)})
	}
	if o.WithQEMU() {
		all = append(all, contest.Contestant{Name: contest.QEMU, Command: []string{
			o.QEMU, "-M", "virt", "-smp", harts, "-m", "2G", "-nographic", "-no-reboot", "-snapshot",
			"-bios", filepath.Join(o.Linux, "fw_dynamic.bin"), "-kernel", image, "-initrd", f.initrd, "-append", line,
			"-drive", "file=" + f.image + ",format=raw,if=none,id=root", "-device", "virtio-blk-device,drive=root",
			"-drive", "file=" + f.work + ",format=raw,if=none,id=work", "-device", "virtio-blk-device,drive=work",
		}})
	}
	return all
}
