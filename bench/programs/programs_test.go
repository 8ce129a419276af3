package programs

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/contest"
	"github.com/hartwood-vm/hartwood/bench/kernels"
)

func TestChoose(t *testing.T) {
	if got, err := choose("all"); err != nil || len(got) != len(All) {
		t.Errorf("all programs are %v, %v", got, err)
	}
	if got, err := choose("go,gcc"); err != nil || strings.Join(got, " ") != "go gcc" {
		t.Errorf("two programs are %v, %v", got, err)
	}
	if _, err := choose("gcc,doom"); err == nil || !strings.Contains(err.Error(), `"doom"`) {
		t.Errorf("a program that is none: %v", err)
	}
}

// Every program of the table is a function of the script, which the shell can read.
func TestScript(t *testing.T) {
	text, err := guest.ReadFile("guest/run.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range All {
		if !strings.Contains(string(text), "\n"+p.Name+"_() {") {
			t.Errorf("the script has no %s", p.Name)
		}
	}
	cmd := exec.Command("bash", "-n")
	cmd.Stdin = strings.NewReader(string(text))
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

// What the script does with gcc it can do here, twice, and makes the same both times.
func TestScriptOnTheHost(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for seconds")
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("there is no gcc")
	}
	dir := t.TempDir()
	for to, from := range map[string]struct {
		files fs.FS
		root  string
	}{"": {guest, "guest"}, "kernels": {kernels.Sources, "src"}} {
		if err := lay(filepath.Join(dir, to), from.files, from.root); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "run.sh"))
	if err != nil {
		t.Fatal(err)
	}
	// The functions alone, with this folder for the drive.
	_, functions, _ := strings.Cut(string(text), "\n# A function each")
	functions, _, _ = strings.Cut(functions, "\nread -r line")
	functions = "#" + strings.ReplaceAll(functions, "/mnt", dir)
	said := ""
	for range 2 {
		cmd := exec.Command("bash", "-c", functions+"\ngcc_")
		cmd.Dir = t.TempDir()
		out, err := cmd.Output()
		if got := string(out); err != nil || got == "" || said != "" && got != said {
			t.Errorf("%v: it says %q, and before that %q", err, got, said)
		}
		said = string(out)
	}
}

// Hartwood comes first, and is what the others are measured against.
func TestContestants(t *testing.T) {
	o := Default()
	o.QEMU, o.Arguments = "sh", "--jit on"
	var names []string
	for _, c := range (files{hartwood: "hw"}).contestants(o, []string{"gcc"}) {
		names = append(names, c.Name)
		line := strings.Join(c.Command, " ")
		if !strings.Contains(line, "programs=gcc") || (c.Name != contest.QEMU) != strings.Contains(line, "--jit on") {
			t.Errorf("%s is %s", c.Name, line)
		}
	}
	if got := strings.Join(names, " "); got != "hartwood warm qemu" {
		t.Errorf("the contestants are %s", got)
	}
}
