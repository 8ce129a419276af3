package main

import "time"

// patience is how long nothing is shown before a line says what is going on.
const patience = 2 * time.Second

// after runs say once patience is over, unless the returned function was called by then. That function returns when
// say can no longer run.
func after(say func()) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-timer.C:
			say()
		case <-done:
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// tellLoading says what takes so long before the guest runs.
func (a *app) tellLoading(what string) (stop func()) {
	return after(func() { a.say("loading %s …", what) })
}

// tellSilence tells a person at a terminal that a guest that has not written anything is running all the same.
func (a *app) tellSilence(t *terminal) (stop func()) {
	if !isTerminal(a.stderr) {
		return func() {}
	}
	return after(func() {
		if t.out.some.Load() {
			return
		}
		leave := "Ctrl-C leaves"
		if t.interactive {
			leave = "Ctrl-A x leaves"
		}
		a.say("the guest runs and has not written anything yet; %s", leave)
	})
}
