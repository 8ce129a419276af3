package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"
)

const examples = "../../runtime/examples"

// The pod of the Kubernetes example gives exec options that there are. Its manifests are decoded by the example's own test.
func TestKubernetesExampleCallsExec(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(examples, "kubernetes/job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var job struct {
		Spec struct {
			Template struct {
				Spec struct{ Containers []struct{ Args []string } }
			}
		}
	}
	if err := yaml.Unmarshal(text, &job); err != nil {
		t.Fatal(err)
	}
	args := job.Spec.Template.Spec.Containers[0].Args
	if args[0] != "exec" {
		t.Fatalf("%q", args)
	}
	cmd := new(app).execCommand()
	if err := cmd.ParseFlags(args[1:]); err != nil {
		t.Error(err)
	}
	if rest := cmd.Flags().Args(); len(rest) != 2 || rest[0] != "./test" {
		t.Errorf("what is run is %q", rest)
	}
}

// The Slurm example gives exec options that there are.
func TestSlurmExampleCallsExec(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(examples, "slurm/task.sh"))
	if err != nil {
		t.Fatal(err)
	}
	_, call, ok := strings.Cut(string(text), "\nexec ")
	if !ok {
		t.Fatal("task.sh calls nothing")
	}
	known := new(app).execCommand().Flags()
	options := regexp.MustCompile(`--([a-z-]+) `).FindAllStringSubmatch(call, -1)
	if len(options) < 5 {
		t.Errorf("%q", options)
	}
	for _, o := range options {
		if known.Lookup(o[1]) == (*pflag.Flag)(nil) {
			t.Errorf("exec has no option --%s", o[1])
		}
	}
}
