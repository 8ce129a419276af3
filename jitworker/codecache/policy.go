package codecache

import (
	"fmt"
	"math"
)

// Policy is the order in which code leaves a full cache.
type Policy uint8

const (
	// LRU_LFU weighs executions by how long ago the last was.
	LRU_LFU Policy = iota
	// LRU evicts what has not been executed for longest.
	LRU
	// LFU evicts what has been executed least, old executions counting less.
	LFU
)

var policyNames = [...]string{LRU_LFU: "LRU_LFU", LRU: "LRU", LFU: "LFU"}

// String returns the policy's name.
func (p Policy) String() string {
	if int(p) < len(policyNames) {
		return policyNames[p]
	}
	return fmt.Sprintf("Policy(%d)", uint8(p))
}

// worth says how much a code deserves to stay; the least leaves first. heat is its
// decayed number of executions, age the number of placements since its last.
//
// LRU_LFU takes the logarithm of heat, so that a loop that was hot in another
// phase of the guest is not kept for ever, and halves it for every turnover
// placements without an execution.
func (p Policy) worth(heat float64, age, turnover uint64) float64 {
	switch p {
	case LRU:
		return -float64(age)
	case LFU:
		return heat
	default:
		return math.Log2(2+heat) * math.Exp2(-float64(age)/float64(turnover))
	}
}
