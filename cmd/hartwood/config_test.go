package main

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagSet returns the run command's flags for a configuration.
func flagSet(c *runtime.Config) *pflag.FlagSet {
	flags := pflag.NewFlagSet("run", pflag.ContinueOnError)
	bindConfig(flags, c)
	flags.String("config", "", "")
	return flags
}

// TestEverySettingIsAFlag keeps the names of the library, the file and the command line the same.
func TestEverySettingIsAFlag(t *testing.T) {
	c := runtime.Default()
	flags := flagSet(&c)
	var names []string
	for _, group := range c.Settings() {
		for _, s := range group.Settings {
			about := s.About()
			if flag := flags.Lookup(about.Name); about.Argument != (flag == nil) {
				t.Errorf("%s is an argument: %v, and its flag is %v", about.Name, about.Argument, flag)
			}
			if about.Argument && about.Name != programKey {
				t.Errorf("a configuration file does not know the argument %s", about.Name)
			}
			names = append(names, about.Name)
		}
	}
	for _, name := range flagNames(flags, "") {
		if name != "config" && !slices.Contains(names, name) {
			t.Errorf("flag --%s is no setting", name)
		}
	}
}

// TestEveryOptionIsInHelp keeps an option from being in no group, and from being in two.
func TestEveryOptionIsInHelp(t *testing.T) {
	app := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	for _, cmd := range []*cobra.Command{app.runCommand(), app.blocksCommand()} {
		var help strings.Builder
		cmd.SetOut(&help)
		cmd.SetErr(&help)
		cmd.SetArgs([]string{"--help-all"})
		if err := cmd.Execute(); err != nil {
			t.Fatal(err)
		}
		_, options, _ := strings.Cut(help.String(), "\n"+new(runtime.Config).Settings()[0].Title+":\n")
		for _, name := range flagNames(cmd.Flags(), "--") {
			if n := len(regexp.MustCompile(`(?m)^ +(-., )?`+name+` `).FindAllString(options, -1)); n != 1 {
				t.Errorf("%s --help-all explains %s %d times", cmd.Name(), name, n)
			}
		}
	}
}

// applyText applies a configuration file after a command line.
func applyText(t *testing.T, text string, args ...string) (runtime.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "machine.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c := runtime.Default()
	flags := flagSet(&c)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	if flags.NArg() > 0 {
		c.Program = flags.Arg(0)
	}
	file := configFile{path: path, flags: flags, program: &c.Program, seen: map[string]bool{}}
	return c, file.apply(t.Context())
}

func TestConfigFile(t *testing.T) {
	c, err := applyText(t, `
# a machine
kernel: Image
harts: 8            # of them
memory: 2G
append: "console=ttyS0 quiet"
load-address: 0x80200000
mmu-strategy: Hybrid
prefetch: false
perf-map: true
drive:
  - disk.img
  - data.img,readonly
`)
	if err != nil {
		t.Fatal(err)
	}
	want := runtime.Default()
	want.Kernel, want.Harts, want.Memory, want.Append = "Image", 8, 2*runtime.GiB, "console=ttyS0 quiet"
	want.LoadAddress, want.TLB.Strategy, want.TLB.Prefetch = 0x80200000, runtime.Hybrid, false
	want.PerfMap = runtime.PerfMapOn
	want.Drives = []runtime.Drive{{Path: "disk.img"}, {Path: "data.img", ReadOnly: true}}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v\nwant %+v", c, want)
	}
}

func TestFlagWins(t *testing.T) {
	c, err := applyText(t, "harts: 8\nmemory: 2G\ndrive: a.img\nprogram: file.elf\n", "--harts", "3", "--drive", "b.img", "line.elf")
	if err != nil {
		t.Fatal(err)
	}
	if c.Harts != 3 || c.Memory != 2*runtime.GiB || c.Program != "line.elf" {
		t.Errorf("harts %d, memory %s, program %q", c.Harts, c.Memory, c.Program)
	}
	if want := []runtime.Drive{{Path: "b.img"}}; !slices.Equal(c.Drives, want) {
		t.Errorf("drives %v, want %v", c.Drives, want)
	}
}

func TestEmptyFileChangesNothing(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n"} {
		c, err := applyText(t, text)
		if err != nil || !reflect.DeepEqual(c, runtime.Default()) {
			t.Errorf("%q gives %+v (%v)", text, c, err)
		}
	}
}

