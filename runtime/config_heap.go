package runtime

import (
	"github.com/hartwood-vm/hartwood/gcpar"
)

func (c *Config) checkHeap() error {
	switch {
	case c.ManagedHeap%gcpar.Align != 0 || c.ManagedHeap > gcpar.MaxSize:
		return wrong("managed-heap", "a limit of %s is impossible; choose a multiple of 64 KiB up to 64G, or 0 for no managed heap", c.ManagedHeap)
	case c.ManagedHeapReserve%gcpar.Align != 0 || c.ManagedHeapReserve > c.ManagedHeap:
		return wrong("managed-heap-reserve", "%s cannot be reserved; choose a multiple of 64 KiB up to --managed-heap, which is %s", c.ManagedHeapReserve, c.ManagedHeap)
	case c.ManagedHeapReserve > c.Memory/2:
		return wrong("managed-heap-reserve", "%s are more than half of the memory, which is %s; choose less, or more --memory", c.ManagedHeapReserve, c.Memory)
	case c.ManagedHeapReserve > 0 && c.Memory%gcpar.Align != 0:
		return wrong("memory", "%s is not a multiple of 64 KiB, which --managed-heap-reserve needs", c.Memory)
	case c.GCWorkers < 0 || c.GCWorkers > gcpar.MaxWorkers:
		return wrong("gc-workers", "%d workers are impossible; choose 1 to %d, or 0 for one for each host CPU", c.GCWorkers, gcpar.MaxWorkers)
	case c.GCShards < 0 || c.GCShards > gcpar.MaxShards:
		return wrong("gc-shards", "%d shards are impossible; choose 1 to %d, or 0 for one for each host CPU", c.GCShards, gcpar.MaxShards)
	case c.GCMarkQuota <= 0:
		return wrong("gc-mark-quota", "%v is no time to work; choose one such as 1ms", c.GCMarkQuota)
	case c.GCSweepQuota <= 0:
		return wrong("gc-sweep-quota", "%v is no time to work; choose one such as 500us", c.GCSweepQuota)
	case !(c.GCTrigger > 0 && c.GCTrigger <= 1):
		return wrong("gc-trigger", "an occupancy of %v is impossible; choose more than 0 and at most 1", c.GCTrigger)
	case !(c.GCTarget > 0 && c.GCTarget <= c.GCTrigger):
		return wrong("gc-target", "an occupancy of %v is impossible; choose more than 0 and at most --gc-trigger, which is %v", c.GCTarget, c.GCTrigger)
	case c.GCStep < 1:
		return wrong("gc-step", "a step of %d objects is impossible; choose 1 or more", c.GCStep)
	}
	return nil
}

// collector translates the settings of the managed heap.
func (c *Config) collector() gcpar.Config {
	g := gcpar.DefaultConfig()
	g.Workers, g.Shards, g.Step = c.GCWorkers, c.GCShards, c.GCStep
	g.Concurrent, g.Adaptive, g.Verify = c.GCConcurrent, c.GCAdaptive, c.GCVerify
	g.MarkQuota, g.SweepQuota = c.GCMarkQuota, c.GCSweepQuota
	g.Trigger, g.Target = c.GCTrigger, c.GCTarget
	return g
}
