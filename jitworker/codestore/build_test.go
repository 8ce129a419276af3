package codestore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A program is told from others by its linker's build id, and by its contents if it has none.
func TestBuild(t *testing.T) {
	self, err := Build()
	if err != nil || !strings.HasPrefix(self, "go ") {
		t.Fatalf("%q, %v", self, err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimPrefix(self, "go ")
	other := "x"
	if id[0] == 'x' {
		other = "y"
	}
	seen := map[string]string{self: "this program"}
	for name, change := range map[string]func() []byte{
		"another id": func() []byte { return []byte(strings.ReplaceAll(string(program), id, other+id[1:])) },
		"no id":      func() []byte { return []byte(strings.ReplaceAll(string(program), id, strings.Repeat("\x00", len(id)))) },
		"no program": func() []byte { return []byte("#!/bin/sh\n") },
		"nothing":    func() []byte { return nil },
	} {
		path := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(path, change(), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := buildOf(path)
		if err != nil || got == "" || seen[got] != "" {
			t.Errorf("%s: %q, as %s; %v", name, got, seen[got], err)
		}
		seen[got] = name
	}
	if _, err := buildOf(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a program that is not there has a build")
	}
}
