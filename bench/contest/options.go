package contest

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// Options are what every contest can be told.
type Options struct {
	Rounds    int           // how often each contestant runs; tables show medians
	Only      string        // programs to run, behind commas, or "all"
	Linux     string        // folder with Debian's kernel
	Hartwood  string        // command to measure, "" for one built from the source
	Arguments string        // more arguments for it
	Harts     int           // of the guests
	QEMU      string        // to compare with, where there is such a command
	NoQEMU    bool          // leave QEMU out
	JSON      bool          // write JSON in place of a table
	Limit     time.Duration // longest time of one contestant in one round
}

// Default returns the usual options.
func Default() Options {
	return Options{
		Rounds: 3, Only: "all", Harts: 2,
		Linux: cmp.Or(os.Getenv("HARTWOOD_LINUX"), ".cache/linux"),
		QEMU:  cmp.Or(os.Getenv("QEMU_SYSTEM"), "qemu-system-riscv64"),
	}
}

// Flags adds a flag for each option.
func (o *Options) Flags(f *flag.FlagSet) {
	f.IntVar(&o.Rounds, "rounds", o.Rounds, "how often each contestant runs; the table shows medians")
	f.StringVar(&o.Only, "only", o.Only, "programs to run, behind commas")
	f.StringVar(&o.Linux, "linux", o.Linux, "folder with Debian's kernel")
	f.StringVar(&o.Hartwood, "hartwood", o.Hartwood, "command to measure (default: built from the source)")
	f.StringVar(&o.Arguments, "arguments", o.Arguments, "more arguments for the hartwood command")
	f.IntVar(&o.Harts, "harts", o.Harts, "harts of the guests")
	f.StringVar(&o.QEMU, "qemu", o.QEMU, "QEMU to compare with")
	f.BoolVar(&o.NoQEMU, "no-qemu", o.NoQEMU, "leave QEMU out")
	f.BoolVar(&o.JSON, "json", o.JSON, "write JSON in place of a table")
	f.DurationVar(&o.Limit, "limit", o.Limit, "longest time of one contestant in one round")
}

// WithQEMU reports whether QEMU takes part.
func (o *Options) WithQEMU() bool {
	_, err := exec.LookPath(o.QEMU)
	return err == nil && !o.NoQEMU
}

// Check returns an error if a file of the folder with Debian's kernel is missing: one of these, or what QEMU needs of it.
func (o *Options) Check(files ...string) error {
	if o.WithQEMU() {
		files = append(files[:len(files):len(files)], "fw_dynamic.bin")
	}
	for _, name := range append([]string{"Image"}, files...) {
		if _, err := os.Stat(filepath.Join(o.Linux, name)); err != nil {
			return fmt.Errorf("%w; 'make linux-files' brings it, or -linux (HARTWOOD_LINUX) names a folder that has it", err)
		}
	}
	return nil
}

// Scripts is where the scripts are that bring and make what guests consist of, from the repository's first folder.
const Scripts = "bench/linux"

// CheckFolder returns an error if this is called elsewhere than in the repository's first folder.
func CheckFolder() error {
	if _, err := os.Stat(Scripts); err != nil {
		return fmt.Errorf("%w; call this in the repository's first folder", err)
	}
	return nil
}

// Command returns the hartwood command to measure, which is built in dir if none is named.
func (o *Options) Command(ctx context.Context, dir string) (string, error) {
	if o.Hartwood != "" {
		return o.Hartwood, nil
	}
	path := filepath.Join(dir, "hartwood")
	return path, Tool(ctx, "go", "build", "-trimpath", "-o", path, "github.com/hartwood-vm/hartwood/cmd/hartwood")
}

// Tool runs a command that makes something; the error has the end of what it said.
func Tool(ctx context.Context, name string, arguments ...string) error {
	said := plain.Tail{Limit: 4000}
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, strings.TrimSpace(said.String()))
	}
	return nil
}

// Main measures, as a command does: an error goes to standard error, with the command's name in front, and ends the process, and
// so does a signal that asks it to end, when what it has made is removed.
func Main(name string, measure func(context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := measure(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}
