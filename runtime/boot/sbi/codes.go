package sbi

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/vcpu"
)

// Extension ids (a7).
const (
	extBase   = 0x10
	extTime   = 0x54494d45 // "TIME"
	extIPI    = 0x735049   // "sPI"
	extRFence = 0x52464e43 // "RFNC"
	extHSM    = 0x48534d   // "HSM"
	extReset  = 0x53525354 // "SRST"
	extDebug  = 0x4442434e // "DBCN"

	extPMU       = 0x504d55   // "PMU"
	extFeatures  = 0x46574654 // "FWFT"
	extSuspend   = 0x53555350 // "SUSP"
	extStealTime = 0x535441   // "STA"
	extTriggers  = 0x44425452 // "DBTR"

	legacySetTimer   = 0
	legacyPutchar    = 1
	legacyGetchar    = 2
	legacyClearIPI   = 3
	legacySendIPI    = 4
	legacyFenceI     = 5
	legacySFence     = 6
	legacySFenceASID = 7
	legacyShutdown   = 8
)

const (
	specVersion = 3 << 24 // 3.0: major in bits 30:24, minor below
	// implID identifies this firmware to the guest. It is not in the list of
	// assigned numbers, which are small.
	implID      = 0x48574456 // "HWDV"
	implVersion = 1
)

// Error is an SBI error code as it goes into a0: chapter "Binary Encoding".
type Error int64

// The error codes that the firmware and its Platform give.
const (
	Success          Error = 0
	Failed           Error = -1
	NotSupported     Error = -2
	InvalidParam     Error = -3
	Denied           Error = -4
	InvalidAddress   Error = -5
	AlreadyAvailable Error = -6
	AlreadyStarted   Error = -7
	AlreadyStopped   Error = -8
	NoSharedMemory   Error = -9
	BadRange         Error = -11
	DeniedLocked     Error = -14
)

var errorNames = map[Error]string{
	Success: "success", Failed: "failed", NotSupported: "not supported", InvalidParam: "invalid parameter",
	Denied: "denied", InvalidAddress: "invalid address", AlreadyAvailable: "already available",
	AlreadyStarted: "already started", AlreadyStopped: "already stopped",
	NoSharedMemory: "no shared memory", BadRange: "bad range", DeniedLocked: "denied: locked",
}

func (e Error) String() string {
	if s, ok := errorNames[e]; ok {
		return s
	}
	return fmt.Sprintf("SBI error %d", int64(e))
}

// State is a hart's state.
type State = vcpu.Status

// The states of a hart that the Platform knows.
const (
	Started      = vcpu.StatusStarted
	Stopped      = vcpu.StatusStopped
	StartPending = vcpu.StatusStarting
	Suspended    = vcpu.StatusSuspended
)

// hsmStates are their numbers: chapter "Hart State Management Extension".
var hsmStates = [...]uint64{Started: 0, Stopped: 1, StartPending: 2, Suspended: 4}

// Reset says how the machine goes down: chapter "System Reset Extension".
type Reset uint32

// The kinds of reset.
const (
	Shutdown Reset = iota
	ColdReboot
	WarmReboot
)

// Result tells the caller of Call how the hart goes on.
type Result = vcpu.CallResult

// The results.
const (
	Done    = vcpu.CallDone
	Blocked = vcpu.CallBlocked
	Stop    = vcpu.CallStopped
)
