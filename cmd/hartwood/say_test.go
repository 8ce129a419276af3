package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/hartwood-vm/hartwood/runtime"
)

// hostile is what a guest or a file may want to send to the terminal: a title, a colour in each of three encodings, a
// line that looks like ours, a change of direction.
const hostile = "\x1b]0;owned\a\x1b[31m\u009b31m\x9b31m\nhartwood: FORGED\r\u202e\u2028"

// onlyText checks that a printed text has nothing but printable characters and our own lines.
func onlyText(t *testing.T, what, text string) {
	t.Helper()
	for _, r := range text {
		if !unicode.IsPrint(r) && r != '\n' || r == unicode.ReplacementChar {
			t.Errorf("%s: %q is printed in %.300q", what, r, text)
			return
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "hartwood: FORGED") {
			t.Errorf("%s: a line is forged: %.300q", what, text)
		}
	}
	if !strings.Contains(text, "owned") {
		t.Errorf("%s: the text is missing: %.300q", what, text)
	}
}

// fill sets every string that v holds, so that a field that is printed one day is tried, too.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(hostile)
	case reflect.Pointer:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0))
		}
	case reflect.Uint64: // counts without which a line is left out
		v.SetUint(1)
	}
}

// TestPrintersPrintText hands hostile text to everything that prints.
func TestPrintersPrintText(t *testing.T) {
	var out strings.Builder
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &out}
	var result runtime.Result
	fill(reflect.ValueOf(&result).Elem())
	var block runtime.HotBlock
	fill(reflect.ValueOf(&block).Elem())
	r := &run{app: a}
	asJSON := &run{app: a, json: true}
	list := &blocks{list: &out}
	listJSON := &blocks{list: &out, json: true}
	for name, print := range map[string]func() error{
		"say":            func() error { a.say("%s", hostile); return nil },
		"error":          func() error { a.say("%s", oneLine(errors.New(hostile))); return nil },
		"summary":        func() error { return r.report(result, hostile) },
		"JSON":           func() error { return asJSON.report(result, hostile) },
		"missing":        func() error { r.tellMissing(result); return nil },
		"blocks":         func() error { return list.writeList([]runtime.HotBlock{block}) },
		"blocks as JSON": func() error { return listJSON.writeList([]runtime.HotBlock{block}) },
		"version":        func() error { return show(&out, strings.ReplaceAll(hostile, "\n", "")) },
	} {
		out.Reset()
		if err := print(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		onlyText(t, name, out.String())
	}
}

// TestNothingElsePrints reads the command's source: all but say.go and the console's own files hand text to say, show
// and showJSON.
func TestNothingElsePrints(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("there is no source to read (%v)", err)
	}
	files := token.NewFileSet()
	// These speak to the terminal in its own language, and no guest or file has a say in what.
	console := []string{"say.go", "terminal.go", "screen.go", "session.go", "guard.go", "escape.go"}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || slices.Contains(console, name) {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			function, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			printer := strings.HasPrefix(function.Sel.Name, "Fprint") || slices.Contains([]string{"WriteString", "NewEncoder", "Copy"}, function.Sel.Name)
			to, isField := call.Args[0].(*ast.SelectorExpr)
			if printer && isField && slices.Contains([]string{"stdout", "stderr", "list", "Stdout", "Stderr"}, to.Sel.Name) {
				t.Errorf("%s: %s prints by itself; use say, show or showJSON", files.Position(call.Pos()), function.Sel.Name)
			}
			if x, ok := function.X.(*ast.Ident); ok && x.Name == "fmt" && strings.HasPrefix(function.Sel.Name, "Print") {
				t.Errorf("%s: fmt.%s prints by itself; use say, show or showJSON", files.Position(call.Pos()), function.Sel.Name)
			}
			return true
		})
	}
}

// TestHostileNames runs the command on files and guests that choose their own names.
func TestHostileNames(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{
		"evil\x1b]0;owned\a.elf": elfHeader()[:40],
		"key.yaml":               []byte("\"owned\\x9b\\x1b[31m\": 1\n"),
		"value.yaml":             []byte("harts: \"owned\\x1b[31m\\n\"\n"),
		"drive.yaml":             []byte("drive: \"disk.img,owned\\e[31m\\x07\"\n"),
	})
	for _, args := range [][]string{
		{"run", "evil\x1b]0;owned\a.elf"},
		{"run", "--kernel", "owned\x1b[31m"},
		{"run", "--drive", "disk.img,owned\u009b31m\x1b"},
		{"run", "--owned\x1b[31m"},
		{"run", "-n", "owned\x1b[31m"},
		{"run", "-\x1b[31mowned"},
		{"owned\x1b[31m"},
		{"run", "a", "owned\x1b[31m"},
		{"run", "--config", "key.yaml"},
		{"run", "--config", "value.yaml"},
		{"run", "--config", "drive.yaml"},
	} {
		got := runCommand(t, dir, args...)
		if got.code != exitUsage {
			t.Errorf("%q: exit code %d", args, got.code)
		}
		oneClearLine(t, got.stderr)
		onlyText(t, strings.Join(args, " "), got.stdout+got.stderr)
	}
}
