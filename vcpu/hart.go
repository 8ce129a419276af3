package vcpu

import (
	"cmp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// TimeFrequency is the frequency of the time CSR and of all timers in Hz.
const TimeFrequency = 10_000_000

// Environment is what a hart needs of the machine around it. Its methods are
// called by the hart's worker and must not block.
type Environment interface {
	// Time is the value of the time CSR.
	Time() uint64
	// Runnable hands a hart that has become runnable to the scheduler. An urgent one
	// comes before those that have only had their share.
	Runnable(h *Hart, urgent bool)
	// Urgent reports whether an urgent hart waits for a worker.
	Urgent() bool
	// Contended reports whether other harts wait for a worker.
	Contended() bool
	// Missing notes that the guest executed an instruction of an extension the
	// hart does not have; ext may be "".
	Missing(ext string)
	// Stuck notes that h, whose owner calls, has trapped StuckTraps times in a row
	// without progress; for each such row once.
	Stuck(h *Hart)
}

// Firmware executes the environment calls of S-mode for machines without M-mode
// software.
type Firmware interface {
	// Call executes the SBI call in h's registers.
	Call(h *Hart) CallResult
}

// CallResult says how a hart goes on after an SBI call.
type CallResult uint8

const (
	// CallDone: the result registers are set.
	CallDone CallResult = iota
	// CallBlocked: they are set, and the hart goes on after Unblock.
	CallBlocked
	// CallStopped: the hart has stopped; it starts anew after Start.
	CallStopped
)

// Hart is one guest CPU.
type Hart struct {
	ID int

	own   sync.Mutex   // guards all that is not marked as shared
	state atomic.Int32 // shared: actorState; written and read by the owner and by whoever wakes the hart
	box   mailbox      // shared

	// S, MMU and Core are the execution state; see their packages.
	S    *hart.State
	MMU  *shardedtlb.MMU
	Core *interp.Core

	mem      *physmem.Memory
	env      Environment
	firmware Firmware // nil: ECALL from S-mode traps

	priv     shardedtlb.Priv
	csrs     csrFile
	triggers triggerFile

	// lines are the interrupt-pending bits that others control: MSIP, MEIP, SEIP,
	// SSIP, and lineNMI. Shared: set and cleared by anyone, read by the owner.
	lines atomic.Uint64
	// mtimecmp is the CLINT's comparator. Shared: written by any hart's store, read by
	// the owner and by any hart's load.
	mtimecmp atomic.Uint64
	// nmiVector is Params.NMIVector.
	nmiVector uint64
	// aia is Params.AIA, and files are the hart's part of an IMSIC, or nil. Constant once the hart runs.
	aia   bool
	files interruptFiles

	budget      uint64 // instructions until the next poll
	benefit     benefit
	fixedBudget uint64        // Params.Budget
	satpModes   uint64        // a bit for each mode that satp takes
	timers      uint64        // timer bits of the last pending
	waiting     bool          // in WFI or suspended
	resume      *startRequest // where a suspended hart begins anew, or nil

	// Shared: whether the hart is suspended by HSM. Written by the owner, read by Status.
	suspended atomic.Bool
	// Shared: whether it is in a call that completes later. Set by the owner, cleared by Unblock, read by the owner.
	blocked atomic.Bool
	// Shared: &off while stopped, then what Start wants, nil once begun. Written by Start and the owner, read by all.
	start atomic.Pointer[startRequest]
	// Shared: whether to leave the worker at the next poll. Set by anyone, read and cleared by the owner.
	interrupt atomic.Bool

	semihost Semihost // nil: EBREAK traps

	heap    ManagedHeap // nil: none
	low     uint64      // bounds of the stack that the hart has attached with; high 0: not attached
	high    uint64
	threads *Threads // of user processes that have attached
	thread  *thread  // the one that the hart runs, nil: none of them
	// Shared: whether it waits for memory of the managed heap or a cycle. Set by the owner, cleared by Resume, read by
	// the owner.
	stalled atomic.Bool

	steal stealTime
	work  workTime

	progress [2]progress // of traps into S-mode and into M-mode
	lastTrap TrapView
	enteredM uint64 // Count when the hart entered M-mode last
	insnsInM uint64 // instructions in M-mode from its traps to their returns

	timer *time.Timer // wakes the idle hart; nil until first used

	// retired and traps are shared: written by the owner, read by Counters.
	retired atomic.Uint64
	native  publishedNative
	traps   atomic.Uint64
	wakeups atomic.Uint64 // shared: added to by whoever wakes the hart, read by Counters

	// What performance counters count beside these; never reset.
	exceptions [exceptionCauses]uint64 // traps by their cause
	interrupts uint64                  // traps that were none of these
	calls      uint64                  // of the built-in firmware
	waits      uint64                  // WFI
}

// Translation is a mode of address translation, encoded as in satp.MODE.
type Translation uint64

// The modes.
const (
	Sv39 Translation = 8
	Sv48 Translation = 9
	Sv57 Translation = 10
)

// modes returns a bit for Bare and each mode up to t: each one comes with the smaller ones
// (privileged manual, "Sv48" and "Sv57").
func (t Translation) modes() uint64 {
	t = cmp.Or(t, Sv57)
	return 1 | (1<<(t+1)-1)&^(1<<Sv39-1)
}

// Params are the parts that a hart is built from.
type Params struct {
	ID    int
	State *hart.State
	Mem   *physmem.Memory
	TLB   *shardedtlb.Shared
	Cache *blocks.Cache
	Env   Environment
	// Mode is what the hart's code is made for.
	Mode code.Mode
	// Translation is the largest mode of address translation; 0: Sv57.
	Translation Translation
	// NMIVector is where the handler of non-maskable interrupts is; 0: the hart is without
	// Smrnmi.
	NMIVector uint64
	// AIA gives the hart Smaia and Ssaia.
	AIA bool
	// Timed has the hart keep account of the time that it has had a worker, for Sample.
	Timed bool
	// Budget fixes the number of instructions between two polls, for tests: with 1 the
	// hart stops after each block. 0 adapts it to the speed.
	Budget uint64
}

// New returns a hart that is off.
func New(p Params) *Hart {
	h := &Hart{ID: p.ID, S: p.State, mem: p.Mem, env: p.Env, nmiVector: p.NMIVector, aia: p.AIA, fixedBudget: p.Budget, satpModes: p.Translation.modes()}
	h.work.on = p.Timed
	h.MMU = shardedtlb.NewMMU(&p.State.TLB, p.Mem, p.TLB)
	h.Core = interp.NewCore(p.State, h.MMU, p.Mem, p.Cache)
	h.Core.SetMode(p.Mode)
	h.Reset(0, 0, 0, 0)
	return h
}

// Reset brings the hart to its power-on state: stopped, in M-mode, at pc and with
// a0, a1 and a2 set. The hart must be held.
func (h *Hart) Reset(pc, a0, a1, a2 uint64) {
	h.own.Lock()
	defer h.own.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
	s := h.S
	s.R = [hart.Slots]uint64{}
	s.PC, s.MStatus, s.FFlags, s.FRM, s.ResHost = pc, 0, 0, 0, 0
	s.SScratch, s.SEPC, s.SCause, s.STVal = 0, 0, 0, 0
	s.R[hart.X+10], s.R[hart.X+11], s.R[hart.X+12] = a0, a1, a2
	h.firmware = nil
	h.ForgetStealTime()
	h.priv = shardedtlb.M
	h.csrs.reset(h.ID)
	h.resetNMI()
	h.selectCounters()
	h.triggers.reset()
	h.armTriggers()
	h.MMU.Reset()
	h.setEnv()
	h.switchView()
	h.lines.Store(0)
	h.mtimecmp.Store(never)
	h.waiting, h.resume = false, nil
	h.budget = cmp.Or(h.fixedBudget, Budget)
	h.suspended.Store(false)
	h.low, h.high, h.thread = 0, 0, nil
	h.forgetTraps()
	h.stalled.Store(false)
	h.blocked.Store(false)
	h.start.Store(&off)
}

// Supervise puts a hart that has not run yet under the built-in firmware f: it
// runs in S-mode below, with the delegations and enables that an M-mode firmware
// would set up.
func (h *Hart) Supervise(f Firmware) {
	h.firmware = f
	h.priv = shardedtlb.S
	h.underFirmware()
	h.MMU.PMP().WriteAddr(0, ^uint64(0)>>10)
	h.MMU.PMP().WriteCfg(0, 0x1f) // NAPOT over everything, RWX
	h.MMU.PMPChanged()
	h.switchView()
}

// setEnv tells the MMU the bits of menvcfg that change walks.
func (h *Hart) setEnv() {
	h.MMU.SetEnv(h.csrs.menvcfg&envADUE != 0, h.csrs.menvcfg&envPBMTE != 0)
}

// switchView tells the MMU in which view fetches and data accesses happen, and
// engines what the mode allows.
func (h *Hart) switchView() {
	h.S.Priv = uint64(h.priv)
	h.switchEnv()
	if f := &h.csrs.counters; f.filtered && f.mode != h.priv {
		h.selectCounters()
	}
	if h.triggers.watching {
		h.watch()
	}
	data := h.priv
	ms := h.S.MStatus
	if ms&statusMPRV != 0 && h.priv == shardedtlb.M && !h.masksAll() {
		data = shardedtlb.Priv(ms >> statusMPPShift & 3)
	}
	h.MMU.Switch(shardedtlb.Regime(h.csrs.satp), h.priv, data, ms&statusSUM != 0, ms&statusMXR != 0)
}

// X reads integer register n.
func (h *Hart) X(n int) uint64 { return h.S.R[hart.X+n] }

// SetX writes integer register n; x0 stays zero.
func (h *Hart) SetX(n int, v uint64) {
	if n != 0 {
		h.S.R[hart.X+n] = v
	}
}

// Priv returns the current privilege mode.
func (h *Hart) Priv() shardedtlb.Priv { return h.priv }

// Counters of a hart, for statistics; safe from any goroutine, a poll old at most.
type Counters struct {
	Instructions, Traps, Wakeups uint64
	Native                       interp.NativeCount
}

// Counters returns what the hart has done so far.
func (h *Hart) Counters() Counters {
	return Counters{h.retired.Load(), h.traps.Load(), h.wakeups.Load(), h.native.read()}
}
