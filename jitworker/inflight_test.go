package jitworker

import "testing"

func newInFlight() *inFlight {
	f := new(inFlight)
	f.init()
	return f
}

func wantEntry(t *testing.T, f *inFlight, key uint64, want entry) {
	t.Helper()
	if got := f.enter(key); got != want {
		t.Fatalf("enter(%#x) = %d, want %d", key, got, want)
	}
}

func TestFlightCollapsesDuplicates(t *testing.T) {
	f := newInFlight()
	wantEntry(t, f, 1, entered)
	wantEntry(t, f, 1, duplicate)
	wantEntry(t, f, 2, entered)
	f.leave(1)
	wantEntry(t, f, 1, entered)
	f.leave(1)
	f.leave(2)
	if busy, failed := f.len(); busy != 0 || failed != 0 {
		t.Errorf("%d units are busy and %d have failed, want none", busy, failed)
	}
}

// TestEnterNeverWaits holds a shard as a preempted hart would.
func TestEnterNeverWaits(t *testing.T) {
	f := newInFlight()
	s := f.shard(7)
	s.mu.Lock()
	wantEntry(t, f, 7, contended)
	s.mu.Unlock()
	wantEntry(t, f, 7, entered)
}

func TestFailedUnitIsRefusedTwiceAsOften(t *testing.T) {
	f := newInFlight()
	for _, refusals := range []int{16, 32, 64} {
		wantEntry(t, f, 5, entered)
		f.fail(5)
		for range refusals {
			wantEntry(t, f, 5, refused)
		}
	}
	wantEntry(t, f, 5, entered)
	f.leave(5) // compiled at last: the past is forgotten
	wantEntry(t, f, 5, entered)
	f.fail(5)
	for range firstPenalty {
		wantEntry(t, f, 5, refused)
	}
	wantEntry(t, f, 5, entered)
}

func TestPenaltyIsBounded(t *testing.T) {
	f := newInFlight()
	for range 100 {
		f.fail(1)
	}
	if got := f.shard(1).units[1].refuse; got != maxPenalty {
		t.Errorf("a unit that failed 100 times is refused %d times, want %d", got, maxPenalty)
	}
	if _, failed := f.len(); failed != 1 {
		t.Errorf("%d failed units, want 1", failed)
	}
}

// TestFailuresAreBounded has a hostile guest make units that cannot be compiled.
func TestFailuresAreBounded(t *testing.T) {
	f := newInFlight()
	const busy = 1 << 40
	wantEntry(t, f, busy, entered)
	for key := range uint64(200 * inFlightShards) {
		wantEntry(t, f, key, entered)
		f.fail(key)
	}
	units := 0
	for i := range f.shards {
		units += len(f.shards[i].units)
	}
	if n, failed := f.len(); n != 1 || failed > maxFailed*inFlightShards || failed+1 != units {
		t.Errorf("%d busy and %d failed of %d units, want 1 busy and at most %d failed", n, failed, units, maxFailed*inFlightShards)
	}
	wantEntry(t, f, busy, duplicate)
}

func TestKeysSpreadOverShards(t *testing.T) {
	f := newInFlight()
	for _, stride := range []uint64{2, 4, 64, 4096, 1 << 20} {
		perShard := make(map[*inFlightShard]int)
		for i := range uint64(64 * inFlightShards) {
			perShard[f.shard(0x8000_0000+i*stride)]++
		}
		for _, n := range perShard {
			if n > 256 {
				t.Errorf("stride %d puts %d of %d keys into one shard", stride, n, 64*inFlightShards)
			}
		}
	}
}
