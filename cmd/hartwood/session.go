package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	goruntime "runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	"golang.org/x/sys/unix"
)

// session is a run as its user has it: the terminal, the keys after Ctrl-A, and signals.
//
// However the process ends, the terminal is given back: a signal that asks for the end cancels the run, which then ends
// in order; a second one, and one that has Go end the process, restore the terminal first and then do what they do
// otherwise. SIGKILL and faults that Go cannot recover from are left to the terminal's guard. SIGPIPE does nothing:
// the write that has raised it fails, and ends the run.
type session struct {
	*app
	screen  *terminal
	leave   context.CancelCauseFunc
	machine atomic.Pointer[runtime.Machine] // nil: being made; set by run.machine, read by the goroutines below

	leaving  time.Time   // when Ctrl-A x was typed first; the keyboard's
	commands chan func() // what keys and signals ask for, for one goroutine: it may take long
	signals  chan os.Signal
	done     chan struct{}
}

var (
	endSignals = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
	// crashSignals have Go print its goroutines and end, if somebody sends them. Faults of this process do not come this way.
	crashSignals = []os.Signal{
		syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV,
		syscall.SIGSTKFLT, syscall.SIGSYS,
	}
	// stopByKey stops a process that a shell can continue, and no other, as SIGTSTP would: once Go has been asked for that,
	// it never gives it back its effect.
	stopByKey    = syscall.SIGTTIN
	otherSignals = []os.Signal{syscall.SIGPIPE, syscall.SIGCONT, syscall.SIGUSR1}
)

// newSession connects the terminal and begins to attend to signals.
func (a *app) newSession(ctx context.Context, leave context.CancelCauseFunc) *session {
	s := &session{app: a, leave: leave, commands: make(chan func(), 4), signals: make(chan os.Signal, 16), done: make(chan struct{})}
	s.screen = a.newTerminal(func() { leave(&signalError{syscall.SIGPIPE}) })
	signal.Notify(s.signals, endSignals...)
	signal.Notify(s.signals, crashSignals...)
	signal.Notify(s.signals, otherSignals...)
	if s.screen.interactive {
		// On a raw terminal no key sends it: somebody means it, whether a shell could continue the process or not.
		signal.Notify(s.signals, syscall.SIGTSTP)
		s.screen.keys.keys.list = s.escapeKeys()
		s.screen.keys.bell = func() { s.ask(func() { _, _ = io.WriteString(s.stderr, "\a") }) }
	}
	go s.attend(ctx.Err() != nil)
	go s.obey()
	return s
}

// close ends what newSession has begun, and gives the terminal back if need be.
func (s *session) close() {
	signal.Stop(s.signals)
	close(s.done)
	_ = s.screen.restore()
}

func (s *session) escapeKeys() []escapeKey {
	return []escapeKey{
		{'x', "leave: stop the machine; a second time: at once", s.exit},
		{'p', "pause the machine, or let it go on", func() { s.ask(s.pause) }},
		{'s', "show what each hart does", func() { s.ask(s.show) }},
		{'n', "send a non-maskable interrupt to hart 0", func() { s.ask(s.nmi) }},
		{'z', "stop this process, to be continued by the shell's fg", func() { s.ask(func() { s.suspend(stopByKey) }) }},
		{'h', "this help", func() { s.ask(func() { s.tell(s.screen.keys.keys.help()) }) }},
	}
}

// ask has f done by and by. What is asked for while four things wait is forgotten.
func (s *session) ask(f func()) {
	select {
	case s.commands <- f:
	default:
	}
}

func (s *session) obey() {
	for {
		select {
		case f := <-s.commands:
			f()
		case <-s.done:
			return
		}
	}
}

// attend treats signals. ending says that the run has been asked to end already.
func (s *session) attend(ending bool) {
	for {
		var got syscall.Signal
		select {
		case sig := <-s.signals:
			got = sig.(syscall.Signal)
		case <-s.done:
			return
		}
		switch got {
		case syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP:
			if ending {
				s.die(got)
			}
			ending = true
		case syscall.SIGPIPE:
		case syscall.SIGCONT:
			if s.screen.interactive {
				_, _ = s.screen.enter()
			}
		case syscall.SIGUSR1:
			s.ask(s.show)
		case syscall.SIGTSTP:
			s.suspend(syscall.SIGSTOP)
		default:
			s.die(got)
		}
	}
}

// die ends the process as the signal does if nobody attends to it, with the terminal as it was found.
func (s *session) die(sig syscall.Signal) {
	_ = s.screen.restore()
	signal.Reset(sig)
	goruntime.LockOSThread() // one in native code would spoil Go's report
	_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), sig)
	select {}
}

// exit leaves the machine; at a second time, when the first has not led to an end, at once.
func (s *session) exit() {
	if s.leaving.IsZero() {
		s.leaving = time.Now()
		s.leave(errLeave)
		return
	}
	if time.Since(s.leaving) > time.Second {
		_ = s.screen.restore()
		os.Exit(exitBroken)
	}
}

// suspend stops the process until somebody continues it.
func (s *session) suspend(how syscall.Signal) {
	if err := s.screen.stopped(how); err != nil {
		s.tell(fmt.Sprintf("hartwood: stop: %v\n", err))
	}
}

// pause has every hart stop, or go on.
func (s *session) pause() {
	m := s.machine.Load()
	if m == nil {
		return
	}
	act, said := m.Pause, "hartwood: paused; Ctrl-A p goes on\n"
	if m.Paused() {
		act, said = m.Resume, "hartwood: goes on\n"
	}
	if act() == nil {
		s.tell(said)
	}
}

// nmi sends a non-maskable interrupt.
func (s *session) nmi() {
	m := s.machine.Load()
	if m == nil {
		return
	}
	switch err := m.NMI(0); {
	case err == nil:
		s.tell("hartwood: NMI sent\n")
	case !errors.Is(err, runtime.ErrClosed):
		s.tell("hartwood: " + err.Error() + "\n")
	}
}

// tell prints lines on standard error, apart from what the guest writes.
func (s *session) tell(lines string) {
	if s.screen.out.screen != nil && isTerminal(s.stderr) {
		lines = s.screen.out.screen.between() + lines
	}
	_ = show(s.stderr, lines)
}
