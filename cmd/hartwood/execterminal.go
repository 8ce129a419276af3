package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	guestjob "github.com/hartwood-vm/hartwood/runtime/boot/job"
	"golang.org/x/term"
)

// giveTerminal has the command have a terminal of the size that ours has.
func (e *execution) giveTerminal(j *guestjob.Job) error {
	file, ok := e.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || !isTerminal(e.stdout) {
		return errors.New("--tty: standard input and output are no terminal; leave --tty out for files and pipes")
	}
	if e.job.output != "" {
		return errors.New("--tty: the terminal is where the command's output goes; leave --output out")
	}
	size, err := sizeOf(file)
	if err != nil {
		return fmt.Errorf("--tty: the terminal's size: %w", err)
	}
	j.Screen = &size
	if kind := os.Getenv("TERM"); kind != "" {
		j.Env = setVariable(j.Env, "TERM="+kind)
	}
	return nil
}

func sizeOf(terminal *os.File) (guestjob.Size, error) {
	columns, rows, err := term.GetSize(int(terminal.Fd()))
	return guestjob.Size{Rows: uint16(rows), Columns: uint16(columns)}, err
}

// tellSizes tells the guest of each size that the terminal takes, until ctx ends.
func (e *execution) tellSizes(ctx context.Context, send *os.File) {
	changes := make(chan os.Signal, 1)
	signal.Notify(changes, syscall.SIGWINCH)
	defer signal.Stop(changes)
	for {
		select {
		case <-changes:
			if size, err := sizeOf(e.stdin.(*os.File)); err == nil {
				_, _ = send.Write(guestjob.Resize(size))
			}
		case <-ctx.Done():
			return
		}
	}
}
