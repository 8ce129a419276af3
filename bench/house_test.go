package bench

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const modulePath = "github.com/hartwood-vm/hartwood"

// floors are the top-level folders, each above those that it may import. Folders on one floor do not know each other.
var floors = [][]string{
	{"cmd"},
	{"bench"},
	{"runtime"},
	{"jitworker", "gcpar"},
	{"vcpu"},
	{"shardedtlb"},
}

// leaves import no other package of the project.
var leaves = []string{"vcpu/isa", "vcpu/fpu", "vcpu/codemap", "vcpu/crypt", "shardedtlb/physmem", "shardedtlb/setting", "shardedtlb/measure"}

// coreFolder is the machine without a board.
const coreFolder = "runtime/core"

// topLevel is everything that may lie in the repository's first folder, dot-files aside.
var topLevel = []string{
	"bench", "cmd", "runtime", "jitworker", "gcpar", "vcpu", "shardedtlb", "docs",
	"go.mod", "go.sum", "README.md", "LICENSE", "Makefile",
}

// listed is the part of go list's answer that the tests look at.
type listed struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	CgoFiles     []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// folder is the package's path within the repository.
func (p listed) folder() string { return relative(p.ImportPath) }

func relative(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, modulePath), "/")
}

func (p listed) ownImports() []string {
	var own []string
	for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		if path == modulePath || strings.HasPrefix(path, modulePath+"/") {
			own = append(own, relative(path))
		}
	}
	return own
}

var packages = sync.OnceValues(func() ([]listed, error) {
	cmd := exec.Command("go", "list", "-e", "-json", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

func allPackages(t *testing.T) []listed {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 5 {
		t.Fatalf("go list knows only %d packages", len(all))
	}
	return all
}

func first(folder string) string {
	top, _, _ := strings.Cut(folder, "/")
	return top
}

func floorOf(folder string) int {
	return slices.IndexFunc(floors, func(floor []string) bool { return slices.Contains(floor, first(folder)) })
}

// importFault says what is wrong with one package importing another, or "".
func importFault(from, to string) string {
	switch {
	case floorOf(from) < 0 || floorOf(to) < 0:
		return "one of them is on no floor of the house"
	case slices.Contains(leaves, from) && from != to:
		return "a leaf imports nothing of the project"
	case from == coreFolder && from != to && first(to) == first(from):
		return "a core knows no board"
	case first(from) != first(to) && floorOf(to) <= floorOf(from):
		return "imports run down the house and never up"
	}
	return ""
}

func TestImportsRunDown(t *testing.T) {
	for _, p := range allPackages(t) {
		for _, to := range p.ownImports() {
			// A test in a folder's _test package imports that folder itself.
			if fault := importFault(p.folder(), to); fault != "" && to != p.folder() {
				t.Errorf("%s imports %s: %s", p.folder(), to, fault)
			}
		}
	}
}

// TestCommandsKnowRuntimeOnly keeps commands from looking into a machine's parts: those describe their settings and
// measurements. Benchmarks are packages of bench, and those do look.
func TestCommandsKnowRuntimeOnly(t *testing.T) {
	for _, p := range allPackages(t) {
		if first(p.folder()) != "cmd" {
			continue
		}
		for _, path := range p.Imports {
			to := relative(path)
			if to != path && !slices.Contains([]string{"runtime", "bench", "cmd"}, first(to)) && to != "shardedtlb/setting" && to != "shardedtlb/measure" {
				t.Errorf("%s imports %s", p.folder(), to)
			}
		}
	}
}

func TestImportFault(t *testing.T) {
	for _, good := range [][2]string{
		{"cmd/hartwood", "runtime"}, {"runtime", "vcpu"}, {"runtime", "runtime/boot/elf"}, {"jitworker", "vcpu/isa"},
		{"runtime/device/plic", "shardedtlb/physmem"}, {"vcpu/interp", "vcpu/isa"}, {"bench/linux", "bench"}, {"cmd/hartwood", "bench/suite"},
		{"runtime", "runtime/core"}, {"runtime/core", "jitworker/engine"},
	} {
		if fault := importFault(good[0], good[1]); fault != "" {
			t.Errorf("%s may not import %s: %s", good[0], good[1], fault)
		}
	}
	for _, bad := range [][2]string{
		{"shardedtlb", "vcpu"}, {"vcpu", "runtime"}, {"jitworker", "gcpar"}, {"gcpar", "jitworker"}, {"runtime", "cmd/hartwood"},
		{"vcpu/isa", "vcpu/fpu"}, {"shardedtlb/physmem", "shardedtlb"}, {"vcpu/interp", "jitworker"}, {"bench", "cmd/hartwood"}, {"runtime", "bench/guests"},
		{"tools", "vcpu"}, {"runtime/core", "runtime/device"}, {"runtime/core", "runtime"}, {"runtime/core", "runtime/boot/sbi"},
	} {
		if importFault(bad[0], bad[1]) == "" {
			t.Errorf("%s may import %s", bad[0], bad[1])
		}
	}
}

func TestEveryPackageExplainsItself(t *testing.T) {
	for _, p := range allPackages(t) {
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s uses cgo: %v", p.folder(), p.CgoFiles)
		}
		if len(p.GoFiles) == 0 {
			continue
		}
		text, err := os.ReadFile(filepath.Join(p.Dir, "doc.go"))
		if err != nil {
			t.Errorf("%s has no doc.go", p.folder())
			continue
		}
		if !strings.HasPrefix(string(text), "// Package ") && !strings.HasPrefix(string(text), "// Command ") {
			t.Errorf("%s/doc.go does not begin with what the package is for", p.folder())
		}
	}
}

func TestTopLevelIsFixed(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		ignored := strings.HasPrefix(e.Name(), ".") || e.Name() == "hartwood" || e.Name() == "build" || strings.HasSuffix(e.Name(), ".prof")
		if !ignored && !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s has no place in the first folder", e.Name())
		}
	}
}

// TestNothingIsLeftForLater reads every text file for marks of unfinished work.
func TestNothingIsLeftForLater(t *testing.T) {
	marks := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X:"}
	text := []string{".go", ".s", ".S", ".c", ".h", ".ld", ".sh", ".md", ".mk", ".yml", ".yaml"}
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != ".." && strings.HasPrefix(name, ".") && name != ".ci" || name == "build" {
				return filepath.SkipDir
			}
			return nil
		}
		if !slices.Contains(text, filepath.Ext(path)) && d.Name() != "Makefile" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, mark := range marks {
			if strings.Contains(string(data), mark) {
				t.Errorf("%s has a %s", path, mark)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
