package difftest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// ErrNoTime says that nobody has asked for a comparison.
var ErrNoTime = errors.New("DIFF_TIME is not set; 'make test-diff' compares with QEMU")

// SessionFor returns the session, of one worker, that the environment asks for: DIFF_TIME is its duration,
// DIFF_SEED its seed, chance where that is not set. getenv is os.Getenv; dir is for temporary files.
// Without DIFF_TIME the error is ErrNoTime; others name the variable, or what keeps QEMU from running.
func SessionFor(getenv func(string) string, dir string, engines []Options) (*Session, error) {
	text := getenv("DIFF_TIME")
	if text == "" {
		return nil, ErrNoTime
	}
	limit, err := time.ParseDuration(text)
	if err != nil {
		return nil, fmt.Errorf("DIFF_TIME: %w", err)
	}
	seed := uint64(rand.Uint32())
	if text := getenv("DIFF_SEED"); text != "" {
		if seed, err = strconv.ParseUint(text, 0, 64); err != nil {
			return nil, fmt.Errorf("DIFF_SEED: %w", err)
		}
	}
	qemu, err := FindQEMU()
	if err != nil {
		return nil, err
	}
	return &Session{QEMU: qemu, Seed: seed, Time: limit, Workers: 1, Engines: engines, Dir: dir}, nil
}
