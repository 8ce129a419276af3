package jitworker

import (
	"fmt"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
)

const (
	keptFailures = 8
	keptFrames   = 8
	// maxMessage bounds a failure's message, in bytes.
	maxMessage = 2048
)

// Failure is a compilation that made no code.
type Failure struct {
	// Place and Insns are the unit's.
	Place uint64
	Insns int
	// Message is the error's text, or what the panic said and where it happened.
	Message string
	// Panicked tells a panic from an error.
	Panicked bool
}

// panicError is a panic of Compile.
type panicError struct {
	value any
	where string // one line a frame, the innermost first
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v%s", e.value, e.where) }

// attempt calls f and turns its panic into a panicError.
func attempt(f Compile, worker int, u Unit) (out Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, where: panicFrames()}
		}
	}()
	return f(worker, u)
}

// panicFrames says where a panic happened, to the function that recovered from it.
func panicFrames() string {
	var pcs [64]uintptr
	frames := goruntime.CallersFrames(pcs[:goruntime.Callers(3, pcs[:])])
	var text strings.Builder
	for kept := 0; kept < keptFrames; {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") {
			fmt.Fprintf(&text, "\n%s %s:%d", frame.Function, filepath.Base(frame.File), frame.Line)
			kept++
		}
		if !more || strings.HasSuffix(frame.Function, ".attempt") {
			break
		}
	}
	return text.String()
}

// failures keeps the latest failures.
type failures struct {
	mu     sync.Mutex
	latest []Failure // protected by mu: at most keptFailures, the oldest first
}

func (f *failures) note(r request, err error) {
	_, panicked := err.(*panicError)
	message := fmt.Sprintf("%v", err) // survives an Error method that panics
	if len(message) > maxMessage {
		message = message[:maxMessage] + "..."
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.latest) == keptFailures {
		f.latest = append(f.latest[:0], f.latest[1:]...)
	}
	f.latest = append(f.latest, Failure{Place: r.unit.Place(), Insns: r.unit.Insns(), Message: message, Panicked: panicked})
}

func (f *failures) read() []Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.latest)
}
