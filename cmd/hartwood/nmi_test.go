package main

import (
	"strings"
	"testing"
)

// Ctrl-A n sends an NMI to a guest that has a handler, and says what to give if it has none.
func TestNMIKey(t *testing.T) {
	guest := append(words(0x74445073, 0x0000006f), printing("handled", 0x0000006f)...) // csrwi mnstatus, 8; j .
	dir := writeFiles(t, map[string][]byte{"nmi.bin": guest, "spin.bin": spin})
	for _, test := range []struct {
		args []string
		says []string
	}{
		{[]string{"run", "--nmi-vector", "0x80000008", "nmi.bin"}, []string{"hartwood: NMI sent", "handled"}},
		{[]string{"run", "spin.bin"}, []string{"hartwood: NMI: harts have no handler", "nmi-vector"}},
	} {
		c := startOnTerminal(t, hartwood(t, dir, test.args...), nil)
		typeKeys(t, c.person, "\x01n")
		for _, s := range test.says {
			waitUntil(t, s, func() bool { return strings.Contains(c.seen(), s) })
		}
		typeKeys(t, c.person, "\x01x")
		c.expect(t, 0)
	}
}
