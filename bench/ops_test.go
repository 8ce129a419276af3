package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// checked is a package of the project and what it imports, as the compiler knows it.
type checked struct {
	ImportPath, Dir, Export string
	GoFiles, Imports        []string
}

// typed calls f with the syntax and the types of each of the project's packages that imports path.
func typed(t *testing.T, path string, f func(fset *token.FileSet, files []*ast.File, info *types.Info)) {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Imports", "./...")
	cmd.Dir, cmd.Stderr = "..", os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []checked
	exports := map[string]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p checked
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if strings.HasPrefix(p.ImportPath, modulePath) && slices.Contains(p.Imports, path) {
			packages = append(packages, p)
		}
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, p := range packages {
		var files []*ast.File
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		if _, err := (&types.Config{Importer: imports}).Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		f(fset, files, info)
	}
	if len(packages) < 5 {
		t.Errorf("only %d packages import %s", len(packages), path)
	}
}

// orders are the operators that ask for an order of their operands, or reckon with it.
var orders = []token.Token{token.LSS, token.GTR, token.LEQ, token.GEQ, token.ADD, token.SUB, token.INC, token.DEC}

// orderOf lists where code relies on the order of an integer type's constants; their declarations do not.
func orderOf(fset *token.FileSet, files []*ast.File, info *types.Info, name string) (found []string) {
	is := func(e ast.Expr) bool {
		t := info.Types[e].Type
		return t != nil && t.String() == name
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				return n.Tok != token.CONST
			case *ast.BinaryExpr:
				if slices.Contains(orders, n.Op) && (is(n.X) || is(n.Y)) {
					found = append(found, fmt.Sprintf("%s: %s", fset.Position(n.Pos()), n.Op))
				}
			case *ast.IncDecStmt:
				if is(n.X) {
					found = append(found, fmt.Sprintf("%s: %s", fset.Position(n.Pos()), n.Tok))
				}
			}
			return true
		})
	}
	return found
}

// Nothing outside of package isa depends on the order of the operations' constants: what there is to know of one stands
// in a table.
func TestOperationsHaveNoOrder(t *testing.T) {
	const isa = modulePath + "/vcpu/isa"
	typed(t, isa, func(fset *token.FileSet, files []*ast.File, info *types.Info) {
		for _, f := range orderOf(fset, files, info, isa+".Op") {
			t.Errorf("%s between operations", f)
		}
	})
}

// The test above sees what it is to see.
func TestOrderIsSeen(t *testing.T) {
	const source = `package p
type Op uint16
const ( A Op = iota; B; C = B + 1 )
func f(o Op, n int) bool { o++; _ = o - A; return o <= B || o == A || n < 3 }`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	if _, err := new(types.Config).Check("p", fset, []*ast.File{file}, info); err != nil {
		t.Fatal(err)
	}
	if found := orderOf(fset, []*ast.File{file}, info, "p.Op"); len(found) != 3 {
		t.Errorf("found %q, want ++, - and <=", found)
	}
}
