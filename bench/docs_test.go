package bench

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// known is what documentation may speak of.
type known struct {
	paths    map[string]bool            // files and folders, and the ends of their paths, from a slash on
	names    map[string]map[string]bool // what packages declare, by the package's folder
	members  map[string]map[string]bool // fields and methods, by the type's name
	embedded map[string][]string        // types that are parts of a type
	tests    map[string]bool
}

func newKnown() *known {
	return &known{map[string]bool{}, map[string]map[string]bool{}, map[string]map[string]bool{}, map[string][]string{}, map[string]bool{}}
}

func (k *known) add(set map[string]map[string]bool, of, name string) {
	if set[of] == nil {
		set[of] = map[string]bool{}
	}
	set[of][name] = true
}

func (k *known) addPath(p string) {
	for ; p != "" && p != "."; _, p, _ = strings.Cut(p, "/") {
		k.paths[p] = true
	}
}

// addFile takes what a file declares. pkg is its folder's name.
func (k *known) addFile(pkg string, file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv != nil {
				k.add(k.members, baseName(d.Recv.List[0].Type), d.Name.Name)
			} else {
				k.add(k.names, pkg, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						k.add(k.names, pkg, n.Name)
					}
				case *ast.TypeSpec:
					k.add(k.names, pkg, s.Name.Name)
					k.addMembers(s.Name.Name, s.Type)
				}
			}
		}
	}
}

func (k *known) addMembers(of string, t ast.Expr) {
	var list *ast.FieldList
	switch t := t.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	default:
		return
	}
	for _, f := range list.List {
		for _, n := range f.Names {
			k.add(k.members, of, n.Name)
		}
		if len(f.Names) == 0 {
			k.add(k.members, of, baseName(f.Type))
			k.embedded[of] = append(k.embedded[of], baseName(f.Type))
		}
	}
}

// baseName is the name of a type without package, pointer and arguments.
func baseName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return baseName(e.X)
	case *ast.IndexExpr:
		return baseName(e.X)
	}
	return ""
}

func (k *known) hasMember(of, name string) bool {
	return k.members[of][name] || slices.ContainsFunc(k.embedded[of], func(part string) bool { return k.hasMember(part, name) })
}

// hasName reports whether a dotted name, package.Name, package.Type.Member or Type.Member, is there. What begins with
// neither a package nor a type, or goes on in small letters behind a package, is something else: an instruction, a
// counter.
func (k *known) hasName(name string) bool {
	parts := strings.Split(name, ".")
	if declared := k.names[parts[0]]; declared != nil {
		if !declared[parts[1]] {
			return !ast.IsExported(parts[1])
		}
		parts = parts[1:]
	}
	return len(parts) < 2 || k.members[parts[0]] == nil || k.hasMember(parts[0], parts[1])
}

// hasTest reports whether there is a test of that name, or, if it is what -run is given, one whose name begins with it.
func (k *known) hasTest(name string, begins bool) bool {
	if !begins {
		return k.tests[name]
	}
	for test := range k.tests {
		if strings.HasPrefix(test, name) {
			return true
		}
	}
	return false
}

var (
	codeBlock  = regexp.MustCompile("(?ms)^```.*?^```$")
	inlineCode = regexp.MustCompile("`([^`\n]+)`")
	goFile     = regexp.MustCompile(`[\w/.-]*\w\.go\b`)
	folderName = regexp.MustCompile(`^[a-z][a-z0-9_]*(/[a-z0-9_]+)+/?$`)
	dottedName = regexp.MustCompile(`^([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:\(.*\))?$`)
	testName   = regexp.MustCompile(`(-run '?)?\b((?:Test|Fuzz|Example)[A-Z0-9]\w*)\b`)
)

// lies lists what a page speaks of that is not there.
func (k *known) lies(page string) (found []string) {
	for _, name := range testName.FindAllStringSubmatch(page, -1) {
		if !k.hasTest(name[2], name[1] != "") {
			found = append(found, name[2])
		}
	}
	for _, file := range goFile.FindAllString(page, -1) {
		if !k.paths[strings.TrimPrefix(file, "./")] {
			found = append(found, file)
		}
	}
	for _, code := range inlineCode.FindAllStringSubmatch(codeBlock.ReplaceAllString(page, ""), -1) {
		top, _, _ := strings.Cut(code[1], "/")
		switch dotted := dottedName.FindStringSubmatch(code[1]); {
		case strings.HasSuffix(code[1], ".go"):
		case folderName.MatchString(code[1]):
			if k.paths[top] && !k.paths[strings.TrimSuffix(code[1], "/")] {
				found = append(found, code[1])
			}
		case dotted != nil && !k.hasName(dotted[1]):
			found = append(found, code[1])
		}
	}
	return found
}

