package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime"
	guestjob "github.com/hartwood-vm/hartwood/runtime/boot/job"
	"github.com/hartwood-vm/hartwood/runtime/network/usernet"
)

// prepare completes the configuration and returns the guest's job.
func (e *execution) prepare(ctx context.Context, args []string) (*guestjob.Job, error) {
	c := &e.config
	root, err := e.openRoot(ctx)
	if err != nil {
		return nil, err
	}
	e.root = root
	j := &guestjob.Job{Dir: e.workdir}
	if err := e.command(j, args); err != nil {
		return nil, err
	}
	if err := e.shares(j); err != nil {
		return nil, err
	}
	if e.tty {
		if err := e.giveTerminal(j); err != nil {
			return nil, err
		}
	}
	if err := e.variables(j); err != nil {
		return nil, err
	}
	if c.Harts == 0 {
		c.Harts = min(goruntime.NumCPU(), runtime.MaxHarts)
	}
	if c.Net.Kind == runtime.NetDefault {
		c.Net.Kind = runtime.NetUser
	}
	if c.Net.Kind == runtime.NetUser {
		address, gateway, names := usernet.Static()
		j.Network = &guestjob.Network{Address: address, Gateway: gateway, Names: names}
	}
	e.place(j)
	if c.CodeStore.Dir == "" {
		c.CodeStore.Dir = codeStore()
	}
	c.Bus, c.NoReboot = runtime.BusPCI, true
	c.Append = "console=ttyS0 quiet loglevel=1 panic=-1 rdinit=/init " + leftOut
	if err := e.kernel(ctx, j); err != nil {
		return nil, err
	}
	return j, c.Validate()
}

// leftOut says what the kernel need not do before one command: test its cryptography; fill memory with zeros that nobody has asked for; test
// the jitter of the clock as a source of random numbers, of which it has one; check the keys of its builder, which modules are not made to have
// signatures of; and measure for some 30 ms whether memory is fast where it is not aligned.
const leftOut = "cryptomgr.notests init_on_alloc=0 initcall_blacklist=jent_mod_init,load_system_certificate_list,check_unaligned_access_all_cpus"

// codeStore returns the directory of the user's in which code is kept; off if there can be none.
func codeStore() string {
	dir, err := runtime.UserCodeStore()
	if err != nil {
		return runtime.CodeStoreOff
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return runtime.CodeStoreOff
	}
	return dir
}

// command is what is run, as docker run has it: the entry point, and behind it what is given or else the image's command.
func (e *execution) command(j *guestjob.Job, args []string) error {
	image := e.root.Config
	if e.entrypoint != nil && *e.entrypoint != "" {
		j.Args = []string{*e.entrypoint}
	}
	if image != nil && e.entrypoint == nil {
		j.Args = slices.Clone(image.Entrypoint)
		if len(args) == 0 {
			args = image.Cmd
		}
	}
	if j.Args = append(j.Args, args...); len(j.Args) == 0 {
		return errors.New("exec: there is no command; write it behind --, such as: hartwood exec --image ROOT -- uname -m")
	}
	j.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}
	if image == nil {
		return nil
	}
	user, home, err := e.root.User(image.User)
	if err != nil {
		return fmt.Errorf("--image: %w", err)
	}
	j.User = user
	if home == "" {
		home = "/"
	}
	j.Env = setVariable(j.Env, "HOME="+home)
	for _, v := range image.Env {
		j.Env = setVariable(j.Env, v)
	}
	return nil
}

// shares gives the guest the directories, and says where the command begins.
func (e *execution) shares(j *guestjob.Job) error {
	c := &e.config
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	for i := range c.Shares {
		s := &c.Shares[i]
		if s.Dir, err = filepath.Abs(s.Dir); err != nil {
			return err
		}
		s.Tag = fmt.Sprintf("share%d", i)
		j.Mounts = append(j.Mounts, guestjob.Mount{Tag: s.Tag, Path: s.Dir})
		if below, err := filepath.Rel(s.Dir, here); j.Dir == "" && err == nil && filepath.IsLocal(below) {
			j.Dir = here
		}
	}
	if j.Dir == "" && e.root.Config != nil {
		j.Dir = e.root.Config.WorkingDir
	}
	if j.Dir == "" {
		j.Dir = "/"
	}
	return nil
}

// variables adds the command's variables, the job's number among them.
func (e *execution) variables(j *guestjob.Job) error {
	for _, v := range e.job.variables() {
		j.Env = setVariable(j.Env, v)
	}
	for _, v := range e.env {
		name, _, given := strings.Cut(v, "=")
		if name == "" {
			return fmt.Errorf("--env: %q has no name; write NAME=VALUE, or NAME for the value that it has here", v)
		}
		if !given {
			value, is := os.LookupEnv(name)
			if !is {
				continue
			}
			v = name + "=" + value
		}
		j.Env = setVariable(j.Env, v)
	}
	return nil
}

// setVariable adds a variable, in place of another one of its name.
func setVariable(env []string, v string) []string {
	name, _, _ := strings.Cut(v, "=")
	env = slices.DeleteFunc(env, func(old string) bool { return strings.HasPrefix(old, name+"=") })
	return append(env, v)
}
