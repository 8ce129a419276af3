package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	goruntime "runtime"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/storage"
	"github.com/hartwood-vm/hartwood/runtime/storage/overlay"
	"github.com/hartwood-vm/hartwood/runtime/storage/partition"
	"github.com/hartwood-vm/hartwood/runtime/storage/qcow2"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

const bootLong = `Boot a distribution's disk image, raw or qcow2, or packed with gzip, xz or zstd, and say how to log in.

WHAT IT DOES
  The image stays as it is: what the guest writes is kept beside the packed images in the user's cache, and found there the
  next time. --write has the guest write to the image itself, --fresh forgets what was kept. --disk-size has the guest see a
  larger disk, into which cloud-init has its file system grow.
  Firmware is EDK2 if the image has an EFI system partition, and U-Boot otherwise. They are found where Debian's packages
  qemu-efi-riscv64 and u-boot-qemu have them, and where 'make linux-files' puts them.
  cloud-init, in images that have it, is told of a user with your public keys and of a host name, by a small disk behind all
  others. A free port of the host's leads to port 22 of the guest.
  Harts are as many as the host has processors, memory is half of the host's, up to 4 GiB.
  Native code is kept in the user's cache for the next time (--code-store, 'hartwood store').
  The console is this terminal, with the keys of 'hartwood run'. Its other options are understood, too.`

const bootExamples = `  # log in by ssh as yourself; Ctrl-A x leaves
  hartwood boot debian-13-genericcloud-riscv64.qcow2

  # an image that is changed, with a directory of the host's and a fixed port
  hartwood boot --write disk.img --share src --forward tcp:127.0.0.1:2222:22

  # everything that cloud-init can do
  hartwood boot --fresh --user-data setup.yaml --user debian image.img.xz`

// maxBootMemory is the RAM that a guest has at most if nobody says how much.
const maxBootMemory = 4 * runtime.GiB

// boot is one execution of the boot command.
type boot struct {
	run
	image    string
	format   storage.Format
	write    bool
	fresh    bool
	diskSize runtime.Size // 0: the image's
	firmware firmwareKind
	guest    guestUser

	variables string   // the file that firmware's variables begin as; empty: they need none
	chosen    []string // lines for the user, for when the machine starts
}

func (a *app) bootCommand() *cobra.Command {
	b := &boot{run: run{app: a, config: runtime.Default()}}
	cmd := &cobra.Command{
		Use:     "boot IMAGE",
		Short:   "Boot a distribution's disk image",
		Long:    bootLong,
		Example: bootExamples,
		Args:    cobra.ArbitraryArgs,
		RunE:    b.execute,
	}
	own := newFlagSet("own")
	addOwn(own, setting.Switch(&b.write, false, "write", "let the guest write to the image itself"))
	addOwn(own, setting.Switch(&b.fresh, false, "fresh", "forget what guests have written before to where it was kept"))
	addOwn(own, setting.Bytes(&b.diskSize, 0, "disk-size", "`SIZE` of the disk that the guest sees, to be larger than the image").MultipleOf(512).Zero("as it is"))
	addOwn(own, setting.OneOf(&b.format, storage.Detect, "format", "`FORMAT` of the image; qcow2 trusts the backing files that it names", storage.Formats...))
	addOwn(own, setting.OneOf(&b.firmware, firmwareByImage, "firmware", "`FIRMWARE` that starts the image", firmwareByImage, firmwareEDK2, firmwareUBoot))
	b.guest.bind(own)
	addOwn(own, setting.Switch(&b.json, false, "json", "print the summary as one JSON object (implies --stats)"))
	b.watch.bind(own)
	b.bind(cmd, own)
	last := len(b.groups) - 1
	b.groups = append([]shownGroup{b.groups[last]}, b.groups[:last]...)
	for name, value := range map[string]string{"harts": "the host's", "memory": "half of the host's, up to 4G", "bus": "pci", "code-store": "the user's cache"} {
		cmd.Flags().Lookup(name).DefValue = value
	}
	return cmd
}

func (b *boot) execute(cmd *cobra.Command, args []string) error {
	if b.helpAll {
		return cmd.Help()
	}
	if len(args) != 1 || args[0] == "" {
		return fmt.Errorf("boot: %d images are named; name one disk image, such as: hartwood boot debian.qcow2", len(args))
	}
	b.image, b.name = args[0], args[0]
	given, err := b.gather(cmd)
	if err != nil {
		return err
	}
	seed, err := b.prepareMachine(cmd.Context(), given)
	if seed != nil {
		defer seed.Close()
	}
	if err != nil {
		return err
	}
	return b.machine(cmd.Context())
}

// prepareMachine completes the configuration, makes the files that are kept, and says what has been chosen. seed is a file in
// memory that the machine needs, if there is one.
func (b *boot) prepareMachine(ctx context.Context, given func(string) bool) (seed *os.File, err error) {
	c := &b.config
	if c.Program != "" {
		return nil, fmt.Errorf("program: %s and an image cannot both run; leave one out", c.Program)
	}
	if !given("harts") {
		c.Harts = min(goruntime.NumCPU(), runtime.MaxHarts)
	}
	if !given("memory") {
		c.Memory = bootMemory()
	}
	if !given("bus") {
		c.Bus = runtime.BusPCI
	}
	if c.CodeStore.Dir == "" {
		c.CodeStore.Dir = codeStore()
	}
	base, esp, err := b.look(ctx)
	if err != nil {
		return nil, err
	}
	place, err := b.place(base)
	if err != nil {
		return nil, err
	}
	if err := b.chooseFirmware(esp, place); err != nil {
		return nil, err
	}
	if seed, err = b.guest.seed(b.image); err != nil {
		return nil, err
	}
	if seed != nil {
		c.Drives = append(c.Drives, runtime.Drive{Path: fmt.Sprintf("/proc/self/fd/%d", seed.Fd()), ReadOnly: true, Format: storage.Raw})
	}
	b.forward(place.Key)
	if err = b.check(); err == nil {
		err = b.keep(ctx, base, place)
	}
	if err == nil {
		for _, line := range b.chosen {
			b.say("%s", line)
		}
	}
	return seed, err
}

