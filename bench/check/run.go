package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// run is one execution of some steps.
type run struct {
	out   io.Writer
	usual *usual
	left  left
	once  []string      // tests that failed once, and then passed
	cpu   time.Duration // of the commands of the step that runs
}

func newRun(out io.Writer, usualPath string) *run {
	return &run{out: out, usual: readUsual(usualPath), left: left{}}
}

// all runs the steps up to the first that fails, and tells whether none did.
func (r *run) all(ctx context.Context, chosen []step) bool {
	began := time.Now()
	var cpu time.Duration
	for i, s := range chosen {
		fmt.Fprintf(r.out, "%d/%d %s: %s (usually %s)\n", i+1, len(chosen), s.name, s.does, span(r.usual.of(s)))
		from := time.Now()
		r.cpu = 0
		err := s.run(ctx, r)
		took := time.Since(from)
		cpu += r.cpu
		if err != nil {
			fmt.Fprintf(r.out, "%d/%d %s: FAILED after %s, %s of processor time: %v\n", i+1, len(chosen), s.name, span(took), span(r.cpu), err)
			return false
		}
		fmt.Fprintf(r.out, "%d/%d %s: good after %s, %s of processor time\n", i+1, len(chosen), s.name, span(took), span(r.cpu))
		r.usual.learn(s, took)
	}
	r.left.tell(r.out)
	for _, name := range r.once {
		fmt.Fprintf(r.out, "unsteady: %s failed once and then passed %d times\n", name, passes)
	}
	fmt.Fprintf(r.out, "all good after %s, %s of processor time\n", span(time.Since(began)), span(cpu))
	return true
}

// span writes a duration as people say it.
func span(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// command runs a command whose output is the run's.
func (r *run) command(ctx context.Context, env []string, name string, args ...string) error {
	cmd := r.prepare(ctx, env, name, args...)
	cmd.Stdout = r.out
	return r.finish(cmd, cmd.Run())
}

// prepare returns a command that is interrupted, and not killed, when the run is: go then ends the tests that it runs.
func (r *run) prepare(ctx context.Context, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = r.out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// finish counts the processor time of a command that has ended, and that of the commands it waited for.
func (r *run) finish(cmd *exec.Cmd, err error) error {
	if state := cmd.ProcessState; state != nil {
		r.cpu += state.UserTime() + state.SystemTime()
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", cmd.Args[0], cmd.Args[1], err)
	}
	return nil
}
