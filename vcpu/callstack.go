package vcpu

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// A call stack is found from registers and memory alone, which hold whatever the guest has put there. So each step is
// bounded and believed only as far as it is confirmed: a return address counts if a call stands in front of it.
//
//	frame pointers    s0 points behind the frame, with the return address at s0-8 and the caller's s0 at s0-16. A leaf
//	                  function may have its caller's s0 at s0-8, and its return address in ra
//	calls of native   where code keeps no frame pointers: the stack of native code (hart.State.Calls), of which an address
//	code              counts if it lies on the guest's stack as well, in the order of the calls
//
// ra itself is the innermost return address before a function has made its frame and after it has given it up; in between it
// is whatever the last call has left. Only who knows where functions begin can tell, so it is answered apart.

// Sample is where a hart is and how it has come there.
type Sample struct {
	PC   uint64
	Priv shardedtlb.Priv
	// Regime is the hart's address space.
	Regime shardedtlb.Regime
	// Native says that there is native code for PC.
	Native bool
	// RA is the return address register, if a call stands in front of the address; else 0.
	RA uint64
	// Leaf says that RA is the caller for certain.
	Leaf bool
	// Frames are the return addresses, the innermost first, besides RA.
	Frames []uint64
	// Worked is how long the hart has had a worker, if it keeps account of that (Params.Timed), and Instructions how many
	// it has executed.
	Worked       time.Duration
	Instructions uint64
}

// Busy reports whether the hart is running or waits for a worker. Safe from any goroutine.
func (h *Hart) Busy() bool { return h.state.Load() != stateIdle }

// Sample answers where the hart is; false if it waits for something other than a worker. Frames are appended to frames as
// far as that has room. It leaves no trace in the guest. The caller owns h.
func (h *Hart) Sample(frames []uint64) (s Sample, ok bool) {
	if a := h.activity(); a != Running && a != Ready || h.waiting {
		return Sample{}, false
	}
	w := walker{h: h, view: h.MMU.View(shardedtlb.Fetch)}
	s = Sample{
		PC: h.S.PC, Priv: h.priv, Regime: w.view.Regime, Native: w.native(h.S.PC), Frames: frames,
		Worked: h.work.now(), Instructions: h.S.Count,
	}
	if w.behindCall(h.X(1)) {
		s.RA = h.X(1)
	}
	if s.Frames, s.Leaf = w.frames(s.Frames, s.RA); len(s.Frames) == len(frames) && !s.Leaf {
		s.Frames = w.confirmed(s.Frames)
	}
	return s, true
}

// PeekCode copies code at va, as the hart would fetch it now, to b. It leaves no trace. The caller owns h.
func (h *Hart) PeekCode(va uint64, b []byte) bool {
	return h.Core.Peek(h.MMU.View(shardedtlb.Fetch), va, b, shardedtlb.Fetch)
}

// walker looks at the memory of a hart's own mode.
type walker struct {
	h    *Hart
	view shardedtlb.View
}

// native reports whether there is native code for pc.
func (w *walker) native(pc uint64) bool {
	codes := w.h.Core.Cache.Codes(w.h.Core.Mode())
	if codes == nil {
		return false
	}
	at, f := w.h.MMU.Probe(w.view, pc, 2, shardedtlb.Fetch)
	return f == shardedtlb.NoFault && codes.Get(at.PA) != 0
}

// word reads an aligned word of the stack.
func (w *walker) word(va uint64) (v uint64, ok bool) {
	var b [8]byte
	ok = va%8 == 0 && w.h.Core.Peek(w.view, va, b[:], shardedtlb.Load)
	return binary.LittleEndian.Uint64(b[:]), ok
}

// behindCall reports whether the instruction in front of pc is a call: JAL or JALR that links to ra or t0.
func (w *walker) behindCall(pc uint64) bool {
	var b [4]byte
	if pc%2 != 0 || pc < 4 {
		return false
	}
	if w.h.Core.Peek(w.view, pc-4, b[:], shardedtlb.Fetch) {
		op := binary.LittleEndian.Uint32(b[:])
		if rd := op >> 7 & 31; (op&0x7f == 0x6f || op&0x707f == 0x67) && (rd == 1 || rd == 5) {
			return true
		}
	} else if !w.h.Core.Peek(w.view, pc-2, b[2:], shardedtlb.Fetch) {
		return false
	}
	half := binary.LittleEndian.Uint16(b[2:])
	return half&0xf07f == 0x9002 && half&0xf80 != 0 // C.JALR; with register 0 it is C.EBREAK
}

// frames appends the return addresses of the frames that s0 leads to. leaf says that ra is the caller for certain.
func (w *walker) frames(to []uint64, ra uint64) (_ []uint64, leaf bool) {
	first := len(to)
	for fp := w.h.X(8); len(to) < cap(to); {
		back, ok := w.word(fp - 8)
		if !ok {
			break
		}
		next := uint64(0)
		switch {
		case w.behindCall(back):
			if next, ok = w.word(fp - 16); !ok {
				next = 0
			}
			to = append(to, back)
		case len(to) == first && !leaf && ra != 0 && w.frame(back):
			leaf, next = true, back
		}
		if next == fp || next == 0 {
			break
		}
		fp = next
	}
	return to, leaf
}

// frame reports whether fp may be a frame pointer: of a frame with a return address.
func (w *walker) frame(fp uint64) bool {
	back, ok := w.word(fp - 8)
	return ok && w.behindCall(back)
}

// stackSeen is how much of a stack confirmed looks at, in bytes.
const stackSeen = 16 << 10

// confirmed appends the return addresses of native code's calls that lie on the guest's stack too.
func (w *walker) confirmed(to []uint64) []uint64 {
	var pending [64]uint64
	calls := w.h.S.Returns(pending[:0])
	low := w.h.X(2) &^ 7
	if len(calls) == 0 || low+stackSeen < low {
		return to
	}
	least, most := slices.Min(calls), slices.Max(calls) // most words of a stack are outside
	next := 0
	if calls[0] == w.h.X(1) {
		next = 1 // the caller, which Sample.RA has
	}
	w.h.Core.Words(w.view, low, low+stackSeen, func(words []uint64, _ uint64, f shardedtlb.Fault) bool {
		for _, v := range words {
			if v < least || v > most {
				continue
			}
			// A call that was left in another way than by a return has no place there: those outside of it may.
			for i := next; i < len(calls) && len(to) < cap(to); i++ {
				if calls[i] == v && w.behindCall(v) {
					to, next = append(to, v), i+1
					break
				}
			}
		}
		return f == shardedtlb.NoFault && next < len(calls) && len(to) < cap(to)
	})
	return to
}
