package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/cobra"
)

const blocksLong = `Run a guest as "hartwood run" does, with the same options, and list the blocks of guest code in which most native
instructions were executed: how often each was executed and which of its exits were taken, then guest code on the left and
the host code made from it on the right.

The guest's console goes to standard error, the list to standard output. Counting takes some speed, so the time of the
run means little.`

const blocksExamples = `  # the ten hottest blocks of a bare-metal program
  hartwood blocks program.elf

  # of the embedded guest, the three hottest, for another program
  hartwood blocks --top 3 --json`

// blocks is one execution of the blocks command.
type blocks struct {
	run
	list io.Writer
	top  int
	json bool
}

func (a *app) blocksCommand() *cobra.Command {
	// The guest writes where the list does not go.
	guest := &app{stdin: a.stdin, stdout: a.stderr, stderr: a.stderr}
	b := &blocks{run: run{app: guest, config: runtime.Default()}, list: a.stdout}
	cmd := &cobra.Command{
		Use:     "blocks [PROGRAM]",
		Short:   "Run a guest and list its hottest blocks with their native code",
		Long:    blocksLong,
		Example: blocksExamples,
		Args:    oneProgram,
		RunE: func(cmd *cobra.Command, args []string) error {
			defer func() { a.exitCode = guest.exitCode }()
			return b.execute(cmd, args)
		},
	}
	own := newFlagSet("own")
	addOwn(own, setting.Int(&b.top, 10, "top", "`NUMBER` of blocks to list"))
	addOwn(own, setting.Switch(&b.json, false, "json", "print the list as JSON"))
	b.bind(cmd, own)
	return cmd
}

func (b *blocks) execute(cmd *cobra.Command, args []string) error {
	if b.helpAll {
		return cmd.Help()
	}
	if b.top < 1 {
		return fmt.Errorf("--top: %d blocks make no list; choose 1 or more", b.top)
	}
	if err := b.prepare(cmd, args); err != nil {
		return err
	}
	if !runtime.HasCompiler {
		return errors.New("blocks: there is no compiler of native code for this host; everything is interpreted here")
	}
	if b.config.JIT.Mode == runtime.JITOff {
		return errors.New("--jit: with off there is no native code to list; choose quick or on")
	}
	b.config.JIT.Profile = true
	b.ended = b.write
	return b.machine(cmd.Context())
}

// write prints the list.
func (b *blocks) write(m *runtime.Machine) error {
	return b.writeList(m.Blocks(b.top))
}

func (b *blocks) writeList(hot []runtime.HotBlock) error {
	if b.json {
		if hot == nil {
			hot = []runtime.HotBlock{}
		}
		return showJSON(b.list, hot)
	}
	if len(hot) == 0 {
		return show(b.list, "no block became hot enough to be compiled; a lower --jit-threshold-max compiles more\n")
	}
	for i := range hot {
		h := &hot[i]
		name := plain.Text(h.Name)
		if name == "" {
			name = "-"
		}
		text := fmt.Sprintf("%d. %s  pc %#x  pa %#x\n   %.2f %%: %s executions of %d instructions, %d bytes of host code\n%s%s\n",
			i+1, name, h.PC, h.PA, 100*h.Share, measure.Number(h.Executions), h.Instructions, h.HostBytes, edges(h), h.Listing())
		if err := show(b.list, text); err != nil {
			return err
		}
	}
	return nil
}

// edges lists where a block's executions went.
func edges(h *runtime.HotBlock) string {
	var out strings.Builder
	rest := h.Executions
	line := func(where string, n uint64) {
		fmt.Fprintf(&out, "   %6.2f %%  %s, %s times\n", 100*float64(n)/float64(h.Executions), where, measure.Number(n))
	}
	for _, e := range h.Edges {
		line(fmt.Sprintf("%#x to %#x", e.From, e.To), e.Taken)
		rest -= min(rest, e.Taken)
	}
	if rest > 0 {
		line("elsewhere", rest)
	}
	return out.String()
}
