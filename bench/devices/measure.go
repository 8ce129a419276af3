package devices

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/bench/contest"
)

// Options are what to measure, and with what.
type Options struct {
	contest.Options
	VirtioFSD string        // QEMU's server of shared directories
	Cache     time.Duration // how long guests believe what they know of files
	Append    string        // more words for the command line of the guests' kernel
}

// Default returns the usual options: one hart, so that the devices have a processor of a small machine for themselves.
func Default() Options {
	o := Options{Options: contest.Default(), VirtioFSD: cmp.Or(os.Getenv("VIRTIOFSD"), "/usr/lib/qemu/virtiofsd")}
	o.Harts, o.Limit, o.Cache = 1, 5*time.Minute, time.Second
	return o
}

// Flags adds a flag for each option.
func (o *Options) Flags(f *flag.FlagSet) {
	o.Options.Flags(f)
	f.StringVar(&o.VirtioFSD, "virtiofsd", o.VirtioFSD, "QEMU's server of shared directories")
	f.DurationVar(&o.Cache, "cache", o.Cache, "how long guests believe what they know of files in the shared directory; the default is that of both")
	f.StringVar(&o.Append, "append", o.Append, "more words for the command line of the guests' kernel; devices.readahead=KIB is read by their first process")
}

// Measure makes what is needed, runs the rounds and writes the results.
func Measure(ctx context.Context, o Options, out, progress io.Writer) (err error) {
	tasks, err := choose(o.Only)
	if err != nil {
		return err
	}
	if err := o.check(tasks); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hartwood-devices-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	f, err := build(ctx, o, tasks, dir, progress)
	if err != nil {
		return err
	}
	s, err := serve(f.forward)
	if err != nil {
		return err
	}
	defer s.listen.Close()
	c := contest.New(o.Limit, f.contestants(o, tasks, s.port())...)
	var all []contest.Time
	for round := range o.Rounds {
		times, err := c.Round(ctx, func(name string, took time.Duration) {
			fmt.Fprintf(progress, "round %d of %d: %s, %.0f s\n", round+1, o.Rounds, name, took.Seconds())
		})
		if err != nil {
			return err
		}
		all = append(all, times...)
	}
	if o.JSON {
		return writeJSON(out, figures(tasks, all))
	}
	return writeTable(out, figures(tasks, all))
}

// check returns an error if something is missing that the tasks need.
func (o *Options) check(tasks []Task) error {
	if err := contest.CheckFolder(); err != nil {
		return err
	}
	if o.WithQEMU() && some(tasks, "share") {
		if _, err := os.Stat(o.VirtioFSD); err != nil {
			return fmt.Errorf("%w; QEMU's virtiofsd is in Debian's qemu-system-common: name it by -virtiofsd (VIRTIOFSD), or leave QEMU out by -no-qemu", err)
		}
	}
	if o.WithQEMU() && onTree(tasks) {
		var files unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err == nil && files.Max < openFiles {
			return fmt.Errorf("QEMU's virtiofsd has a file open for each that the guest remembers, up to %d, and the limit is %d: raise it (ulimit -Hn), or leave QEMU out by -no-qemu",
				openFiles, files.Max)
		}
	}
	return o.Check("busybox", "modules")
}

const (
	memory    = "2G"    // of the guests
	openFiles = 100_000 // of QEMU's server of shared directories
)

// withShare runs QEMU, the arguments behind $4, with $0 as the server of the directory $1 at the socket $2; what guests
// know is good for $3 seconds. It has a file open for each that the guest remembers, up to $4. The server ends with the connection, and so with QEMU.
const withShare = `"$0" --socket-path="$2" -o source="$1" -o cache=auto -o timeout="$3" -o sandbox=chroot --rlimit-nofile="$4" >/dev/null 2>&1 &
for n in $(seq 100); do [ -S "$2" ] && break; sleep 0.05; done
shift 4
exec "$@"`

// contestants returns who does the tasks; the first is Hartwood.
func (f files) contestants(o Options, tasks []Task, port int) []contest.Contestant {
	var list []string
	for _, t := range tasks {
		list = append(list, fmt.Sprintf("%s:%d", t.Name, t.Work))
	}
	harts, image := fmt.Sprint(o.Harts), filepath.Join(o.Linux, "Image")
	line := fmt.Sprintf("console=ttyS0 quiet panic=-1 %s devices.port=%d devices=%s", o.Append, port, strings.Join(list, ","))
	ours := []string{f.hartwood, "run", "--harts", harts, "--memory", memory, "--no-reboot", "--kernel", image, "--initrd", f.initrd,
		"--append", line, "--forward", "tcp:" + f.forward + ":7000"}
	qemu := []string{o.QEMU, "-M", "virt,memory-backend=ram", "-smp", harts, "-m", memory, "-nographic", "-no-reboot",
		"-object", "memory-backend-memfd,id=ram,share=on,size=" + memory,
		"-bios", filepath.Join(o.Linux, "fw_dynamic.bin"), "-kernel", image, "-initrd", f.initrd, "-append", line,
		"-netdev", "user,id=net,hostfwd=tcp:" + f.forward + "-:7000", "-device", "virtio-net-device,netdev=net"}
	if some(tasks, "disk") {
		ours = append(ours, "--drive", f.disk+",readonly")
		qemu = append(qemu, "-drive", "file="+f.disk+",format=raw,if=none,id=disk,readonly=on", "-device", "virtio-blk-device,drive=disk")
	}
	if some(tasks, "share") {
		ours = append(ours, "--share", f.share+",cache="+o.Cache.String())
		qemu = append(qemu, "-chardev", "socket,id=share,path="+f.socket, "-device", "vhost-user-fs-pci,chardev=share,tag=share0")
		qemu = append([]string{"sh", "-c", withShare, o.VirtioFSD, f.share, f.socket, fmt.Sprint(o.Cache.Seconds()), fmt.Sprint(openFiles)}, qemu...)
	}
	all := []contest.Contestant{{Name: contest.Hartwood, Command: append(ours, strings.Fields(o.Arguments)...)}}
	if o.WithQEMU() {
		all = append(all, contest.Contestant{Name: contest.QEMU, Command: qemu})
	}
	return all
}
