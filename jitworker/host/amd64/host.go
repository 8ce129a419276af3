package amd64

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/jitworker/host"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/jitworker/region"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/crypt"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// Host is a processor of x86-64 (host.Host).
type Host struct{ has Features }

// New returns a processor with some features beyond the baseline.
func New(f Features) *Host { return &Host{f} }

// Name has the features.
func (h *Host) Name() string { return fmt.Sprintf("amd64 %+v", h.has) }

// Quick returns the quick tier's lowering.
func (h *Host) Quick(o tier.Options) quick.Lowering { return &Compiler{host: h.has, Options: o} }

// Region returns the optimising tier's lowering.
func (h *Host) Region(o tier.Options) region.Lowering { return &Compiler{host: h.has, Options: o} }

// Routines returns the routines, by number.
func (*Host) Routines(codes codemap.View) []host.Routine {
	out := make([]host.Routine, Routines)
	for r := range Routines {
		out[r] = host.Routine{Name: r.String(), Code: r.Code(codes)}
	}
	return out
}

// Attach tells s where the routines are that it leads code to.
func (*Host) Attach(s *hart.State, routines []uintptr) {
	s.Leave, s.LeaveFrom, s.Warm, s.SM4Box = routines[Leaves], routines[LeavesFrom], routines[Warms], crypt.SM4Box
}

// Enter executes the code at entry.
func (*Host) Enter(s *hart.State, routines []uintptr, entry uintptr) uint64 {
	enterFloat(s)
	s.EnterHeap()
	s.EnterCalls()
	word := enter(s, routines[Enters], entry)
	leaveFloatState(s)
	return word
}

// What a rel32 field does: the only kind of place there is.
const (
	leads  tier.Kind = iota // leads to the target
	passes                  // leads to the stub, and behind itself while the link leads elsewhere
)

// Aim returns what the rel32 field at place is to hold.
func (*Host) Aim(k tier.Kind, place, to uintptr, linked bool) uint32 {
	if k == passes && linked {
		return 0
	}
	return uint32(to - (place + 4))
}

// trap is int3, the breakpoint instruction.
const trap = 0xcc

// Fill fills mem with traps.
func (*Host) Fill(mem []byte) {
	if len(mem) == 0 {
		return
	}
	mem[0] = trap
	for n := 1; n < len(mem); n *= 2 {
		copy(mem[n:], mem[:n])
	}
}

// Flush does nothing: processors look at each other's stores for instructions too.
func (*Host) Flush(uintptr, int) {}
