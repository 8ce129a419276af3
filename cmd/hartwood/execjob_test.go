package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	guestjob "github.com/hartwood-vm/hartwood/runtime/boot/job"
	"github.com/hartwood-vm/hartwood/runtime/rootfs"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// The job's number is the option's, or the engine's.
func TestJobNumber(t *testing.T) {
	for _, v := range slices.Concat(indexVariables, countVariables) {
		t.Setenv(v, "")
	}
	for _, c := range []struct {
		env    map[string]string
		option jobOptions
		want   string
	}{
		{want: ""},
		{env: map[string]string{"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "8"}, want: "HARTWOOD_JOB_INDEX=3 HARTWOOD_JOB_COUNT=8"},
		{env: map[string]string{"JOB_COMPLETION_INDEX": "0"}, want: "HARTWOOD_JOB_INDEX=0"},
		{env: map[string]string{"SLURM_ARRAY_TASK_ID": "3"}, option: jobOptions{index: "4", count: "5"}, want: "HARTWOOD_JOB_INDEX=4 HARTWOOD_JOB_COUNT=5"},
		{env: map[string]string{"SLURM_ARRAY_TASK_ID": "x"}, want: "SLURM_ARRAY_TASK_ID"},
		{option: jobOptions{index: "-1"}, want: "--job-index"},
		{option: jobOptions{count: "1.5"}, want: "--job-count"},
	} {
		for k, v := range c.env {
			t.Setenv(k, v)
		}
		o := c.option
		err := o.begin()
		if got := strings.Join(o.variables(), " "); err == nil && got != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %+v: %q, %v", c.env, c.option, got, err)
		}
		for k := range c.env {
			t.Setenv(k, "")
		}
	}
}

// Files appear when a command has ended by itself, whatever its exit code, and only then.
func TestJobFiles(t *testing.T) {
	stopped, stop := context.WithCancelCause(t.Context())
	stop(&signalError{syscall.SIGTERM})
	for _, c := range []struct {
		name  string
		ctx   context.Context
		end   guestjob.End
		err   error
		code  int
		whole bool
	}{
		{"success", t.Context(), guestjob.End{}, nil, 0, true},
		{"failure", t.Context(), guestjob.End{Code: 7}, nil, 7, true},
		{"a signal of the guest's", t.Context(), guestjob.End{Signal: 11}, nil, 139, true},
		{"no such program", t.Context(), guestjob.End{Error: "run x: error 2"}, nil, 127, true},
		{"a guest that does not begin", t.Context(), guestjob.End{Error: "mount the root root: error 19"}, nil, 1, false},
		{"a machine that breaks", t.Context(), guestjob.End{}, &brokenError{errors.New("broken")}, 1, false},
		{"told to end", stopped, guestjob.End{}, nil, 0, false},
		{"ended", stopped, guestjob.End{}, context.Cause(stopped), 143, false},
	} {
		dir := t.TempDir()
		var stderr strings.Builder
		e := &execution{app: &app{stderr: &stderr}}
		e.job.json, e.job.output, e.job.result = true, filepath.Join(dir, "out"), filepath.Join(dir, "result")
		for _, old := range []string{e.job.output, e.job.result} {
			if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.job.begin(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(e.job.stdout(nil), "new"); err != nil {
			t.Fatal(err)
		}
		if text, _ := os.ReadFile(e.job.output); string(text) != "old" {
			t.Errorf("%s: before the end there is %q", c.name, text)
		}
		err := e.finish(c.ctx, time.Now(), c.end, &runtime.Result{}, c.err)
		e.job.abandon()
		if err != nil || e.exitCode != c.code {
			t.Errorf("%s: exit code %d, %v", c.name, e.exitCode, err)
		}
		out, _ := os.ReadFile(e.job.output)
		text, _ := os.ReadFile(e.job.result)
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		said := lines[len(lines)-1]
		var result execResult
		if c.whole != (string(out) == "new") || c.whole != (string(text) == said+"\n") || !c.whole && string(out)+string(text) != "oldold" {
			t.Errorf("%s: output %q, result %q, said %q", c.name, out, text, said)
		}
		if err := json.Unmarshal([]byte(said), &struct {
			*execResult
			Stats any `json:"stats"`
		}{execResult: &result}); err != nil || result.ExitCode != c.code || result.Told != (c.ctx == stopped) {
			t.Errorf("%s: %q: %v", c.name, said, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
			t.Errorf("%s: left behind: %v, %v", c.name, left, err)
		}
	}
}

// What is run is what docker run would.
func TestCommandOfImage(t *testing.T) {
	text := func(s string) *string { return &s }
	image := &v1.Config{Entrypoint: []string{"/entry", "-x"}, Cmd: []string{"cmd", "arg"}, Env: []string{"PATH=/image", "A=b"}}
	for _, c := range []struct {
		config     *v1.Config
		entrypoint *string
		args       []string
		want       string
	}{
		{image, nil, nil, "/entry -x cmd arg"},
		{image, nil, []string{"mine"}, "/entry -x mine"},
		{image, text("sh"), []string{"-c", "x"}, "sh -c x"},
		{image, text("sh"), nil, "sh"},
		{image, text(""), []string{"ls"}, "ls"},
		{image, text(""), nil, "no command"},
		{&v1.Config{}, nil, nil, "no command"},
		{nil, nil, []string{"ls"}, "ls"},
		{nil, nil, nil, "no command"},
	} {
		e := &execution{entrypoint: c.entrypoint, root: &rootfs.Root{Path: t.TempDir(), Config: c.config}}
		var j guestjob.Job
		err := e.command(&j, c.args)
		if got := strings.Join(j.Args, " "); err == nil && got != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
		if err == nil && c.config == image && !slices.Equal(j.Env, []string{"HOME=/", "PATH=/image", "A=b"}) {
			t.Errorf("%q", j.Env)
		}
	}
	if !slices.Equal(image.Entrypoint, []string{"/entry", "-x"}) {
		t.Errorf("%q", image.Entrypoint)
	}
}