// chose notes something that the user may want to know.
func (b *boot) chose(format string, args ...any) {
	b.chosen = append(b.chosen, fmt.Sprintf(format, args...))
}

// bootMemory is how much RAM a guest has if nobody says it: half of the host's, in steps of 256 MiB.
func bootMemory() runtime.Size {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return runtime.GiB
	}
	half := runtime.Size(info.Totalram) * runtime.Size(info.Unit) / 2
	return min(max(half/(256*runtime.MiB), 2)*256*runtime.MiB, maxBootMemory)
}

// look reads the image, once and before the machine does: what it is, and whether UEFI firmware can start it.
func (b *boot) look(ctx context.Context) (base overlay.Base, esp bool, err error) {
	disk, err := b.config.OpenImage(ctx, runtime.Drive{Path: b.image, Format: b.format}, func(dir string) {
		b.say("%s is packed: it is unpacked into %s", b.image, dir)
	})
	if err != nil {
		return base, false, err
	}
	base = overlay.Base{Path: disk.Path, Format: string(disk.Format), Size: disk.Size()}
	esp, err = partition.HasESP(disk, disk.Size())
	if errors.Is(err, partition.ErrBad) {
		b.chose("%s: %v; it is taken for one without an EFI system partition (--firmware chooses)", b.image, err)
		err = nil
	}
	if err = errors.Join(err, disk.Close()); err != nil {
		err = fmt.Errorf("drive %s: %w", b.image, err)
	}
	return base, esp, err
}

// place makes the image the first drive, with an overlay unless it is written to. The overlay need not be there yet.
func (b *boot) place(base overlay.Base) (p overlay.Place, err error) {
	c := &b.config
	store, err := c.Overlays()
	if err != nil {
		return p, fmt.Errorf("boot: %w", err)
	}
	if p, err = store.Of(b.image); err != nil {
		return p, err
	}
	drive := runtime.Drive{Path: p.Overlay, Format: storage.QCOW2}
	if b.write {
		if base.Path != b.image {
			return p, fmt.Errorf("--write: %s is packed and can only be read; unpack it, or leave --write out", b.image)
		}
		if b.diskSize != 0 {
			return p, fmt.Errorf("--disk-size: with --write the disk is the image itself; make that larger with: qemu-img resize -f %s %s %s", base.Format, b.image, b.diskSize)
		}
		drive = runtime.Drive{Path: b.image, Format: storage.Format(base.Format)}
	}
	if size := int64(b.diskSize); size != 0 && size < base.Size {
		return p, fmt.Errorf("--disk-size: %s is less than the %d bytes of %s; choose more, or leave it out", b.diskSize, base.Size, b.image)
	}
	c.Drives = append([]runtime.Drive{drive}, c.Drives...)
	return p, nil
}

// keep makes the files that outlive the machine.
func (b *boot) keep(ctx context.Context, base overlay.Base, p overlay.Place) error {
	if b.fresh {
		if err := p.Forget(); err != nil {
			return fmt.Errorf("--fresh: %w", explainKept(err))
		}
	}
	what := fmt.Sprintf("the guest writes to %s itself", b.image)
	if !b.write {
		base.Disk = int64(b.diskSize)
		begun, err := p.Begin(base)
		if err != nil {
			return fmt.Errorf("%s: %w", b.image, explainKept(err))
		}
		verb := "what guests have written is in"
		if begun {
			verb = "what the guest writes is kept in"
		}
		what = fmt.Sprintf("%s stays as it is; %s %s (--fresh forgets it)", b.image, verb, p.Overlay)
	}
	b.chosen = append([]string{what}, b.chosen...)
	if b.variables == "" {
		return nil
	}
	if err := p.BeginVariables(ctx, b.variables, maxVariables); err != nil {
		return fmt.Errorf("%s: %w", b.image, explainKept(err))
	}
	return nil
}

// explainKept adds the remedy to an error of an overlay.
func explainKept(err error) error {
	remedy := "choose another directory with --image-cache"
	switch {
	case errors.Is(err, overlay.ErrChanged):
		remedy = "--fresh forgets what guests have written, and --write does without it"
	case errors.Is(err, overlay.ErrSmaller):
		remedy = "leave --disk-size out, or choose more; --fresh begins anew, and forgets what guests have written"
	case errors.Is(err, qcow2.ErrLimit):
		remedy = "choose less by --disk-size, or begin anew with --fresh"
	case errors.Is(err, overlay.ErrInUse):
		remedy = "end that machine first"
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		remedy = "make room, or " + remedy
	case !errors.Is(err, fs.ErrPermission) && !errors.Is(err, unix.EROFS):
		return err
	}
	return fmt.Errorf("%w; %s", err, remedy)
}
