package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// What this command prints goes through the functions here, so that nothing that a guest or a file chose reaches the
// terminal as anything but text. TestNothingElsePrints keeps it so.

// say prints a line of ours on standard error. An argument of several lines becomes one.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.stderr, "hartwood: %s\n", plain.Text(fmt.Sprintf(format, args...)))
}

// show prints lines.
func show(w io.Writer, text string) error {
	_, err := io.WriteString(w, plain.Lines(text))
	return err
}

// showJSON prints a value as an indented JSON document.
func showJSON(w io.Writer, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, plain.JSON(string(text))+"\n")
	return err
}
