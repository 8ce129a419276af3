package interp_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// hotCases returns the operations that the hot loop's switch has cases for, as run.go names them.
func hotCases(t *testing.T) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "run.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SwitchStmt)
		if !ok {
			return true
		}
		if tag, ok := s.Tag.(*ast.SelectorExpr); !ok || tag.Sel.Name != "Op" {
			return true
		}
		for _, clause := range s.Body.List {
			for _, e := range clause.(*ast.CaseClause).List {
				switch e := e.(type) {
				case *ast.Ident:
					names = append(names, e.Name)
				case *ast.SelectorExpr:
					names = append(names, e.Sel.Name)
				}
			}
		}
		return false
	})
	return names
}

// ownOps returns the operations that are no instructions, as package code names them.
func ownOps(t *testing.T) map[string]isa.Op {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../code/op.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]isa.Op{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST || g.Specs[0].(*ast.ValueSpec).Names[0].Name != "OpEnd" {
			continue
		}
		for i, spec := range g.Specs {
			values[spec.(*ast.ValueSpec).Names[0].Name] = isa.NumOps + isa.Op(i)
		}
	}
	if values["NumOps"] != code.NumOps {
		t.Fatalf("%d operations behind the instructions, want %d", values["NumOps"]-isa.NumOps, code.NumOps-isa.NumOps)
	}
	return values
}

// The hot loop's switch is a jump table: Go makes one if there is a case for every fourth of the values from the smallest
// to the largest one.
func TestHotLoopIsAJumpTable(t *testing.T) {
	values := ownOps(t)
	for _, row := range isa.Rows() {
		values[strings.ToUpper(strings.ReplaceAll(row.Name, ".", "_"))] = row.Op
	}
	names := hotCases(t)
	low, high := code.NumOps, isa.Op(0)
	for _, name := range names {
		op, ok := values[name]
		if !ok {
			t.Fatalf("no operation %s", name)
		}
		low, high = min(low, op), max(high, op)
	}
	if len(names) < 80 || int(high-low) > 4*len(names) {
		t.Errorf("%d cases from %s to %s, %d values", len(names), code.Of(low).Name, code.Of(high).Name, high-low)
	}
}
