package amd64

import "github.com/hartwood-vm/hartwood/vcpu/hart"

// enter calls routine with RBX = s + 128 and RCX = target, and returns RAX.
//
//go:noescape
func enter(s *hart.State, routine, target uintptr) uint64
