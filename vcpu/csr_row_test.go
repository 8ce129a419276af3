package vcpu

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// goldenCSRs reads testdata/csrs.txt: a line for each register that a hart with Smrnmi and an IMSIC has.
func goldenCSRs(t *testing.T) map[isa.CSR]string {
	t.Helper()
	text, err := os.ReadFile("testdata/csrs.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[isa.CSR]string{}
	for line := range strings.Lines(string(text)) {
		var n isa.CSR
		if strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := fmt.Sscanf(line, "0x%x", &n); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		lines[n] = strings.TrimSuffix(line, "\n")
	}
	return lines
}

// withAll returns a hart that has every register, in M-mode.
func withAll(t *testing.T) *Hart {
	t.Helper()
	_, h := newHart(t, shardedtlb.M)
	h.nmiVector = nmivec
	h.resetNMI()
	giveIMSIC(h)
	h.csrs.mtvec, h.csrs.stvec = 0, 0
	return h
}

// describeCSR is n's line of testdata/csrs.txt: its number, name, lowest mode, whether it can be written, and what it holds
// from the start and after all bits have been written as ones, and as zeros.
func describeCSR(t *testing.T, n isa.CSR) string {
	after := func(writes ...uint64) uint64 {
		h := withAll(t)
		for _, v := range writes {
			if !n.ReadOnly() {
				h.WriteCSR(n, v)
			}
		}
		v, _ := h.ProbeCSR(n)
		return v
	}
	access := "rw"
	if n.ReadOnly() {
		access = "ro"
	}
	return fmt.Sprintf("0x%03x %-14s %c %s %#x %#x %#x", uint16(n), n, "US-M"[n.Level()], access, after(), after(ones), after(ones, 0))
}

// The registers are those of the golden table, under the manuals' names, and keep what it says. Who adds a register adds
// the line that this test asks for, when it is what the manual says.
func TestCSRTable(t *testing.T) {
	golden := goldenCSRs(t)
	for _, n := range withAll(t).CSRs() {
		if got := describeCSR(t, n); got != golden[n] {
			t.Errorf("testdata/csrs.txt has\n%s\nwant\n%s", golden[n], got)
		}
		if strings.HasPrefix(n.String(), "0x") {
			t.Errorf("CSR %s has no name in package isa", n)
		}
		delete(golden, n)
	}
	for _, line := range golden {
		t.Errorf("no register %s", line)
	}
}

// Each row says by one way where its register's value comes from, and by the same where it goes.
func TestCSRRowsAreWhole(t *testing.T) {
	for _, r := range csrRows {
		stored := r.at != nil
		switch {
		case r.take != nil && (r.read == nil || r.write != nil):
			t.Errorf("%s takes what it does not read, or writes it", r.first)
		case stored == (r.read != nil):
			t.Errorf("%s: at and read, or neither", r.first)
		case stored && (r.probe != nil || r.write != nil || r.base != nil):
			t.Errorf("%s is stored, and has functions", r.first)
		case !stored && (r.writes != 0 || r.legal != nil || r.then != nil):
			t.Errorf("%s is not stored, and says what a write to its word does", r.first)
		case r.first.ReadOnly() && (r.writes != 0 || r.write != nil || r.take != nil):
			t.Errorf("%s can be written, but not by instructions", r.first)
		case r.last != 0 && (r.last <= r.first || r.last.Level() != r.first.Level() || r.last.ReadOnly() != r.first.ReadOnly()):
			t.Errorf("%s to %s are no row", r.first, r.last)
		}
	}
}

// Probing all registers changes nothing in a hart with counters that have passed their ends and timers that are due, and
// tells what instructions in M-mode then read.
func TestCSRProbeLeavesNoTrace(t *testing.T) {
	h := withAll(t)
	h.S.MStatus |= statusFS
	h.csrs.menvcfg |= envSTCE
	h.csrs.mideleg = ipDelegable
	for n := isa.CSR(0); n < 4; n++ {
		h.WriteCSR(isa.CSR_MHPMEVENT3+n, EventInstructions)
		h.WriteCSR(isa.CSR_MHPMCOUNTER3+n, ones-uint64(n))
	}
	h.pending()
	h.S.Count += 3 // two of the counters pass their ends, and one arrives there
	h.csrs.stimecmp = 0
	h.mtimecmp.Store(0)
	trace := func() string {
		return fmt.Sprintf("%+v %+v %#x %#x %#x %d %#x", h.csrs, h.triggers, h.timers, h.lines.Load(), h.S.MStatus, h.S.Count, h.S.Limit.Load())
	}
	probed := map[isa.CSR]uint64{}
	before := trace()
	for _, n := range h.CSRs() {
		probed[n], _ = h.ProbeCSR(n)
		if after := trace(); after != before {
			t.Fatalf("probing %s changes the hart:\n%s\n%s", n, before, after)
		}
	}
	if probed[isa.CSR_SCOUNTOVF] == 0 || probed[isa.CSR_MIP]&(ipMTIP|ipSTIP) != ipMTIP|ipSTIP {
		t.Errorf("scountovf %#x, mip %#x: the test has not set up what it is about", probed[isa.CSR_SCOUNTOVF], probed[isa.CSR_MIP])
	}
	for n, v := range probed {
		if n == isa.CSR_MIP || n == isa.CSR_SIP {
			continue // compared below: reading counters has an overflow pending
		}
		if got := h.csrRead(n); got != v {
			t.Errorf("%s: probed %#x, read %#x", n, v, got)
		}
	}
	for _, n := range []isa.CSR{isa.CSR_MIP, isa.CSR_SIP} {
		if v, _ := h.ProbeCSR(n); v != h.csrRead(n) || v&^ipLCOFIP != probed[n] {
			t.Errorf("%s: probed %#x and %#x, read %#x", n, probed[n], v, h.csrRead(n))
		}
	}
	if _, ok := h.ProbeCSR(0x800); ok {
		t.Error("a register that does not exist is probed")
	}
}
