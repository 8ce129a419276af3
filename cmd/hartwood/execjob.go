package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	guestjob "github.com/hartwood-vm/hartwood/runtime/boot/job"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/pflag"
)

// Variables in which engines say which of how many jobs this is, in the order in which they are asked.
var (
	indexVariables = []string{"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"}
	countVariables = []string{"SLURM_ARRAY_TASK_COUNT", "JOB_COMPLETION_COUNT"}
)

// jobOptions are those for one of many jobs.
type jobOptions struct {
	json         bool
	output       string
	result       string
	index, count string

	aside *os.File // what is written to output, until it has its name
}

func (o *jobOptions) bind(flags *pflag.FlagSet) {
	addOwn(flags, setting.Switch(&o.json, false, "json", "print how the command ended as one line of JSON on standard error"))
	addOwn(flags, setting.File(&o.output, "output", "`FILE` for the command's output, which appears when the command has ended by itself", ""))
	addOwn(flags, setting.File(&o.result, "result", "`FILE` for that line of JSON, which appears after the output", ""))
	addOwn(flags, setting.Text(&o.index, "job-index", "`NUMBER` of this job, for the command's HARTWOOD_JOB_INDEX", "the engine's, if there is one"))
	addOwn(flags, setting.Text(&o.count, "job-count", "`NUMBER` of jobs, for the command's HARTWOOD_JOB_COUNT", "the engine's, if there is one"))
}

// begin looks at the options, and opens the output.
func (o *jobOptions) begin() (err error) {
	for _, n := range []struct {
		value     *string
		name      string
		variables []string
	}{{&o.index, "job-index", indexVariables}, {&o.count, "job-count", countVariables}} {
		from := "--" + n.name
		for _, v := range n.variables {
			if *n.value == "" && os.Getenv(v) != "" {
				*n.value, from = os.Getenv(v), v
			}
		}
		if _, err := strconv.ParseUint(*n.value, 10, 63); *n.value != "" && err != nil {
			return fmt.Errorf("%s: %q is no number of a job; choose 0 or more by --%s", from, *n.value, n.name)
		}
	}
	if o.result != "" {
		if err := hostfile.Writable(o.result); err != nil {
			return fmt.Errorf("--result: %w", err)
		}
	}
	if o.output == "" {
		return nil
	}
	if err := hostfile.Writable(o.output); err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	if o.aside, err = os.CreateTemp(filepath.Dir(o.output), ".new-*"); err != nil {
		return fmt.Errorf("--output: %w; name a file in a folder that can be written to", err)
	}
	return nil
}

// abandon removes an output that is not whole.
func (o *jobOptions) abandon() {
	if o.aside != nil {
		_ = o.aside.Close()
		_ = os.Remove(o.aside.Name())
	}
}

// stdout is where the command's output goes.
func (o *jobOptions) stdout(otherwise io.Writer) io.Writer {
	if o.aside != nil {
		return o.aside
	}
	return otherwise
}

// variables are the job's, for the command.
func (o *jobOptions) variables() (env []string) {
	if o.index != "" {
		env = append(env, "HARTWOOD_JOB_INDEX="+o.index)
	}
	if o.count != "" {
		env = append(env, "HARTWOOD_JOB_COUNT="+o.count)
	}
	return env
}

// commit gives the files their names: first the output, then the result, which so stands for both.
func (o *jobOptions) commit(line []byte) error {
	if o.aside != nil {
		f := o.aside
		o.aside = nil
		err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close())
		if err == nil {
			err = os.Rename(f.Name(), o.output)
		}
		if err != nil {
			return fmt.Errorf("--output: %w", errors.Join(err, os.Remove(f.Name())))
		}
	}
	if o.result != "" {
		write := func(w io.Writer) error {
			_, err := w.Write(line)
			return err
		}
		if err := hostfile.Replace(o.result, write); err != nil {
			return fmt.Errorf("--result: %w", err)
		}
	}
	return nil
}

// execResult is what --json and --result write.
type execResult struct {
	ExitCode     int            `json:"exit_code"`
	Signal       int            `json:"signal,omitempty"`
	Error        string         `json:"error,omitempty"`
	Told         bool           `json:"told_to_end,omitempty"` // by a signal
	Index        string         `json:"job_index,omitempty"`
	Count        string         `json:"job_count,omitempty"`
	WallNS       int64          `json:"wall_ns"`
	Instructions uint64         `json:"instructions"`
	Stats        *runtime.Stats `json:"stats,omitempty"`
}

// finish says how the command ended. Files appear if it has ended by itself.
func (e *execution) finish(ctx context.Context, began time.Time, end guestjob.End, ran *runtime.Result, err error) error {
	result := execResult{
		ExitCode: end.Code, Signal: end.Signal, WallNS: int64(time.Since(began)),
		Index: e.job.index, Count: e.job.count, Told: ctx.Err() != nil,
	}
	if ran != nil {
		result.Instructions, result.Stats = ran.Stats.Instructions, &ran.Stats
	}
	switch {
	case err != nil:
		result.ExitCode, result.Error = exitCodeOf(err), oneLine(err)
	case end.Error != "":
		result.ExitCode, result.Error = notRun(end.Error), plain.Text(end.Error)+explainMount(end.Error)
	case end.Signal != 0:
		result.ExitCode = 128 + end.Signal
	}
	whole := err == nil && !result.Told && (end.Error == "" || result.ExitCode != exitBroken)
	line, err := json.Marshal(result)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if whole {
		if err := e.job.commit(line); err != nil {
			return &brokenError{err}
		}
	}
	e.exitCode = result.ExitCode
	if result.Error != "" {
		e.say("exec: %s", result.Error)
	}
	if e.job.json {
		return show(e.stderr, string(line))
	}
	return nil
}
