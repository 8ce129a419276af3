package bench

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// lock is a mutex that a package declares.
type lock struct{ pkg, name string } // name is Type.field, or that of a variable

// locksOf are the mutexes among the fields and package variables of a file.
func locksOf(pkg string, file *ast.File) (locks []lock) {
	isLock := func(e ast.Expr) bool { return typeName(e) == "sync.Mutex" || typeName(e) == "sync.RWMutex" }
	var fields func(owner string, t ast.Expr)
	fields = func(owner string, t ast.Expr) {
		ast.Inspect(t, func(n ast.Node) bool {
			s, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			for _, f := range s.Fields.List {
				for _, name := range f.Names {
					if isLock(f.Type) {
						locks = append(locks, lock{pkg, owner + "." + name.Name})
					} else {
						fields(owner+"."+name.Name, f.Type)
					}
				}
				if len(f.Names) == 0 && isLock(f.Type) {
					locks = append(locks, lock{pkg, owner})
				}
			}
			return false
		})
	}
	for _, d := range file.Decls {
		d, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				fields(s.Name.Name, s.Type)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if s.Type != nil && isLock(s.Type) {
						locks = append(locks, lock{pkg, name.Name})
					}
				}
			}
		}
	}
	return locks
}

// called are the names that documentation has for locks: Type.field, with the package in front where several packages
// have one of that name.
func called(locks []lock) []string {
	of := map[string]int{}
	for _, l := range locks {
		of[l.name]++
	}
	var names []string
	for _, l := range locks {
		if of[l.name] > 1 {
			names = append(names, l.pkg+"."+l.name)
		} else {
			names = append(names, l.name)
		}
	}
	return names
}

// lockOrder is the tree under "Lock order" in docs/CONCURRENCY.md; namedIn are the locks in it. What stands behind two
// spaces is a remark.
var (
	lockOrder = regexp.MustCompile("(?s)\n## Lock order\n.*?\n```\n(.*?)\n```\n")
	lockLine  = regexp.MustCompile(`(?m)^[ │├└─]*(\S+(?: \S+)*)`)
	lockName  = regexp.MustCompile(`\w+(?:\.\w+)+`)
)

func namedIn(tree string) []string {
	names := map[string]bool{}
	for _, line := range lockLine.FindAllStringSubmatch(tree, -1) {
		for _, name := range lockName.FindAllString(line[1], -1) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// TestLockOrderNamesAllLocks compares docs/CONCURRENCY.md with the mutexes that there are. Those of tests' helpers, and of
// commands that only the benchmarks have, are their own affair.
func TestLockOrderNamesAllLocks(t *testing.T) {
	var locks []lock
	for _, p := range allPackages(t) {
		if first(p.folder()) == "bench" || strings.HasSuffix(p.folder(), "test") {
			continue
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			locks = append(locks, locksOf(path.Base(p.folder()), file)...)
		}
	}
	text, err := os.ReadFile("../docs/CONCURRENCY.md")
	if err != nil {
		t.Fatal(err)
	}
	tree := lockOrder.FindSubmatch(text)
	if tree == nil {
		t.Fatal("docs/CONCURRENCY.md has no tree under \"Lock order\"")
	}
	want, got := called(locks), namedIn(string(tree[1]))
	for _, name := range want {
		if !slices.Contains(got, name) {
			t.Errorf("the lock order in docs/CONCURRENCY.md lacks %s", name)
		}
	}
	for _, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("the lock order in docs/CONCURRENCY.md names %s, which is no lock of that name", name)
		}
	}
}

// The test above sees what it is to see.
func TestLocksAreSeen(t *testing.T) {
	source := func(s string) *ast.File {
		file, err := parser.ParseFile(token.NewFileSet(), "p.go", s, 0)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	locks := append(locksOf("p", source(`package p
type a struct { mu, life sync.Mutex; parts []struct { mu sync.RWMutex }; n int; stripe [4]sync.Mutex }
type b struct { sync.Mutex }
var global sync.Mutex`)), locksOf("q", source(`package q
type a struct { mu sync.Mutex }`))...)
	if got, want := fmt.Sprint(called(locks)), "[p.a.mu a.life a.parts.mu a.stripe b global q.a.mu]"; got != want {
		t.Errorf("locks %s, want %s", got, want)
	}
	const tree = `p.a.mu    not the.remark
├── a.life | b.mu -> c.mu, d.mu
│   └── second q.a.mu       e.mu
f.mu`
	if got, want := fmt.Sprint(namedIn(tree)), "[a.life b.mu c.mu d.mu f.mu p.a.mu q.a.mu]"; got != want {
		t.Errorf("named %s, want %s", got, want)
	}
}
