package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// together are the passes that have to run every test between them.
var together = []pass{unit, race}

// testFunction is what `go test` takes for a test, an example or the seeds of a fuzz target.
var testFunction = regexp.MustCompile(`^(Test|Example|Fuzz)([^a-z].*)?$`)

// testsOf are the names of a package's tests, and whether it starts goroutines.
func testsOf(t *testing.T, f folder) (names []string, goes bool) {
	t.Helper()
	sources, err := filepath.Glob(filepath.Join(f.Dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	tests := slices.Concat(f.TestGoFiles, f.XTestGoFiles)
	for _, path := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			_, is := n.(*ast.GoStmt)
			goes = goes || is
			return true
		})
		if !slices.Contains(tests, filepath.Base(path)) {
			continue
		}
		for _, declared := range file.Decls {
			if function, is := declared.(*ast.FuncDecl); is && function.Recv == nil &&
				testFunction.MatchString(function.Name.Name) && function.Name.Name != "TestMain" {
				names = append(names, function.Name.Name)
			}
		}
	}
	return names, goes
}

// A test that no pass runs, for its package is not among the pass's or because of a file that is built neither with the
// race detector nor without, checks nothing.
func TestEveryTestRuns(t *testing.T) {
	ran, declared := map[string]bool{}, map[string]bool{}
	for _, p := range together {
		all, err := folders(t.Context(), "../..", slices.DeleteFunc(slices.Clone(p.flags), func(flag string) bool { return flag != "-race" })...)
		if err != nil {
			t.Fatal(err)
		}
		taken := p.packages(all)
		for _, f := range all {
			names, goes := testsOf(t, f)
			if goes && !f.concurrent() {
				t.Errorf("%s starts goroutines, and the race detector's pass does not take it", f.ImportPath)
			}
			for _, name := range names {
				declared[f.ImportPath+"."+name] = true
				if slices.Contains(taken, f.ImportPath) && !slices.Contains(p.skips, name) {
					ran[f.ImportPath+"."+name] = true
				}
			}
		}
	}
	if len(declared) < 500 {
		t.Errorf("only %d tests are found", len(declared))
	}
	for name := range declared {
		if !ran[name] {
			t.Errorf("%s runs in no pass", name)
		}
	}
	for _, name := range sequential {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(declared)), func(full string) bool { return strings.HasSuffix(full, "."+name) }) {
			t.Errorf("%s is left out of the race detector's pass, and there is no such test", name)
		}
	}
}

// What cannot race is not run twice: the detector's pass leaves out packages that synchronize nothing.
func TestRaceTakesWhatIsConcurrent(t *testing.T) {
	all, err := folders(t.Context(), "../..")
	if err != nil {
		t.Fatal(err)
	}
	taken := race.packages(all)
	for name, want := range map[string]bool{
		"runtime": true, "jitworker": true, "gcpar": true, "shardedtlb": true, "vcpu": true, "cmd/hartwood": true,
		"vcpu/fpu": false, "vcpu/isa": false, "jitworker/quick": false, "runtime/boot/image": false,
	} {
		if slices.Contains(taken, "github.com/hartwood-vm/hartwood/"+name) != want {
			t.Errorf("the race detector's pass takes %s: %v, want %v", name, !want, want)
		}
	}
}

func TestArguments(t *testing.T) {
	got := strings.Join(race.args([]string{"a/b"}), " ")
	if want := "test -json -timeout 30m -race -short -skip ^(" + strings.Join(sequential, "|") + ")$ a/b"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := strings.Join(unit.args([]string{"a", "b"}), " "); got != "test -json -timeout 30m a b" {
		t.Errorf("%q", got)
	}
}
