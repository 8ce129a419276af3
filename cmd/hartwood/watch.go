package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hartwood-vm/hartwood/bench/results"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/runtime/monitor/sheet"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/pflag"
)

// watch is what the run command does beside the run, to show what the machine does.
type watch struct {
	report string // where to, "" for none
	on     *monitor.Monitor
}

// reportHere is a report on standard error.
const reportHere = "-"

func (w *watch) bind(own *pflag.FlagSet) {
	addOwn(own, setting.File(&w.report, "report", "write to `FILE` what to change and all figures: HTML or JSON by its name, - for text on standard error", ""))
}

// check finds out before the run what would be a pity after it.
func (w *watch) check() error {
	if w.report == "" || w.report == reportHere {
		return nil
	}
	if _, ok := reportWriters[filepath.Ext(w.report)]; !ok {
		return fmt.Errorf("--report: %s ends neither in .html nor in .json; choose one of these, or - for text on standard error", w.report)
	}
	folder := filepath.Dir(w.report)
	switch s, err := os.Stat(folder); {
	case errors.Is(err, fs.ErrNotExist) || err == nil && !s.IsDir():
		return fmt.Errorf("--report: there is no folder %s; make it, or name a file elsewhere", folder)
	case err != nil:
		return fmt.Errorf("--report: %w", err)
	}
	return nil
}

// begin watches the machine, if anybody wants to see it.
func (w *watch) begin(m *runtime.Machine) error {
	if w.report == "" {
		return nil
	}
	w.on = monitor.New(m)
	return w.on.Start()
}

// end writes the report of a run that has ended.
func (w *watch) end(stderr io.Writer, guest string, last runtime.Stats) error {
	if w.on == nil {
		return nil
	}
	if err := w.on.Ended(last); err != nil {
		return err
	}
	if w.report == "" {
		return nil
	}
	r, err := w.on.Report()
	if err != nil {
		return err
	}
	about := sheet.About{Guest: guest, Program: versionLine()}
	if w.report == reportHere {
		var text strings.Builder
		err := r.WriteText(&text)
		return errors.Join(err, show(stderr, "\n"+text.String()))
	}
	write := reportWriters[filepath.Ext(w.report)]
	if err := results.Save(w.report, func(out io.Writer) error { return write(out, r, about) }); err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	return nil
}

// reportWriters are the ways to write a report, by the file's extension.
var reportWriters = map[string]func(io.Writer, *monitor.Report, sheet.About) error{
	".html": sheet.Write,
	".json": func(w io.Writer, r *monitor.Report, about sheet.About) error {
		text, err := json.MarshalIndent(struct {
			Guest   string `json:"guest"`
			Program string `json:"program"`
			*monitor.Report
		}{plain.Text(about.Guest), about.Program, r}, "", "  ")
		if err != nil {
			return err
		}
		_, err = w.Write(append(text, '\n'))
		return err
	},
}
