package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// here runs a command in the repository's first folder and returns what it wrote.
func here(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("there is no %s", name)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// TestInstall installs into a folder of its own, uses what is there, and uninstalls. The repository's own ./hartwood is
// another file than the one that is made here.
func TestInstall(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	if err := os.Mkdir(source, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range topLevel { // a tree of links, so that make writes its hartwood elsewhere
		path, err := filepath.Abs(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(source, name)); err != nil {
			t.Fatal(err)
		}
	}
	variables := []string{"-C", source, "DESTDIR=" + filepath.Join(dir, "dest"), "PREFIX=/usr"}
	here(t, "make", append(variables, "install")...)

	usr := filepath.Join(dir, "dest", "usr")
	for name, says := range map[string]string{
		"share/man/man1/hartwood.1":                     ".TH HARTWOOD 1",
		"share/bash-completion/completions/hartwood":    "__start_hartwood",
		"share/zsh/site-functions/_hartwood":            "#compdef hartwood",
		"share/fish/vendor_completions.d/hartwood.fish": "complete -c hartwood",
	} {
		text, err := os.ReadFile(filepath.Join(usr, name))
		if err != nil || !strings.Contains(string(text), says) {
			t.Errorf("%s lacks %q (%v)", name, says, err)
		}
	}
	command := filepath.Join(usr, "bin", "hartwood")
	if got := here(t, command, "version"); !strings.HasPrefix(got, "hartwood ") {
		t.Errorf("the installed command says %q", got)
	}
	if _, err := exec.LookPath("bash"); err == nil {
		here(t, "bash", "-n", filepath.Join(usr, "share/bash-completion/completions/hartwood"))
	}
	here(t, "make", append(variables, "uninstall")...)
	filepath.WalkDir(usr, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			t.Errorf("after uninstall there is %s (%v)", path, err)
		}
		return nil
	})
}

// instruction is a line of a Dockerfile.
type instruction struct{ word, rest string }

type stage []instruction

// dockerfile returns the stages of the Dockerfile.
func dockerfile(t *testing.T) []stage {
	t.Helper()
	text, err := os.ReadFile("../docs/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var stages []stage
	for line := range strings.Lines(string(text)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		if !slices.Contains([]string{"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"}, word) {
			t.Fatalf("the Dockerfile has the instruction %s", word)
		}
		if word == "FROM" {
			stages = append(stages, stage{})
		}
		if len(stages) == 0 {
			t.Fatalf("%s stands before the first FROM", word)
		}
		stages[len(stages)-1] = append(stages[len(stages)-1], instruction{word, rest})
	}
	return stages
}

// first returns what follows a stage's instruction.
func (stage stage) first(word string) string {
	for _, i := range stage {
		if i.word == word {
			return i.rest
		}
	}
	return ""
}

// TestDockerfile carries the Dockerfile's commands out without Docker: those of its first stage with folders of this
// test in place of the container's, then its last stage's command, in a root folder that holds nothing else.
func TestDockerfile(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	stages := dockerfile(t)
	if len(stages) != 2 {
		t.Fatalf("the Dockerfile has %d stages", len(stages))
	}
	build, last := stages[0], stages[1]
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	if want := fmt.Sprintf("golang:%s AS build", version[1]); build.first("FROM") != want {
		t.Errorf("the first stage is FROM %s; go.mod wants %s", build.first("FROM"), want)
	}
	if last.first("FROM") != "scratch" || last.first("COPY") != "--from=build /out/ /" {
		t.Errorf("the last stage is FROM %s, with %s", last.first("FROM"), last.first("COPY"))
	}

	out := filepath.Join(t.TempDir(), "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, i := range build {
		switch i.word {
		case "COPY":
			for _, name := range strings.Fields(i.rest)[:len(strings.Fields(i.rest))-1] {
				if _, err := os.Stat(filepath.Join("..", name)); err != nil {
					t.Error(err)
				}
			}
		case "RUN":
			here(t, "sh", "-ec", strings.ReplaceAll(i.rest, "/out", out))
		}
	}
	runAsIn(t, out, last)
}

// runAsIn runs the command of a stage as a container would: in its root, as its user.
func runAsIn(t *testing.T, root string, last stage) {
	t.Helper()
	var entry, arguments []string
	var user, group uint32
	if err := json.Unmarshal([]byte(last.first("ENTRYPOINT")), &entry); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(last.first("CMD")), &arguments); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(last.first("USER"), "%d:%d", &user, &group); err != nil || user == 0 || group == 0 {
		t.Fatalf("USER %s is none but root (%v)", last.first("USER"), err)
	}
	if os.Getuid() != 0 {
		t.Skip("only root can have a root folder of its own")
	}
	for dir := root; dir != "/"; dir = filepath.Dir(dir) { // the test's folders are for their owner alone
		if info, err := os.Stat(dir); err == nil && info.Mode()&0o1 == 0 {
			if err := os.Chmod(dir, info.Mode()|0o5); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd := exec.CommandContext(t.Context(), entry[0], append(entry[1:], arguments...)...)
	cmd.Env, cmd.Dir = []string{}, last.first("WORKDIR")
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: user, Gid: group}}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil || !strings.Contains(output.String(), "exit code 0") {
		t.Errorf("%v; output:\n%s", err, output.String())
	}
}
