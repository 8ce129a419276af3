//go:build !amd64

package engine

import "github.com/hartwood-vm/hartwood/vcpu/hart"

// Supported reports whether the host runs native code.
const Supported = false

func enter(*hart.State, uintptr, uintptr) uint64 { panic("BUG: native code on a host without it") }
