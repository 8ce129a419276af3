package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// store is one execution of a store command.
type store struct {
	*app
	dir  string
	json bool
}

// storeCommand is the command for native code that is kept on the host.
func (a *app) storeCommand() *cobra.Command {
	s := &store{app: a}
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Look at the native code that is kept for later runs, or remove it",
		Long: `'hartwood boot' and 'hartwood exec' keep the native code that guest code has been translated to, and find it the next time;
'hartwood run' does so with --code-store. What was not used for longest goes when all is larger than --code-store-bytes.
It is safe to remove it at any time: machines that run go on with what they have, and the next ones translate anew.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		s.command("list", "List the files of code, those used last first", s.list),
		s.command("clear", "Remove the files of code", s.clear),
	)
	return cmd
}

func (s *store) command(use, short string, do func(dir string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		dir := s.dir
		if dir == "" {
			var err error
			if dir, err = runtime.UserCodeStore(); err != nil {
				return fmt.Errorf("--code-store: the user has no cache (%w); name the directory", err)
			}
		}
		if err := do(dir); err != nil {
			return fmt.Errorf("--code-store %s: %w", plain.Text(dir), err)
		}
		return nil
	}}
	own := newFlagSet("own")
	addOwn(own, setting.File(&s.dir, "code-store", "`DIRECTORY` of the code", "the user's cache"))
	addOwn(own, setting.Switch(&s.json, false, "json", "print JSON"))
	cmd.Flags().AddFlagSet(own)
	return cmd
}

// list prints a line for each file.
func (s *store) list(dir string) error {
	files, err := runtime.StoredCode(dir)
	if err != nil {
		return err
	}
	if s.json {
		return showJSON(s.stdout, append([]runtime.CodeFile{}, files...))
	}
	if len(files) == 0 {
		return show(s.stdout, fmt.Sprintf("There is no code in %s.\n", plain.Text(dir)))
	}
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SIZE\tLAST USED\tBUILD AND PROCESSOR\tFILE")
	for _, f := range files {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", mebibytes(f.Bytes), f.Used.Format(time.DateTime), f.Maker, plain.Text(f.Path))
	}
	fmt.Fprintf(w, "%s\tin all\n", mebibytes(sum(files)))
	if err := w.Flush(); err != nil {
		return err
	}
	return show(s.stdout, text.String())
}

// clear removes the files and says how much that was, even if some stay.
func (s *store) clear(dir string) error {
	gone, err := runtime.ClearStoredCode(dir)
	if s.json {
		return errors.Join(err, showJSON(s.stdout, append([]runtime.CodeFile{}, gone...)))
	}
	return errors.Join(err, show(s.stdout, fmt.Sprintf("Removed %d files of %s from %s.\n", len(gone), mebibytes(sum(gone)), plain.Text(dir))))
}

// sum is what the files have together.
func sum(files []runtime.CodeFile) (bytes int64) {
	for _, f := range files {
		bytes += f.Bytes
	}
	return bytes
}
