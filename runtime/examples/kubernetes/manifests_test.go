package kubernetes

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// decode decodes the documents of a manifest, each into the value of its place. A field that Kubernetes does not know is an error.
func decode(t *testing.T, name string, into ...any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	documents := bytes.Split(text, []byte("\n---\n"))
	if len(documents) != len(into) {
		t.Fatalf("%s has %d documents, want %d", name, len(documents), len(into))
	}
	for i, d := range documents {
		if err := yaml.UnmarshalStrict(d, into[i]); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestManifests(t *testing.T) {
	var job batch.Job
	var claims [2]core.PersistentVolumeClaim
	decode(t, "job.yaml", &job)
	decode(t, "volumes.yaml", &claims[0], &claims[1])
	if job.APIVersion != "batch/v1" || job.Kind != "Job" {
		t.Errorf("%s %s", job.APIVersion, job.Kind)
	}
	s := job.Spec
	if s.CompletionMode == nil || *s.CompletionMode != batch.IndexedCompletion || s.Completions == nil || s.BackoffLimitPerIndex == nil {
		t.Fatalf("no Indexed Job whose indexes are tried again: %+v", s)
	}
	pod := s.Template.Spec
	if pod.RestartPolicy != core.RestartPolicyNever { // a failure policy wants that
		t.Errorf("restart policy %s", pod.RestartPolicy)
	}
	c := pod.Containers[0]
	if want := "--job-count=" + fmt.Sprint(*s.Completions); !slices.Contains(c.Args, want) {
		t.Errorf("%q lacks %s", c.Args, want)
	}
	for _, rule := range s.PodFailurePolicy.Rules {
		if on := rule.OnExitCodes; on != nil && (*on.ContainerName != c.Name || !slices.IsSorted(on.Values)) {
			t.Errorf("%+v", on)
		}
	}

	// What is mounted is a volume, what is claimed is there, and what is written to is mounted for writing.
	volumes := map[string]core.Volume{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = v
		if claim := v.PersistentVolumeClaim; claim != nil && !slices.ContainsFunc(claims[:], func(c core.PersistentVolumeClaim) bool {
			return c.Kind == "PersistentVolumeClaim" && c.Name == claim.ClaimName
		}) {
			t.Errorf("nobody claims %s", claim.ClaimName)
		}
	}
	writable := map[string]bool{}
	for _, m := range c.VolumeMounts {
		if _, is := volumes[m.Name]; !is {
			t.Errorf("there is no volume %s", m.Name)
		}
		writable[m.MountPath] = !m.ReadOnly
	}
	for _, option := range []string{"--output=/results/", "--result=/results/", "--image-cache=/cache/", "--code-store=/cache/"} {
		_, path, _ := strings.Cut(option, "=")
		if !slices.ContainsFunc(c.Args, func(a string) bool { return strings.HasPrefix(a, option) }) || !writable[strings.TrimSuffix(path, "/")] {
			t.Errorf("%s is not given, or cannot be written to", option)
		}
	}
	if grace := pod.TerminationGracePeriodSeconds; grace == nil || *grace < 36 || !slices.Contains(c.Args, "--grace=30s") {
		t.Errorf("a command may have 30 seconds and the machine 5: %v", grace)
	}
}

// A field of no meaning is noticed.
func TestDecodingIsStrict(t *testing.T) {
	text, err := os.ReadFile("job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(bytes.Replace(text, []byte("completions:"), []byte("completion:"), 1), new(batch.Job)); err == nil {
		t.Error("a field that is not there is decoded")
	}
}
