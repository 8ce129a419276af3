package linux

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is Slurm on one node, all of it the test's.
type cluster struct {
	t       *testing.T
	dir     string
	mark    string // a variable of every process of it, by which they are found
	slurmd  *exec.Cmd
	control *exec.Cmd
}

const slurmConf = `ClusterName=hartwood
SlurmctldHost=%[1]s(127.0.0.1)
SlurmctldPort=%[2]d
SlurmdPort=%[3]d
SlurmUser=%[4]s
SlurmdUser=%[4]s
AuthType=auth/munge
AuthInfo=socket=%[5]s/munge.socket,cred_expire=2
CredType=cred/munge
StateSaveLocation=%[5]s/state
SlurmdSpoolDir=%[5]s/spool
SlurmctldPidFile=%[5]s/slurmctld.pid
SlurmdPidFile=%[5]s/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
BatchStartTimeout=2
KillWait=5
NodeName=node NodeHostname=%[1]s NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=node Default=YES State=UP MaxTime=30
`

// newCluster starts munge, Slurm's controller and its daemon of a node, or skips the test where they are not installed.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	for _, name := range []string{"munged", "slurmctld", "slurmd", "sbatch", "scontrol", "squeue"} {
		if _, err := findTool(name); err != nil {
			t.Skipf("there is no %s; Debian's packages slurm-wlm and munge have it", name)
		}
	}
	// Not below TMPDIR, which others may write to: munge refuses that.
	dir, err := os.MkdirTemp("/var/tmp", "hartwood-slurm-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // munge's socket is for all
		t.Fatal(err)
	}
	c := &cluster{t: t, dir: dir, mark: "HARTWOOD_CLUSTER=" + dir}
	t.Cleanup(c.close)
	for _, name := range []string{"state", "spool"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	user, err := exec.Command("id", "-un").Output()
	if err != nil {
		t.Fatal(err)
	}
	conf := fmt.Sprintf(slurmConf, host, freePort(t), freePort(t), strings.TrimSpace(string(user)), dir)
	saveFile(t, filepath.Join(dir, "slurm.conf"), []byte(conf))
	if err := os.WriteFile(filepath.Join(dir, "key"), bytes.Repeat([]byte("hartwood"), 16), 0o600); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	c.start("munged", "-F", "--key-file="+in("key"), "--socket="+in("munge.socket"), "--pid-file="+in("munged.pid"),
		"--seed-file="+in("munged.seed"), "--num-threads=2")
	c.wait("munge's socket", func() bool { _, err := os.Stat(in("munge.socket")); return err == nil })
	c.control = c.start("slurmctld", "-D", "-i", "-f", in("slurm.conf"))
	c.startNode()
	c.wait("the node", func() bool { return strings.Contains(c.ask("sinfo", "-h", "-o", "%T"), "idle") })
	return c
}

func findTool(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/" + name)
}

