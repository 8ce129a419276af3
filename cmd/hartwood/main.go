package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == guardCommand {
		guardMain()
		return
	}
	ctx, stop := context.WithCancelCause(context.Background())
	watchSignals(stop)
	os.Exit(execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// execute runs one command line and returns the process's exit code.
func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	app := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := app.rootCommand()
	args, err := fromQEMU(root, args)
	if err == nil {
		root.SetArgs(args)
		err = root.ExecuteContext(ctx)
	}
	if err != nil {
		app.say("%s", oneLine(err))
		return exitCodeOf(err)
	}
	return app.exitCode
}

// app is what the commands of one execution share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	exitCode       int // what the guest left with
}

// watchSignals cancels the execution when the process is asked to end. A second signal ends it the hard way.
func watchSignals(stop context.CancelCauseFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		got := (<-signals).(syscall.Signal)
		signal.Stop(signals)
		stop(&signalError{got})
	}()
}

// oneLine keeps an error from filling the screen: of a long one, which quotes something long, the ends remain.
func oneLine(err error) string {
	line := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
	if len(line) > maxLine {
		line = line[:maxLine/2] + " … " + line[len(line)-maxLine/2:]
	}
	return line
}

// maxLine is the length of the longest error that is printed whole, in bytes. Paths may have some 4,000, few do.
const maxLine = 1000
