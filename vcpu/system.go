package vcpu

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// next says how a hart goes on after a system instruction.
type next uint8

const (
	goOn      next = iota
	lookAgain      // interrupts may have become takeable
	yield          // the guest says it is spinning
	leave          // the hart has to wait
)

// system executes the instruction at PC, which the engine left to us.
func (h *Hart) system(in isa.Insn) next {
	switch in.Op {
	case isa.CSRRW, isa.CSRRS, isa.CSRRC, isa.CSRRWI, isa.CSRRSI, isa.CSRRCI:
		return h.csr(in)
	case isa.ECALL:
		return h.ecall()
	case isa.EBREAK:
		return h.ebreak(in)
	case isa.MRET:
		return h.returned(h.mret(), shardedtlb.M, in.Raw)
	case isa.MNRET:
		return h.returned(h.mnret(), shardedtlb.M, in.Raw)
	case isa.SRET:
		return h.returned(h.sret(), shardedtlb.S, in.Raw)
	case isa.WFI:
		return h.wfi(in)
	case isa.PAUSE, isa.WRS_NTO, isa.WRS_STO:
		if in.Op == isa.WRS_NTO && h.priv < shardedtlb.M && h.S.MStatus&statusTW != 0 && !h.env.Contended() {
			// TW lets WRS.NTO trap only if the wait exceeds a bound; ours never does.
			return h.retire(in, goOn)
		}
		return h.retire(in, yield)
	case isa.FENCE_I:
		h.Core.FenceI()
		return h.retire(in, goOn)
	case isa.SFENCE_VMA, isa.SINVAL_VMA, isa.SFENCE_W_INVAL, isa.SFENCE_INVAL_IR:
		return h.fence(in)
	case isa.GC_ATTACH, isa.GC_DETACH, isa.GC_WAIT:
		return h.managed(in)
	case isa.CBO_CLEAN, isa.CBO_FLUSH, isa.CBO_INVAL:
		return h.cacheBlock(in)
	}
	return h.illegal(in.Raw)
}

// retire moves past in.
func (h *Hart) retire(in isa.Insn, n next) next {
	h.S.PC += in.Len()
	h.S.Count++
	return n
}

func (h *Hart) illegal(raw uint32) next {
	h.env.Missing(h.missing(raw))
	h.trap(causeIllegal, uint64(raw))
	return goOn
}

// missing names the extension that the hart would need for an encoding that is illegal.
func (h *Hart) missing(raw uint32) string {
	ext := isa.ExtensionOf(raw)
	if h.takesNMI() && ext == isa.ExtSmrnmi.String() {
		return "" // it is there: the mode does not suffice
	}
	return ext
}

// returned finishes MRET, SRET and MNRET, which return from handlers of mode.
func (h *Hart) returned(ok bool, mode shardedtlb.Priv, raw uint32) next {
	if !ok {
		return h.illegal(raw)
	}
	h.left(mode)
	return lookAgain
}

func (h *Hart) ecall() next {
	cause := uint64(causeEcallU)
	switch h.priv {
	case shardedtlb.S:
		if h.firmware != nil {
			return h.firmwareCall()
		}
		cause = causeEcallS
	case shardedtlb.M:
		cause = causeEcallM
	}
	h.trap(cause, 0)
	return goOn
}

// firmwareCall lets the built-in firmware execute an SBI call. PC has moved on
// when it does, so that a blocked hart resumes behind the call.
func (h *Hart) firmwareCall() next {
	h.S.PC += 4
	h.S.Count++
	h.calls++
	switch h.firmware.Call(h) {
	case CallDone:
		return lookAgain
	case CallBlocked:
		return leave
	}
	if h.resume == nil { // else it is suspended, and begins anew by itself
		h.start.Store(&off)
	}
	return leave
}

// wfi waits for an interrupt that mie enables, or a non-maskable one, taken or not.
func (h *Hart) wfi(in isa.Insn) next {
	if h.priv == shardedtlb.U || h.priv == shardedtlb.S && h.S.MStatus&statusTW != 0 {
		return h.illegal(in.Raw)
	}
	h.retire(in, goOn)
	h.waits++
	if h.pending()&h.csrs.mie != 0 || h.nmiPending() {
		return lookAgain
	}
	h.waiting = true
	return leave
}

// fence executes SFENCE.VMA and the instructions of Svinval. SINVAL.VMA acts at
// once, which makes its two fences no-ops.
func (h *Hart) fence(in isa.Insn) next {
	ordering := in.Op == isa.SFENCE_W_INVAL || in.Op == isa.SFENCE_INVAL_IR
	if h.priv == shardedtlb.U || !ordering && h.trapsVM() {
		return h.illegal(in.Raw)
	}
	if !ordering {
		va, asid := h.X(int(in.Rs1)), uint16(h.X(int(in.Rs2)))
		switch {
		case in.Rs1 == 0 && in.Rs2 == 0:
			h.MMU.FenceAll()
		case in.Rs1 == 0:
			h.MMU.FenceASID(asid)
		case in.Rs2 == 0:
			h.MMU.FenceVA(va)
		default:
			h.MMU.FenceVAASID(va, asid)
		}
	}
	return h.retire(in, goOn)
}

// cacheBlock executes the operations of Zicbom. Host memory is coherent, so they
// only check what they may do.
func (h *Hart) cacheBlock(in isa.Insn) next {
	bit := uint64(envCBCFE)
	if in.Op == isa.CBO_INVAL {
		bit = envCBIE
	}
	if !h.envEnables(bit) {
		return h.illegal(in.Raw)
	}
	if !h.Core.CacheBlock(h.X(int(in.Rs1))) {
		return h.exception()
	}
	return h.retire(in, goOn)
}

// envEnables reports whether menvcfg and senvcfg enable the instructions of bit in
// the current mode.
func (h *Hart) envEnables(bit uint64) bool {
	return (h.priv == shardedtlb.M || h.csrs.menvcfg&bit != 0) && (h.priv != shardedtlb.U || h.csrs.senvcfg&bit != 0)
}

// switchEnv tells engines which of their instructions the current mode may not use.
func (h *Hart) switchEnv() {
	h.S.ZeroTraps = 1
	if h.envEnables(envCBZE) {
		h.S.ZeroTraps = 0
	}
}

// exception enters the trap that the engine has recorded.
func (h *Hart) exception() next {
	if h.Core.Cause == interp.CauseStall {
		return leave
	}
	if h.firmware != nil && misalignedAccess&^h.csrs.medeleg>>h.Core.Cause&1 != 0 {
		return h.misaligned()
	}
	if h.Core.Cause == interp.CauseIllegal {
		h.env.Missing(isa.ExtensionOf(uint32(h.Core.Tval)))
	}
	h.trap(h.Core.Cause, h.Core.Tval)
	return goOn
}
