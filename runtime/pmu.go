package runtime

import (
	"github.com/hartwood-vm/hartwood/runtime/boot/devicetree"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// pmu is what the device tree says of the harts' performance counters.
func pmu() devicetree.PMU {
	p := devicetree.PMU{Counters: vcpu.ProgrammableCounters, Raw: vcpu.EventRaw, RawMask: vcpu.EventRawMask}
	for _, e := range vcpu.Events() {
		if e.Number&vcpu.EventRawMask != vcpu.EventRaw {
			p.Events = append(p.Events, uint32(e.Number))
		}
	}
	return p
}
