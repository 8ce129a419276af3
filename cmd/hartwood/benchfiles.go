package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/bench/results"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
)

// stateDir is where baselines and history lie.
func stateDir(chosen string) (string, error) {
	if chosen != "" {
		return chosen, nil
	}
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "hartwood"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("%w; name a folder with --dir", err)
	}
	return filepath.Join(home, ".local", "state", "hartwood"), nil
}

var baselineName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func checkBaselineName(name string) error {
	if !baselineName.MatchString(name) {
		return fmt.Errorf("%q is no name for a baseline; choose up to 64 letters, digits, dots, dashes and underscores", name)
	}
	return nil
}

// baselinePath is where a baseline lies.
func baselinePath(dir, name string) string { return filepath.Join(dir, "baselines", name+".json") }

// loadResults loads a baseline, or a file that is named by a path or with an extension.
func (b *bench) loadResults(name string) (*results.Results, error) {
	if strings.ContainsRune(name, filepath.Separator) || slices.Contains([]string{".json", ".txt"}, filepath.Ext(name)) {
		got, err := results.Load(name)
		if errors.Is(err, results.ErrDamaged) {
			err = fmt.Errorf("%w; 'hartwood bench' writes whole ones by --json and by --format go", err)
		}
		return got, err
	}
	if err := checkBaselineName(name); err != nil {
		return nil, err
	}
	dir, err := stateDir(b.o.dir)
	if err != nil {
		return nil, err
	}
	got, err := results.Load(baselinePath(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		known := baselines(dir)
		if len(known) == 0 {
			return nil, fmt.Errorf("there is no baseline %q in %s, and no other; --save-baseline makes one", name, dir)
		}
		return nil, fmt.Errorf("there is no baseline %q in %s%s; there are %s", name, dir, didYouMean(name, known), strings.Join(known, ", "))
	}
	if errors.Is(err, results.ErrDamaged) {
		return nil, fmt.Errorf("%w; --save-baseline %s replaces it", err, name)
	}
	return got, err
}

// baselines are the names of all.
func baselines(dir string) (names []string) {
	paths, _ := filepath.Glob(baselinePath(dir, "*")) // the pattern is a good one
	for _, path := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(path), ".json"))
	}
	return names
}

// keep saves the results where they are to be kept.
func (b *bench) keep(got *results.Results) error {
	if b.o.save == "" {
		return nil
	}
	dir, err := stateDir(b.o.dir)
	if err != nil {
		return err
	}
	path := baselinePath(dir, b.o.save)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("%w; --dir names another folder", err)
	}
	if err := hostfile.Replace(path, got.Write); err != nil {
		return err
	}
	b.say("the baseline %s is in %s", b.o.save, path)
	return nil
}
