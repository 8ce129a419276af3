package runtime

import "github.com/hartwood-vm/hartwood/vcpu"

// translation is the largest mode as harts know it.
func (m MMUMode) translation() vcpu.Translation {
	switch m {
	case Sv39:
		return vcpu.Sv39
	case Sv57:
		return vcpu.Sv57
	}
	return vcpu.Sv48
}
