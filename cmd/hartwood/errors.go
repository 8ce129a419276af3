package main

import (
	"errors"
	"fmt"
	"syscall"
)

const (
	exitBroken = 1 // the machine broke off
	exitUsage  = 2 // nothing ran
	maxExit    = 255
)

// errLeave cancels a run that the user left at the terminal.
var errLeave = errors.New("left with Ctrl-A x")

// signalError cancels a run that a signal ended.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return fmt.Sprintf("stopped by a signal (%s)", e.signal) }

// brokenError is a run that did not reach the guest's end.
type brokenError struct{ cause error }

func (e *brokenError) Error() string { return e.cause.Error() }
func (e *brokenError) Unwrap() error { return e.cause }

// exitCodeOf returns the exit code for an error that a command came back with.
func exitCodeOf(err error) int {
	var stopped *signalError
	var broken *brokenError
	switch {
	case errors.As(err, &stopped):
		return 128 + int(stopped.signal)
	case errors.As(err, &broken):
		return exitBroken
	}
	return exitUsage
}

// guestExit is the guest's exit code as a process can have it.
func guestExit(code int) int {
	if code < 0 || code > maxExit {
		return maxExit
	}
	return code
}
