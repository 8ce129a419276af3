package main

import (
	"errors"
	"os"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/rootfs"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/cobra"
)

const execLong = `Run one command in a Linux guest as if it ran here: with these standard streams, its exit code, and the signals that
ask this process to end (INT, TERM, HUP). The kernel is the root's own, from its /boot, or the one that 'make linux-files' brings.

  --image ROOT            a directory, which the command may change; DIR,overlay stays as it is
                          a tar archive (plain, gzip, xz, zstd) or an OCI layout, a directory or an archive: unpacked once,
                          and never changed; LAYOUT,tag=NAME if there are several images
                          a disk image, raw or qcow2, with ext4: stays as it is; FILE,write is written to
  --share DIR             a directory that the guest has at the same absolute path, also DIR,readonly
  --workdir DIR           where the command begins; by default here, if that is in a shared directory, otherwise where the
                          container image says, otherwise /
  --env NAME=VALUE        a variable of the command's; --env NAME takes this process's. Others are not passed on
  --tty                   the command has a terminal, the one here, and its TERM. Ctrl-A x leaves, Ctrl-A h tells of other keys

A container image's entry point, command, variables, user and directory are used as 'docker run' does.

The exit code is the command's, 128+n if signal n ended it, 127 or 126 if there is no such program or none that runs, and 1
if the guest broke off. After a signal the command has --grace to finish; a second one ends this process.`

const execExamples = `  # a program of a Debian root file system
  hartwood exec --image rootfs.tar.xz -- uname -m

  # a build of this directory
  hartwood exec --image rootfs --share . -- make -j2

  # a shell
  hartwood exec --image rootfs.tar.xz --tty -- bash

  # one of many jobs: its number is in HARTWOOD_JOB_INDEX
  hartwood exec --image rootfs.tar.xz --output out.txt --result out.json -- ./test`

// execution is one execution of the exec command.
type execution struct {
	*app
	config     runtime.Config
	image      rootfs.Name
	entrypoint *string // nil: the container image's
	workdir    string
	tty        bool // the command has our terminal
	env        []string
	grace      time.Duration
	job        jobOptions

	root       *rootfs.Root
	kernelFile *os.File // of the root's own kernel; nil: another one
}

func (a *app) execCommand() *cobra.Command {
	e := &execution{app: a, config: runtime.Default()}
	c := &e.config
	cmd := &cobra.Command{
		Use:     "exec [options] -- COMMAND [ARGUMENT...]",
		Short:   "Run one command in a Linux guest as if it ran here",
		Long:    execLong,
		Example: execExamples,
		Args:    cobra.ArbitraryArgs,
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.SetInterspersed(false) // what follows the command's name is the command's
	addOwn(flags, setting.One(&e.image, "root", "image", "`ROOT` of the guest, options behind commas as above", ""))
	addOwn(flags, setting.List(&c.Shares, "share", "share", "`DIRECTORY` that the guest has too; may be repeated"))
	flags.StringArrayVar(&e.env, "env", nil, "`NAME=VALUE` of a variable; may be repeated")
	addOwn(flags, setting.Text(&e.workdir, "workdir", "`DIRECTORY` in the guest where the command begins", ""))
	addOwn(flags, setting.Short("t", setting.Switch(&e.tty, false, "tty", "give the command a terminal, which is the one here, for shells and editors")))
	entrypoint := ""
	addOwn(flags, setting.Text(&entrypoint, "entrypoint", "`PROGRAM` in place of a container image's entry point, or nothing", "the image's"))
	addOwn(flags, setting.One(&c.Net, "network", "net", "`NETWORK` of the guest: user, which is the host's as its user sees it, or none", "user"))
	addOwn(flags, setting.List(&c.Forwards, "forward", "forward", "`PORT` of the host's that leads to the guest, such as tcp:127.0.0.1:2222:22; may be repeated"))
	addOwn(flags, setting.File(&c.Kernel, "kernel", "`FILE` of a Linux Image; its modules are in modules beside it", "the root's, or Image of $HARTWOOD_LINUX or .cache/linux"))
	addOwn(flags, setting.Short("n", setting.Int(&c.Harts, 0, "harts", "`NUMBER` of guest CPUs").Between(1, runtime.MaxHarts).Zero("as many as the host has")))
	addOwn(flags, setting.Short("m", setting.Bytes(&c.Memory, 2*runtime.GiB, "memory", "`SIZE` of RAM, which is committed as it is touched").
		Between(64*runtime.MiB, runtime.TiB).MultipleOf(4*runtime.KiB)))
	addOwn(flags, setting.Duration(&e.grace, 25*time.Second, "grace", "`TIME` that the command has to finish after a signal").Between(0, 24*time.Hour))
	addOwn(flags, setting.File(&c.ImageCache, "image-cache", "`DIRECTORY` where roots are unpacked", "the user's cache"))
	addOwn(flags, setting.Bytes(&c.ImageCacheLimit, 64*runtime.GiB, "image-cache-limit", "`SIZE` that all images and roots there may take of the disk").AtLeast(runtime.MiB))
	for _, s := range c.CodeStore.SettingsOf("the user's cache") {
		addOwn(flags, s)
	}
	e.job.bind(flags)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("entrypoint") {
			e.entrypoint = &entrypoint
		}
		return e.execute(cmd, args)
	}
	return cmd
}

func (e *execution) execute(cmd *cobra.Command, args []string) (err error) {
	began := time.Now()
	if e.image.Path == "" {
		return errors.New("--image: no root is given; name a directory, an archive or an image with programs for riscv64, such as: hartwood exec --image ROOT -- uname -m")
	}
	if err := e.job.begin(); err != nil {
		return err
	}
	defer e.job.abandon()
	j, err := e.prepare(cmd.Context(), args)
	if e.root != nil {
		defer func() { err = errors.Join(err, e.root.Close()) }()
	}
	if e.kernelFile != nil {
		defer e.kernelFile.Close()
	}
	if err != nil {
		return err
	}
	end, ran, err := e.run(cmd.Context(), j)
	return e.finish(cmd.Context(), began, end, ran, err)
}
