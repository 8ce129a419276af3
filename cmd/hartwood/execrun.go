package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	guestjob "github.com/hartwood-vm/hartwood/runtime/boot/job"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/ports"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// killTime is how long a command that was killed has until the machine ends.
const killTime = 5 * time.Second

// run runs the guest and returns how the command ended. The result is nil if no machine has run.
func (e *execution) run(ctx context.Context, j *guestjob.Job) (end guestjob.End, ran *runtime.Result, err error) {
	archive, err := j.Initramfs()
	if err != nil {
		return end, nil, fmt.Errorf("exec: %w", err)
	}
	initrd, err := hostfile.Memory("initrd", bytes.NewReader(archive))
	if err != nil {
		return end, nil, err
	}
	defer initrd.Close()
	e.config.Initrd = fmt.Sprintf("/proc/self/fd/%d", initrd.Fd())
	console, told := &plain.Tail{Limit: 4 << 10}, &plain.Tail{Limit: 16 << 10}
	signals, send, err := os.Pipe()
	if err != nil {
		return end, nil, err
	}
	defer signals.Close()
	defer send.Close()
	var t *session
	stdin, stdout := e.stdin, e.job.stdout(e.stdout)
	if e.tty {
		var leave context.CancelCauseFunc
		ctx, leave = context.WithCancelCause(ctx)
		defer leave(nil)
		t = e.newSession(ctx, leave)
		defer t.close()
		stdin, stdout = t.screen.in, t.screen.out
	}
	e.config.Stdout = console
	e.config.Ports = make([]ports.Port, guestjob.Ports)
	e.config.Ports[guestjob.Input].In = stdin
	e.config.Ports[guestjob.Output].Out = stdout
	e.config.Ports[guestjob.Errors].Out = e.stderr
	e.config.Ports[guestjob.Control] = ports.Port{In: signals, Out: told}

	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { e.pass(inner, context.Cause(ctx), send, cancel) })()
	machine, err := runtime.NewContext(inner, e.config)
	if err != nil {
		return end, nil, err
	}
	if t != nil {
		t.machine.Store(machine)
		if err := t.screen.begin(); err != nil {
			return end, nil, errors.Join(err, machine.Close())
		}
		go e.tellSizes(inner, send)
	}
	result, err := machine.Run(inner)
	if t != nil {
		if err := t.screen.end(); err != nil {
			e.say("restore the terminal: %v; 'reset' does so", err)
		}
	}
	if err != nil {
		return end, nil, err
	}
	if result.Reason == runtime.Cancelled {
		return end, nil, context.Cause(inner)
	}
	if end, err = guestjob.ParseEnd(told.String()); err != nil {
		return end, nil, &brokenError{fmt.Errorf("%w; its kernel said: %s", err, plain.Text(console.String()))}
	}
	return end, &result, nil
}

// pass tells the guest of a signal. A command that goes on is killed after a while, and then the machine ends.
func (e *execution) pass(ctx context.Context, cause error, send *os.File, cancel context.CancelCauseFunc) {
	var stopped *signalError
	if !errors.As(cause, &stopped) {
		cancel(&brokenError{cause})
		return
	}
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{stopped.signal, e.grace}, {syscall.SIGKILL, killTime}} {
		_, _ = send.Write(guestjob.Signal(int(step.signal)))
		select {
		case <-time.After(step.wait):
		case <-ctx.Done():
			return
		}
	}
	cancel(cause)
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

// explainMount says what to do about a root that could not be mounted.
func explainMount(why string) string {
	switch {
	case !strings.HasPrefix(why, "mount the root"):
		return ""
	case strings.HasSuffix(why, ": error 19"):
		return "; the kernel lacks this file system, and its modules are not there: choose another --kernel, or 'make linux-files'"
	case strings.HasPrefix(why, "mount the root drive"):
		return "; there is no ext4 file system with programs on the disk or its first 16 partitions, or the kernel lacks the modules for it"
	}
	return ""
}
