//go:build !amd64

package amd64

import "github.com/hartwood-vm/hartwood/vcpu/hart"

func enter(*hart.State, uintptr, uintptr) uint64 { panic("BUG: native code on a host without it") }
