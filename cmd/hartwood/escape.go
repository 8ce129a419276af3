package main

import "strings"

const ctrlA = 0x01

// escapeKey is a key that does something of ours when it follows Ctrl-A.
type escapeKey struct {
	key  byte // lower case
	does string
	act  func()
}

// escapeKeys takes Ctrl-A and the key after it out of what is typed.
type escapeKeys struct {
	list    []escapeKey
	pending bool // the last key was Ctrl-A
}

// keep says whether the guest gets the key.
func (e *escapeKeys) keep(key byte) bool {
	if !e.pending {
		e.pending = key == ctrlA
		return !e.pending
	}
	e.pending = false
	if key == ctrlA {
		return true
	}
	for _, k := range e.list {
		if key|0x20 == k.key || key == '?' && k.key == 'h' {
			k.act()
		}
	}
	return false
}

// help is what Ctrl-A h prints.
func (e *escapeKeys) help() string {
	var b strings.Builder
	for _, k := range e.list {
		b.WriteString("Ctrl-A " + string(rune(k.key)) + "        " + k.does + "\n")
	}
	b.WriteString("Ctrl-A Ctrl-A   send one Ctrl-A to the guest\n")
	return b.String()
}
