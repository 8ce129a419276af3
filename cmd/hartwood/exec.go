package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	guestjob "github.com/hartwood-vm/hartwood/runtime/boot/job"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/ports"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/cobra"
)

const execLong = `Run one command in a Linux guest as if it ran here: with these standard streams, its exit code, and the signals that
ask this process to end (INT, TERM, HUP). The guest's root is a directory of the host's with programs for riscv64; the kernel
is a file, by default the one that 'make linux-files' brings.

  --image ROOT            the root directory, which the command may change
  --share DIR             a directory that the guest has at the same absolute path, also DIR,readonly
  --workdir DIR           where the command begins; by default here, if that is in a shared directory, otherwise /
  --env NAME=VALUE        a variable of the command's; --env NAME takes this process's. Others are not passed on

The exit code is the command's, 128+n if signal n ended it, 127 or 126 if there is no such program or none that runs, and 1
if the guest broke off. After a signal the command has 30 seconds to finish; a second one ends this process.`

const execExamples = `  # a program of a Debian root file system
  hartwood exec --image rootfs -- uname -m

  # a build of this directory
  hartwood exec --image rootfs --share . -- make -j2`

// execGrace is how long a command has to finish after a signal.
const execGrace = 30 * time.Second

// execution is one execution of the exec command.
type execution struct {
	*app
	config  runtime.Config
	image   string
	workdir string
	env     []string
	json    bool
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
		RunE:    e.execute,
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.SetInterspersed(false) // what follows the command's name is the command's
	addOwn(flags, setting.File(&e.image, "image", "`ROOT` directory of the guest", ""))
	addOwn(flags, setting.List(&c.Shares, "share", "share", "`DIRECTORY` that the guest has too; may be repeated"))
	flags.StringArrayVar(&e.env, "env", nil, "`NAME=VALUE` of a variable; may be repeated")
	addOwn(flags, setting.Text(&e.workdir, "workdir", "`DIRECTORY` in the guest where the command begins", ""))
	addOwn(flags, setting.File(&c.Kernel, "kernel", "`FILE` of a Linux Image with PCI and virtio built in", "Image of $HARTWOOD_LINUX or .cache/linux"))
	addOwn(flags, setting.Short("n", setting.Int(&c.Harts, 0, "harts", "`NUMBER` of guest CPUs").Between(1, runtime.MaxHarts).Zero("as many as the host has")))
	addOwn(flags, setting.Short("m", setting.Bytes(&c.Memory, 2*runtime.GiB, "memory", "`SIZE` of RAM, which is committed as it is touched").
		Between(64*runtime.MiB, runtime.TiB).MultipleOf(4*runtime.KiB)))
	addOwn(flags, setting.Switch(&e.json, false, "json", "print how the command ended as one line of JSON on standard error"))
	return cmd
}

// execResult is what --json prints.
type execResult struct {
	ExitCode int    `json:"exit_code"`
	Signal   int    `json:"signal,omitempty"`
	Error    string `json:"error,omitempty"`
	WallNS   int64  `json:"wall_ns"`
}

func (e *execution) execute(cmd *cobra.Command, args []string) error {
	began := time.Now()
	if len(args) == 0 {
		return errors.New("exec: there is no command; write it behind --, such as: hartwood exec --image ROOT -- uname -m")
	}
	archive, err := e.prepare(args)
	if err != nil {
		return err
	}
	end, err := e.run(cmd.Context(), archive)
	result := execResult{ExitCode: end.Code, Signal: end.Signal, WallNS: int64(time.Since(began))}
	switch {
	case err != nil:
		result.ExitCode, result.Error = exitCodeOf(err), oneLine(err)
	case end.Error != "":
		result.ExitCode, result.Error = notRun(end.Error), plain.Text(end.Error)
	case end.Signal != 0:
		result.ExitCode = 128 + end.Signal
	}
	e.exitCode = result.ExitCode
	if result.Error != "" {
		e.say("exec: %s", result.Error)
	}
	if e.json {
		line, err := json.Marshal(result)
		if err != nil {
			return err
		}
		return show(e.stderr, string(line)+"\n")
	}
	return nil
}

// notRun is the exit code of a shell for a command that did not run: the error is Linux's.
func notRun(why string) int {
	switch {
	case !strings.HasPrefix(why, "run "):
		return exitBroken
	case strings.HasSuffix(why, ": error 2"):
		return 127
	}
	return 126
}

