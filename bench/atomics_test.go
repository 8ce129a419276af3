package bench

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// typeName is what a field's type is made of: the pointer's, the array's or the generic type's element.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	case *ast.ArrayType:
		return typeName(e.Elt)
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	}
	return ""
}

var (
	saysWriter = regexp.MustCompile(`(?i)\b(written|stored|set|changed|added|counted|subtracted|advanced|moved|swapped|cleared) (and \w+ )?(by|under|with|to by|where)\b|\bwrites?\b`)
	saysReader = regexp.MustCompile(`(?i)\bread\b|\breads\b`)
)

// silentAtomics lists the atomic fields and package variables of a file of which no comment says who writes and who
// reads them. A field is spoken of by its own comments, by those of the group that it stands in if it has none, and by
// those of the type or field that it is a part of.
func silentAtomics(fset *token.FileSet, file *ast.File) (silent []string, atomics int) {
	judge := func(n ast.Node, owner string, names []*ast.Ident, text string) {
		atomics++
		if !saysWriter.MatchString(text) || !saysReader.MatchString(text) {
			name := owner
			if len(names) > 0 {
				name = strings.TrimPrefix(owner+"."+names[0].Name, ".")
			}
			silent = append(silent, fmt.Sprintf("%s: %s", fset.Position(n.Pos()), name))
		}
	}
	var fields func(s *ast.StructType, owner, doc string)
	fields = func(s *ast.StructType, owner, doc string) {
		group, end := "", 0
		for _, f := range s.Fields.List {
			own := f.Doc.Text() + f.Comment.Text()
			if fset.Position(f.Pos()).Line > end+1 {
				group = ""
			}
			if f.Doc != nil {
				group = f.Doc.Text()
			}
			end = fset.Position(f.End()).Line
			if own == "" {
				own = group
			}
			if strings.HasPrefix(typeName(f.Type), "atomic.") {
				judge(f, owner, f.Names, own+doc)
			}
			ast.Inspect(f.Type, func(n ast.Node) bool {
				inner, ok := n.(*ast.StructType)
				if ok {
					fields(inner, owner, doc+own)
				}
				return !ok
			})
		}
	}
	for _, d := range file.Decls {
		d, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if body, ok := s.Type.(*ast.StructType); ok {
					fields(body, s.Name.Name, d.Doc.Text()+s.Doc.Text())
				}
			case *ast.ValueSpec:
				if strings.HasPrefix(typeName(s.Type), "atomic.") {
					judge(s, "", s.Names, d.Doc.Text()+s.Doc.Text()+s.Comment.Text())
				}
			}
		}
	}
	return silent, atomics
}

// TestAtomicsNameWritersAndReaders: who reads an atomic field must be able to find out who else touches it.
func TestAtomicsNameWritersAndReaders(t *testing.T) {
	all := 0
	for _, p := range allPackages(t) {
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			silent, n := silentAtomics(fset, file)
			all += n
			for _, s := range silent {
				t.Errorf("%s: no comment says who writes it and who reads it", s)
			}
		}
	}
	if all < 50 {
		t.Errorf("only %d atomics found", all)
	}
}

// The test above sees what it is to see.
func TestSilentAtomicsAreSeen(t *testing.T) {
	const source = `package p
type a struct {
	good1 atomic.Bool // written by x, read by y
	bad1 atomic.Bool // it is ready, and settled by threads
	// Set by x; read by y.
	good2, good3 *atomic.Uint64
	good4 [2]atomic.Pointer[int]
	bad2 atomic.Bool // with a comment of its own

	bad3 atomic.Int64
	inner []struct { bad4 atomic.Int64 }
	// Written by x, read by y.
	spoken struct { good6 atomic.Int64 }
	plain int
}
// all of b is written by x, and read by y.
type b struct { good5 atomic.Int32 }
var bad5 atomic.Int64 // written by x
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	silent, n := silentAtomics(fset, file)
	for i, s := range silent {
		if want := fmt.Sprintf("bad%d", i+1); !strings.HasSuffix(s, want) {
			t.Errorf("%s, want %s", s, want)
		}
	}
	if n != 10 || len(silent) != 5 {
		t.Errorf("of %d atomics %q are silent, want 5 of 10", n, silent)
	}
}
