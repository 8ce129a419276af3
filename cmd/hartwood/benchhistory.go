package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hartwood-vm/hartwood/bench/history"
	"github.com/hartwood-vm/hartwood/bench/report"
	"github.com/hartwood-vm/hartwood/bench/results"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/cobra"
)

// openHistory opens the history, and makes one where there is none.
func (b *bench) openHistory(ctx context.Context) (*history.History, error) {
	dir, err := stateDir(b.o.dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("%w; --dir names another folder", err)
	}
	return history.Open(ctx, filepath.Join(dir, "history.db"))
}

// checkHistory finds out before anything is measured that the results could not be added.
func (b *bench) checkHistory(ctx context.Context) error {
	if b.o.noHistory {
		return nil
	}
	h, err := b.openHistory(ctx)
	if err != nil {
		return fmt.Errorf("%w; --no-history does without", err)
	}
	return h.Close()
}

// remember adds results to the history.
func (b *bench) remember(ctx context.Context, got *results.Results) error {
	if b.o.noHistory {
		return nil
	}
	h, err := b.openHistory(ctx)
	if err != nil {
		return err
	}
	return errors.Join(h.Add(ctx, got), h.Close())
}

const benchReportLong = `Write one HTML file, which needs no other, about the newest run of the history: its figures, what has changed since
the run before on the same machine, distributions of the samples, and trends over the runs.`

func (a *app) benchReportCommand() *cobra.Command {
	b := &bench{app: a}
	output := ""
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write an HTML page about the newest run and the history",
		Long:  benchReportLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := b.readRules(); err != nil {
				return err
			}
			if output == "" {
				output = "report.html"
			}
			return b.writeReport(cmd.Context(), output)
		},
	}
	flags := newFlagSet("own")
	addOwn(flags, setting.Short("o", setting.File(&output, "output", "`FILE` to write", "report.html")))
	b.bindRules(flags)
	bindDir(flags, &b.o.dir)
	cmd.Flags().AddFlagSet(flags)
	return cmd
}

func (b *bench) writeReport(ctx context.Context, output string) error {
	h, err := b.openHistory(ctx)
	if err != nil {
		return err
	}
	runs, err := h.Newest(ctx, report.Runs)
	if err := errors.Join(err, h.Close()); err != nil {
		return err
	}
	if len(runs) == 0 {
		return fmt.Errorf("%w: the history is empty; 'hartwood bench' adds to it", report.ErrEmpty)
	}
	if err := hostfile.Replace(output, func(w io.Writer) error { return report.Write(w, runs, b.rules) }); err != nil {
		return &brokenError{err}
	}
	b.say("the report of %d runs is in %s", len(runs), output)
	return nil
}
