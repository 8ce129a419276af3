//go:build !amd64

package engine

import "github.com/hartwood-vm/hartwood/jitworker/host"

// Supported reports whether the host runs native code.
const Supported = false

func thisHost() host.Host { return nil }
