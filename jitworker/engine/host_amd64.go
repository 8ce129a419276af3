package engine

import (
	"github.com/hartwood-vm/hartwood/jitworker/host"
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64"
)

// Supported reports whether the host runs native code.
const Supported = true

func thisHost() host.Host { return amd64.New(amd64.Detect()) }
