package engine

import (
	"github.com/hartwood-vm/hartwood/jitworker/host"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
)

// Supported reports whether the host runs native code.
const Supported = true

func thisHost() host.Host { return quick.NewHost(quick.Detect()) }
