package vcpu

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Semihost answers the calls that a program makes to who debugs it.
type Semihost interface {
	// Semihost carries out the call in h's registers. CallBlocked says that h has been
	// stalled and makes the call again when it is resumed.
	Semihost(h *Hart) CallResult
}

// Debug gives a hart that has not run yet somebody to answer semihosting calls.
func (h *Hart) Debug(s Semihost) { h.semihost = s }

// An EBREAK between these two instructions, which do nothing, is a semihosting call
// ("RISC-V Semihosting"); all three are uncompressed.
const (
	callEntry = 0x01f01013 // slli x0, x0, 0x1f
	callExit  = 0x40705013 // srai x0, x0, 7
)

// ebreak is a call, or a breakpoint. Programs in U-mode make no calls.
func (h *Hart) ebreak(in isa.Insn) next {
	if h.semihost != nil && h.priv != shardedtlb.U && in.Len() == 4 && h.between(callEntry, callExit) {
		if h.semihost.Semihost(h) == CallBlocked {
			return leave
		}
		return h.retire(in, lookAgain)
	}
	h.trap(causeBreakpoint, h.S.PC)
	return goOn
}

// between reports whether the instruction at PC lies between two others.
func (h *Hart) between(before, behind uint32) bool {
	var b [12]byte
	return h.Core.Peek(h.MMU.View(shardedtlb.Fetch), h.S.PC-4, b[:], shardedtlb.Fetch) &&
		binary.LittleEndian.Uint32(b[:]) == before && binary.LittleEndian.Uint32(b[8:]) == behind
}