func TestConfigFileErrors(t *testing.T) {
	for _, test := range []struct{ text, says string }{
		{"hart: 3\n", `machine.yaml:1: unknown key "hart" (did you mean harts?)`},
		{"harts: 3\nmemroy: 2G\n", `machine.yaml:2: unknown key "memroy" (did you mean memory?)`},
		{"qqqqqqqq: 3\n", `machine.yaml:1: unknown key "qqqqqqqq"`},
		{"config: other.yaml\n", `unknown key "config"`},
		{"harts: many\n", `machine.yaml:1: harts: "many" is not a number`},
		{"harts: 2.5\n", `"2.5" is not a number`},
		{"harts: [1, 2]\n", "harts: expected one value"},
		{"harts: {a: 1}\n", "harts: expected a plain value"},
		{"harts:\n", "harts: there is no value"},
		{"harts: 1\nharts: 2\n", `"harts" already defined`},
		{"harts: 1\n---\nharts: 2\n", "machine.yaml:3: harts is there twice"},
		{"stats: perhaps\n", `stats: "perhaps" is neither true nor false`},
		{"memory: 2X\n", "such as 512M or 2G"},
		{"mmu-strategy: fast\n", "choose multilevel, concurrent or hybrid"},
		{"drive: [[a]]\n", "drive: a list within a list"},
		{"drive: [a, 'b,rw']\n", `"rw" is no option of a drive`},
		{"just words\n", "expected lines of the form"},
		{"- a\n- b\n", "expected lines of the form"},
		{"a: [1\n", "not YAML"},
		{"\t\tx: {{{\n", "machine.yaml"},
		{"program: [a, b]\n", "program: expected one path"},
		{"harts: *nothing\n", "machine.yaml:1"},
		{"harts: 1\ndrive: [[[[[a]]]]]\n", "machine.yaml:2: values are nested too deeply"},
		{"]\n", "machine.yaml:1: a bracket"},
		{"append: '" + strings.Repeat("x", maxConfigFile) + "'\n", "more than 65536 bytes"},
	} {
		_, err := applyText(t, test.text)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: error %v, want one that says %q", test.text, err, test.says)
			continue
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error has several lines: %q", test.text, err)
		}
	}
}

// TestConfigFileIsBounded reads files that made the parser take gigabytes and minutes.
func TestConfigFileIsBounded(t *testing.T) {
	for _, piece := range []string{"[", "{", "- ", "? ", "a: ", "[,", "{a: ", "&a ", "!t ", "*a ", "]", "#\n", "---\n", "a: [\n", "- - - -\n", "|\n"} {
		var before, after goruntime.MemStats
		goruntime.ReadMemStats(&before)
		_, err := applyText(t, strings.Repeat(piece, maxConfigFile/len(piece)))
		goruntime.ReadMemStats(&after)
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error has several lines: %.300q", piece, err)
		}
		if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 256 {
			t.Errorf("%q: the parser took %d MiB in all", piece, got)
		}
	}
	// Brackets within quotes are text.
	if _, err := applyText(t, "append: '"+strings.Repeat("[", 100)+"'\n"); err != nil {
		t.Error(err)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"harts", "memory", "kernel", "prefetch", "prefetch-distance"}
	for word, want := range map[string]string{
		"hart": "harts", "hatrs": "harts", "memroy": "memory", "pref": "prefetch", "zzzzzz": "", "": "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}

// FuzzConfigFile looks for files that do more than fail with one line.
func FuzzConfigFile(f *testing.F) {
	f.Add("harts: 8\nmemory: 2G\ndrive: [a.img, 'b.img,readonly']\n")
	f.Add("? [a]\n: b\n")
	f.Add("a: &x [*x]\n---\n<<: {harts: 1}\n")
	f.Add("append: |\n  one\n  two\n")
	path := filepath.Join(f.TempDir(), "machine.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		c := runtime.Default()
		file := configFile{path: path, flags: flagSet(&c), program: &c.Program, seen: map[string]bool{}}
		if err := file.apply(t.Context()); err != nil && strings.Contains(oneLine(err), "\n") {
			t.Errorf("error has several lines: %q", err)
		}
	})
}
