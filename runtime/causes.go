package runtime

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/vcpu"
)

// exceptions and interrupts name the causes of traps (privileged manual, mcause).
var (
	exceptions = map[uint64]string{
		0: "misaligned fetch", 1: "instruction access fault", 2: "illegal instruction", 3: "breakpoint",
		4: "misaligned load", 5: "load access fault", 6: "misaligned store", 7: "store access fault",
		8: "environment call from U-mode", 9: "environment call from S-mode", 11: "environment call from M-mode",
		12: "instruction page fault", 13: "load page fault", 15: "store page fault",
	}
	interrupts = map[uint64]string{
		0: "non-maskable", 1: "software", 3: "machine software", 5: "timer", 7: "machine timer", 9: "external", 11: "machine external",
	}
)

// trapWords says what a trap was: its cause, what the cause's value is if that tells something, and where.
func (n *names) trapWords(t vcpu.TrapView) string {
	code := t.Cause &^ (1 << 63)
	name, known := exceptions[code]
	if t.Cause != code {
		if name, known = interrupts[code]; known {
			name += " interrupt"
		}
	}
	switch {
	case !known:
		name = fmt.Sprintf("cause %#x", t.Cause)
	case t.Cause == 2:
		name += fmt.Sprintf(" (%#x)", t.Value)
	case t.Cause != 1<<63|code && code != 3 && (code < 8 || code > 11) && t.Value != t.PC:
		name += fmt.Sprintf(" (address %#x)", t.Value)
	}
	return name + " at " + n.place(t.PC)
}

// place is an address, with the function's name if that is known.
func (n *names) place(pc uint64) string {
	if name := n.function(pc); name != "" {
		return fmt.Sprintf("%#x %s", pc, name)
	}
	return fmt.Sprintf("%#x", pc)
}