// TestDocsNameWhatIsThere: files, folders, tests, and names of packages and types that docs/ and the README speak of
// exist. The change log speaks of what has been, too.
func TestDocsNameWhatIsThere(t *testing.T) {
	k := newKnown()
	var pages []string
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(p, "../"))
		switch {
		case err != nil || name == "..":
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		}
		k.addPath(name)
		switch {
		case strings.HasSuffix(name, "_test.go"):
			file, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
					k.tests[f.Name.Name] = true
				}
			}
		case strings.HasSuffix(name, ".go"):
			file, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			k.addFile(path.Base(path.Dir(name)), file)
		case strings.HasSuffix(name, ".md") && d.Name() != "CHANGELOG.md":
			pages = append(pages, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 5 {
		t.Fatalf("only %d pages", len(pages))
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, lie := range k.lies(string(text)) {
			t.Errorf("%s names %s, which is not there", strings.TrimPrefix(page, "../"), lie)
		}
	}
}

// The test above sees what it is to see.
func TestLiesAreSeen(t *testing.T) {
	k := newKnown()
	for _, p := range []string{"vcpu", "vcpu/hart", "vcpu/hart/state.go"} {
		k.addPath(p)
	}
	k.tests["TestThere"] = true
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", `package hart
type State struct { Limit int; inner }
type inner struct { deep int }
func (s *State) Kick() {}
const Size = 1`, 0)
	if err != nil {
		t.Fatal(err)
	}
	k.addFile("hart", file)
	const page = "`vcpu/hart/state.go` `hart/state.go` `vcpu/hart` `hart.Size` `hart.State.Limit` `State.Kick(0)` `State.deep` `machine.yaml` " +
		"`and/or` TestThere -run TestThe\n```\nvcpu/other.go\n```\n`vcpu/gone` `hart.Gone` `hart.State.Gone` `State.gone` TestGone"
	want := []string{"TestGone", "vcpu/other.go", "vcpu/gone", "hart.Gone", "hart.State.Gone", "State.gone"}
	if got := k.lies(page); !slices.Equal(got, want) {
		t.Errorf("%q are not there, want %q", got, want)
	}
}

var (
	houseBlock = regexp.MustCompile("(?s)\n## The house\n\n```\n(.*?)```\n")
	houseLine  = regexp.MustCompile(`(?m)^(  )?(\w[\w/]*?)/?(?: |,|$)`)
)

// TestArchitectureShowsEveryPackage compares the picture of the house in docs/ARCHITECTURE.md with the folders that there
// are.
func TestArchitectureShowsEveryPackage(t *testing.T) {
	text, err := os.ReadFile("../docs/ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	picture := houseBlock.FindSubmatch(text)
	if picture == nil {
		t.Fatal("docs/ARCHITECTURE.md has no picture under \"The house\"")
	}
	top := ""
	for _, line := range houseLine.FindAllStringSubmatch(string(picture[1]), -1) {
		folder := line[2]
		if line[1] == "" {
			top = folder
		} else {
			folder = top + "/" + folder
		}
		if info, err := os.Stat("../" + folder); err != nil || !info.IsDir() {
			t.Errorf("the picture shows %s, which is no folder", folder)
		}
	}
	for _, p := range allPackages(t) {
		folder := p.folder()
		if first(folder) == "bench" || strings.Contains(folder, "/internal/") || strings.HasSuffix(folder, "test") && folder != "vcpu/difftest" ||
			strings.HasPrefix(folder, "runtime/examples") {
			continue
		}
		if !regexp.MustCompile(`\b` + path.Base(folder) + `\b`).Match(picture[1]) {
			t.Errorf("the picture lacks %s", folder)
		}
	}
}

var glossaryRow = regexp.MustCompile("(?m)^\\| ([^|]*?) \\| [^|]*[^| ] \\| `([^`|]*)` \\|$")

// TestGlossaryNamesPackages: each word of docs/GLOSSARY.md is at home in a package that there is, and stands in its place.
func TestGlossaryNamesPackages(t *testing.T) {
	text, err := os.ReadFile("../docs/GLOSSARY.md")
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]bool{}
	for _, p := range allPackages(t) {
		folders[p.folder()] = true
	}
	rows := glossaryRow.FindAllStringSubmatch(string(text), -1)
	if lines := strings.Count(string(text), "\n| ") - 1; len(rows) != lines || lines < 30 {
		t.Errorf("%d of %d rows are a word, its meaning and a package", len(rows), lines)
	}
	before := ""
	for _, row := range rows {
		word := strings.ToLower(row[1])
		if word <= before {
			t.Errorf("%s stands behind %s", word, before)
		}
		before = word
		if !folders[row[2]] {
			t.Errorf("%s is said to be at home in %s, which is no package", row[1], row[2])
		}
	}
}
