package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// pass is one way to run tests.
type pass struct {
	env   []string
	flags []string
	takes func(folder) bool // which packages; nil: all
	skips []string          // tests that another pass runs
}

// timeout is when a package's tests count as hung, on a machine that does other things too.
const timeout = "30m"

var (
	short = pass{flags: []string{"-short"}}
	unit  = pass{}

	// race runs what the race detector can find something in. It watches Go's own memory and not the guest's, so
	// that guests may race as they please; and it makes the interpreter some ten times slower.
	race = pass{
		env:   []string{"CGO_ENABLED=1"},
		flags: []string{"-race", "-short"},
		takes: folder.concurrent,
		skips: sequential,
	}

	// linux boots Debian's kernel; other passes skip these tests where its files are not named.
	linux = pass{
		flags: []string{"-count=1"},
		takes: func(f folder) bool { return strings.HasSuffix(f.ImportPath, "/bench/linux") },
	}
)

// sequential are the tests of concurrent packages that take long and in which one goroutine does all the work, or one
// hart, whose compiler's workers other tests show to the detector.
var sequential = []string{
	"TestGuests", "TestLockstepGuests", "TestLockstepLinkedGuests", // runtime
}

// folder is a package as `go list -json` knows it.
type folder struct {
	ImportPath   string
	Dir          string
	Imports      []string
	TestGoFiles  []string
	TestImports  []string
	XTestGoFiles []string
	XTestImports []string
}

// concurrent tells whether the package, or a test of it, shares memory between goroutines: it synchronizes them.
func (f folder) concurrent() bool {
	return slices.ContainsFunc(slices.Concat(f.Imports, f.TestImports, f.XTestImports), func(path string) bool {
		return path == "sync" || path == "sync/atomic" || strings.HasPrefix(path, "golang.org/x/sync/") ||
			strings.HasPrefix(path, "github.com/panjf2000/ants/")
	})
}

// folders asks go for the packages that have tests.
func folders(ctx context.Context, dir string, flags ...string) ([]folder, error) {
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"list", "-json"}, flags, []string{"./..."})...)
	cmd.Dir = dir
	answer, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var all []folder
	for decoder := json.NewDecoder(strings.NewReader(string(answer))); ; {
		var f folder
		if err := decoder.Decode(&f); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		if len(f.TestGoFiles)+len(f.XTestGoFiles) > 0 {
			all = append(all, f)
		}
	}
}

// packages are the import paths of those that the pass takes.
func (p pass) packages(all []folder) []string {
	var taken []string
	for _, f := range all {
		if p.takes == nil || p.takes(f) {
			taken = append(taken, f.ImportPath)
		}
	}
	return taken
}

// args are the arguments of go for the pass.
func (p pass) args(packages []string) []string {
	args := slices.Concat([]string{"test", "-json", "-timeout", timeout}, p.flags)
	if len(p.skips) > 0 {
		args = append(args, "-skip", "^("+strings.Join(p.skips, "|")+")$")
	}
	return append(args, packages...)
}
