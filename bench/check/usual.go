package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// usual knows how long steps took on this machine. A file that cannot be read or written is no reason to fail: the
// table's estimates stand in.
type usual struct {
	path    string
	seconds map[string]float64
}

func readUsual(path string) *usual {
	u := &usual{path: path}
	if data, err := os.ReadFile(path); err != nil || json.Unmarshal(data, &u.seconds) != nil || u.seconds == nil {
		u.seconds = map[string]float64{}
	}
	return u
}

func (u *usual) of(s step) time.Duration {
	if seconds, known := u.seconds[s.name]; known {
		return time.Duration(seconds * float64(time.Second))
	}
	return s.usual
}

// learn takes a good run of a step into account: half of what is usual is what it took, so that one run on a busy
// machine, or one that found all in Go's cache, does not decide alone.
func (u *usual) learn(s step, took time.Duration) {
	u.seconds[s.name] = (u.of(s) + took).Seconds() / 2
	if os.MkdirAll(filepath.Dir(u.path), 0o755) != nil {
		return
	}
	if data, err := json.MarshalIndent(u.seconds, "", "  "); err == nil {
		os.WriteFile(u.path, append(data, '\n'), 0o644)
	}
}
