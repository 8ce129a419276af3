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

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/runtime/monitor/dashboard"
	"github.com/hartwood-vm/hartwood/runtime/monitor/sheet"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/pflag"
)

// watch is what the run command does beside the run, to show what the machine does.
type watch struct {
	report string // where to, "" for none
	http   string // where the dashboard is, "" for none

	on      *monitor.Monitor
	console *dashboard.Tail
	server  *dashboard.Server
}

// reportHere is a report on standard error.
const reportHere = "-"

func (w *watch) bind(own *pflag.FlagSet) {
	addOwn(own, setting.File(&w.report, "report", "write to `FILE` what to change and all figures: HTML or JSON by its name, - for text on standard error", ""))
	addOwn(own, setting.Text(&w.http, "http", "show a live page about the machine, and metrics for Prometheus, at `ADDRESS`, such as 127.0.0.1:8080; a port alone is the loopback device's", "none"))
}

// check finds out before the run what would be a pity after it.
func (w *watch) check() (err error) {
	if w.http != "" {
		if w.http, err = dashboard.Address(w.http); err != nil {
			return fmt.Errorf("--http: %w", err)
		}
	}
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

// before returns what the guest's console is to write to, in place of out.
func (w *watch) before(out io.Writer) io.Writer {
	if w.http == "" {
		return out
	}
	w.console = dashboard.NewTail(out)
	return w.console
}

// begin watches the machine, if anybody wants to see it.
func (w *watch) begin(a *app, m *runtime.Machine, guest string) (err error) {
	if w.report == "" && w.http == "" {
		return nil
	}
	w.on = monitor.New(m)
	if w.http != "" {
		w.server, err = dashboard.Serve(w.http, dashboard.Config{Machine: m, Monitor: w.on, Console: w.console, Guest: guest})
		if err != nil {
			return fmt.Errorf("--http: %w", err)
		}
		a.say("the dashboard is at %s", w.server.URL())
	}
	return w.on.Start()
}

// end ends the dashboard and writes the report of a run that has ended.
func (w *watch) end(stderr io.Writer, guest string, last runtime.Stats) error {
	if w.on == nil {
		return nil
	}
	err := w.on.Ended(last)
	if w.server != nil {
		err = errors.Join(err, w.server.Close())
	}
	if err != nil {
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
	if err := hostfile.Replace(w.report, func(out io.Writer) error { return write(out, r, about) }); err != nil {
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
