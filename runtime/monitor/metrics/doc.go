// Package metrics hands a machine's measurements to Prometheus. It knows none of them: names, kinds, units and help are those of
// their descriptions (measure.Group), brought into the form that Prometheus wants:
//
//	jit.cache.evicted        hartwood_jit_cache_evicted_total
//	jit.compiler.wait        hartwood_jit_compiler_wait_seconds, a summary
//	tlb_hits.load_share      hartwood_tlb_hit_load_ratio
//	jit.left_out[].count     hartwood_jit_left_out_total{operation="..."}
//
// Measurements of single harts are left out unless they are asked for: there may be thousands. So are texts, and lists of
// which each entry is about something else.
package metrics
