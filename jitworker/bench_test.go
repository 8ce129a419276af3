package jitworker

import (
	"sync/atomic"
	"testing"
)

func nothing(int, Unit) (Outcome, error) { return Outcome{Bytes: 1}, nil }

// busy is a service whose only worker never ends its first unit before the benchmark.
func busy(b *testing.B, places int) *Service {
	g := newGate()
	s := newService(b, testConfig(1, places), g.compile)
	s.Request(newBlock(0, 1, 0))
	s.Hurry()
	<-g.begun
	b.Cleanup(func() { close(g.leave) })
	return s
}

// BenchmarkRequest is what a hart pays: for a duplicate, at a full queue, and for a
// request that is accepted while the workers are busy.
func BenchmarkRequest(b *testing.B) {
	b.Run("duplicate", func(b *testing.B) {
		s, u := busy(b, 8), newBlock(0, 1, 0)
		for b.Loop() {
			s.Request(u)
		}
	})
	b.Run("full", func(b *testing.B) {
		s := busy(b, 1)
		s.Request(newBlock(1, 1, 0))
		u := newBlock(2, 1, 0)
		for b.Loop() {
			s.Request(u)
		}
	})
	b.Run("accepted", func(b *testing.B) {
		const places = 1024
		s := busy(b, places)
		units := make([]block, places)
		for i := range units {
			units[i].key = 1 + 64*uint64(i)
		}
		b.ReportAllocs()
		requests := 0
		for b.Loop() {
			b.StopTimer()
			s.abandon()
			b.StartTimer()
			for i := range units {
				s.Request(&units[i])
			}
			requests += places
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(requests), "ns/request")
		if got := s.Stats().Accepted; got != uint64(requests)+1 {
			b.Fatalf("%d of %d requests accepted", got-1, requests)
		}
	})
}

// BenchmarkPipeline is a unit's whole way with nothing to compile.
func BenchmarkPipeline(b *testing.B) {
	s := newService(b, testConfig(1, 1024), nothing)
	var key atomic.Uint64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s.Request(newBlock(key.Add(1), 1, 0))
		}
	})
}

func BenchmarkShouldYield(b *testing.B) {
	s := newService(b, testConfig(1, 8), nothing)
	for b.Loop() {
		s.ShouldYield()
	}
}