// command is a command that belongs to the cluster.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	path, err := findTool(name)
	if err != nil {
		path = name
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), c.mark, "SLURM_CONF="+filepath.Join(c.dir, "slurm.conf"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// start starts a daemon, whose log is a file of its name.
func (c *cluster) start(name string, args ...string) *exec.Cmd {
	c.t.Helper()
	log, err := os.OpenFile(filepath.Join(c.dir, name+".out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	cmd := c.command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	// The thread that starts a child is the one whose end kills it.
	started := make(chan error)
	go func() {
		goruntime.LockOSThread()
		started <- cmd.Start()
		_ = cmd.Wait()
	}()
	if err := <-started; err != nil {
		c.t.Fatal(err)
	}
	return cmd
}

func (c *cluster) startNode() {
	c.slurmd = c.start("slurmd", "-D", "-N", "node", "-f", filepath.Join(c.dir, "slurm.conf"))
}

// ask returns what a command of Slurm's says, also if it fails: the controller may not be there yet.
func (c *cluster) ask(name string, args ...string) string {
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	cmd := c.command(name, args...)
	defer context.AfterFunc(ctx, func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	})()
	out, _ := cmd.CombinedOutput()
	return string(out)
}

// wait waits until something is so. It gives up when the test is about to.
func (c *cluster) wait(what string, is func() bool) {
	c.t.Helper()
	for limit := time.Now().Add(5 * time.Minute); !is(); {
		if time.Now().After(limit) {
			c.t.Fatalf("%s is not there", what)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// processes are those of the cluster but for daemons that are kept.
func (c *cluster) processes(keep ...*exec.Cmd) (pids []int) {
	names, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(text, []byte(c.mark+"\x00")) {
			continue
		}
		pid, _ := strconv.Atoi(strings.Split(name, "/")[2])
		kept := false
		for _, k := range keep {
			kept = kept || k.Process.Pid == pid
		}
		if !kept {
			pids = append(pids, pid)
		}
	}
	return pids
}

// killNode ends the node as a crash does: its daemon, and all that it has started. Nobody is left to tell the controller.
func (c *cluster) killNode(keep ...*exec.Cmd) {
	for _, signal := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGSTOP, syscall.SIGKILL} { // twice: one may have been starting another
		for _, pid := range c.processes(keep...) {
			_ = syscall.Kill(pid, signal)
		}
	}
	c.wait("the end of the node", func() bool { return len(c.processes(keep...)) == 0 })
}

func (c *cluster) close() {
	if c.t.Failed() {
		for _, name := range []string{"slurmctld.out", "slurmd.out", "munged.out"} {
			text, _ := os.ReadFile(filepath.Join(c.dir, name))
			c.t.Logf("%s:\n%s", name, text[max(0, len(text)-3000):])
		}
	}
	for {
		left := c.processes()
		if len(left) == 0 {
			break
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(20 * time.Millisecond)
	}
	_ = os.RemoveAll(c.dir)
}

// TestSlurm runs the example: an array of tests and seeds. The node dies in the middle with all that runs on it, and comes back. In the
// end every task has one result, and those that had one before have not been done again.
func TestSlurm(t *testing.T) {
	if os.Getenv("HARTWOOD_SLURM") == "" {
		t.Skip("HARTWOOD_SLURM is not set; 'make test-examples' sets it")
	}
	f := need(t)
	c := newCluster(t)
	munged := c.processes(c.slurmd, c.control)
	if len(munged) != 1 {
		t.Fatalf("munge is %v", munged)
	}
	process, _ := os.FindProcess(munged[0])
	root, source, results := saveFile(t, filepath.Join(c.dir, "root.tar"), archiveOf(t, rootDirectory(t, f))), t.TempDir(), filepath.Join(c.dir, "results")
	for name, text := range map[string]string{
		"pass": "#!/bin/sh\necho pass $1 $HARTWOOD_JOB_INDEX $HARTWOOD_JOB_COUNT\ncat /proc/sys/kernel/random/uuid\n[ $1 = 11 ] || until [ -e go ]; do sleep 0.1; done\n",
		"fail": "#!/bin/sh\necho fail $1 $HARTWOOD_JOB_INDEX $HARTWOOD_JOB_COUNT\ncat /proc/sys/kernel/random/uuid\nexit 5\n",
	} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	example := func(script string, args ...string) (string, int) {
		cmd := c.command(filepath.Join("../../runtime/examples/slurm", script), args...)
		cmd.Env = append(cmd.Env, "TESTS=pass fail", "SEEDS=11 12 13", "HARTWOOD="+f.hartwood, "HARTWOOD_LINUX="+f.cache, "MEMORY=256M", "XDG_CACHE_HOME="+filepath.Join(c.dir, "cache"))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) || stderr.Len() > 0 {
			t.Fatalf("%s: %v: %s", script, err, &stderr)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	submitted, _ := example("submit.sh", root, source, results)
	job := strings.TrimSpace(submitted)
	if !regexp.MustCompile(`^\d+$`).MatchString(job) {
		t.Fatalf("submitted as %q", job)
	}

	const tasks = 6
	done := func() map[string]string {
		found := map[string]string{}
		for i := range tasks {
			text, err := os.ReadFile(filepath.Join(results, fmt.Sprintf("%d.json", i)))
			if err == nil {
				out, _ := os.ReadFile(filepath.Join(results, fmt.Sprintf("%d.out", i)))
				found[fmt.Sprint(i)] = string(text) + string(out)
			}
		}
		return found
	}
	c.wait("results, and a task under way", func() bool {
		started, _ := os.ReadFile(filepath.Join(results, "started"))
		return len(done()) >= 2 && strings.Contains(string(started), "pass 12") // which waits for the file go
	})
	c.killNode(c.control, &exec.Cmd{Process: process})
	before := done()
	for _, line := range strings.Fields(c.ask("squeue", "-h", "-r", "-j", job, "-t", "RUNNING", "-o", "%F_%K")) {
		c.ask("scontrol", "requeue", line) // as the controller does by itself when it has missed the node for long
	}
	if text, code := example("collect.sh", results); code != 3 || strings.Count(text, "missing") != tasks-len(before) {
		t.Errorf("collected in the middle: exit code %d\n%s", code, text)
	}
	saveFile(t, filepath.Join(source, "go"), nil)
	c.startNode()
	c.wait("the node again", func() bool {
		state := c.ask("sinfo", "-h", "-o", "%T")
		return strings.Contains(state, "idle") || strings.Contains(state, "alloc") || strings.Contains(state, "mix")
	})
	c.wait("all results", func() bool { return len(done()) == tasks })
	c.wait("the end of the array", func() bool {
		return strings.TrimSpace(c.ask("squeue", "-h", "-j", job)) == "" || strings.Contains(c.ask("squeue", "-h", "-j", job), "Invalid job")
	})

	text, code := example("collect.sh", results)
	if want := "0 0\n1 5\n2 0\n3 5\n4 0\n5 5\n"; text != want || code != 1 {
		t.Errorf("collected: exit code %d\n%s", code, text)
	}
	after, seen := done(), map[string]bool{}
	for i := range tasks {
		key := fmt.Sprint(i)
		test := []string{"pass", "fail"}[i%2]
		_, out, _ := strings.Cut(after[key], "\n")
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if len(lines) != 2 || lines[0] != fmt.Sprintf("%s %d %d %d", test, 11+i/2, i, tasks) || seen[lines[1]] {
			t.Errorf("task %d has written %q", i, out)
		}
		seen[lines[len(lines)-1]] = true
		if was, is := before[key]; is && was != after[key] {
			t.Errorf("task %d was done again", i)
		}
	}
	started, err := os.ReadFile(filepath.Join(results, "started"))
	if err != nil {
		t.Fatal(err)
	}
	again := 0
	for i := range tasks {
		n := strings.Count("\n"+string(started), fmt.Sprintf("\n%d ", i))
		if _, is := before[fmt.Sprint(i)]; n == 0 || is && n != 1 {
			t.Errorf("task %d was started %d times", i, n)
		}
		again += n - 1
	}
	if again == 0 {
		t.Error("no task was started again")
	}
	t.Logf("%d results before the node died; %d tasks were started again", len(before), again)
	if left, err := filepath.Glob(filepath.Join(results, ".new-*")); err != nil || len(left) > 2*again {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