// prepare completes the configuration and returns the guest's initial RAM disk.
func (e *execution) prepare(args []string) ([]byte, error) {
	c := &e.config
	if e.image == "" {
		return nil, errors.New("--image: no root directory is given; name one with programs for riscv64, such as debootstrap makes")
	}
	if info, err := os.Stat(e.image); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("--image: %s is no directory that is there; name one with programs for riscv64", e.image)
	}
	if c.Kernel == "" {
		c.Kernel = cachedKernel()
	}
	if c.Harts == 0 {
		c.Harts = min(goruntime.NumCPU(), runtime.MaxHarts)
	}
	j := guestjob.Job{Root: "root", Dir: e.workdir, Args: args}
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for i := range c.Shares {
		s := &c.Shares[i]
		if s.Dir, err = filepath.Abs(s.Dir); err != nil {
			return nil, err
		}
		s.Tag = fmt.Sprintf("share%d", i)
		j.Mounts = append(j.Mounts, guestjob.Mount{Tag: s.Tag, Path: s.Dir})
		if below, err := filepath.Rel(s.Dir, here); j.Dir == "" && err == nil && filepath.IsLocal(below) {
			j.Dir = here
		}
	}
	if j.Dir == "" {
		j.Dir = "/"
	}
	for _, v := range e.env {
		name, _, given := strings.Cut(v, "=")
		if name == "" {
			return nil, fmt.Errorf("--env: %q has no name; write NAME=VALUE, or NAME for the value that it has here", v)
		}
		if !given {
			value, is := os.LookupEnv(name)
			if !is {
				continue
			}
			v = name + "=" + value
		}
		j.Env = append(j.Env, v)
	}
	c.Shares = append([]runtime.Share{{Dir: e.image, Tag: j.Root}}, c.Shares...)
	c.Bus, c.Net.Kind, c.NoReboot = runtime.BusPCI, runtime.NetNone, true
	c.Append = "console=ttyS0 quiet loglevel=1 panic=-1 rdinit=/init"
	if err := c.Validate(); err != nil {
		return nil, err
	}
	archive, err := j.Initramfs()
	if err != nil {
		return nil, fmt.Errorf("exec: %w", err)
	}
	return archive, nil
}

// cachedKernel is where 'make linux-files' puts the kernel.
func cachedKernel() string { return filepath.Join(linuxFiles(), "Image") }

// linuxFiles is the folder that 'make linux-files' fills.
func linuxFiles() string {
	if dir := os.Getenv("HARTWOOD_LINUX"); dir != "" {
		return dir
	}
	return filepath.Join(".cache", "linux")
}

// run runs the guest and returns how the command ended.
func (e *execution) run(ctx context.Context, archive []byte) (end guestjob.End, err error) {
	initrd, err := memoryFile("initrd", archive)
	if err != nil {
		return end, err
	}
	defer initrd.Close()
	e.config.Initrd = fmt.Sprintf("/proc/self/fd/%d", initrd.Fd())
	console, told := &tail{limit: 4 << 10}, &tail{limit: 16 << 10}
	signals, send, err := os.Pipe()
	if err != nil {
		return end, err
	}
	defer signals.Close()
	defer send.Close()
	e.config.Stdout = console
	e.config.Ports = make([]ports.Port, guestjob.Ports)
	e.config.Ports[guestjob.Input].In = e.stdin
	e.config.Ports[guestjob.Output].Out = e.stdout
	e.config.Ports[guestjob.Errors].Out = e.stderr
	e.config.Ports[guestjob.Control] = ports.Port{In: signals, Out: told}

	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { e.pass(inner, context.Cause(ctx), send, cancel) })()
	machine, err := runtime.NewContext(inner, e.config)
	if err != nil {
		return end, err
	}
	result, err := machine.Run(inner)
	if err != nil {
		return end, err
	}
	if result.Reason == runtime.Cancelled {
		return end, context.Cause(inner)
	}
	if end, err = guestjob.ParseEnd(told.String()); err != nil {
		return end, &brokenError{fmt.Errorf("%w; its kernel said: %s", err, plain.Text(console.String()))}
	}
	return end, nil
}

// pass tells the guest of a signal. When it has not ended after a while, the machine does.
func (e *execution) pass(ctx context.Context, cause error, send *os.File, cancel context.CancelCauseFunc) {
	var stopped *signalError
	if !errors.As(cause, &stopped) {
		cancel(cause)
		return
	}
	_, _ = send.Write([]byte{byte(stopped.signal)})
	select {
	case <-time.After(execGrace):
		cancel(cause)
	case <-ctx.Done():
	}
}
