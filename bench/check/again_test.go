package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module makes a module of one package with the tests given, and makes it the working folder.
func module(t *testing.T, tests string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example\n", "a_test.go": "package a\n" + tests} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

// once is a test that fails when it runs for the first time.
const once = `
import ("os"; "testing")
func TestOnce(t *testing.T) {
	t.Run("part", func(t *testing.T) {
		if _, err := os.Stat("seen"); err != nil { os.WriteFile("seen", nil, 0o644); t.Error("NOT YET") }
	})
}
`

func TestOneFailureIsExcusedAndNamed(t *testing.T) {
	module(t, once+`func TestGood(t *testing.T) {}`)
	var out strings.Builder
	r := newRun(&out, "usual.json")
	if err := r.tests(t.Context(), unit); err != nil {
		t.Fatalf("%v:\n%s", err, out.String())
	}
	r.all(t.Context(), nil)
	for _, want := range []string{"NOT YET", "once more, 3 times and alone: TestOnce of example\n", "unsteady: example.TestOnce failed once and then passed 3 times\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not said:\n%s", want, out.String())
		}
	}
}

func TestWhatIsNotExcused(t *testing.T) {
	for name, tests := range map[string]string{
		"a fault":       `import "testing"; func TestBad(t *testing.T) { t.Error("bad") }`,
		"a panic":       strings.Replace(once, `t.Error("NOT YET")`, `panic("NOT YET")`, 1),
		"a race's word": strings.Replace(once, `NOT YET`, `WARNING: DATA RACE`, 1),
		"a build":       `import "testing"; func TestBad(t *testing.T) { bad }`,
		"many":          `import "testing"` + many(unsteady+1),
	} {
		t.Run(name, func(t *testing.T) {
			module(t, tests)
			var out strings.Builder
			r := newRun(&out, "usual.json")
			if err := r.tests(t.Context(), unit); err == nil || len(r.once) > 0 {
				t.Errorf("%v, excused %v:\n%s", err, r.once, out.String())
			}
		})
	}
}

// many are n tests each of which fails the first time.
func many(n int) string {
	var b strings.Builder
	b.WriteString("\nimport \"os\"\n")
	for i := range n {
		name := string(rune('A' + i))
		b.WriteString("func Test" + name + "(t *testing.T) { if _, err := os.Stat(\"" + name + "\"); err != nil { os.WriteFile(\"" + name + "\", nil, 0o644); t.Error(1) } }\n")
	}
	return b.String()
}
