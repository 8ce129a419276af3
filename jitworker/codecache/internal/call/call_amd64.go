package call

// Leaf runs the code at entry, which leaves its result in EAX, changes no
// register but AX and ends in RET.
//
//go:noescape
func Leaf(entry uintptr) uint32
