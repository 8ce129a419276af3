//go:build riscv64

package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// each runs body(0) … body(workers-1) on threads of their own and returns their errors and the sum of their calls.
func each(workers int, body func(worker int) (int, error)) (calls int, err error) {
	var group sync.WaitGroup
	var total atomic.Int64
	errs := make([]error, workers)
	for worker := range workers {
		group.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			n, err := body(worker)
			total.Add(int64(n))
			errs[worker] = err
		})
	}
	group.Wait()
	return int(total.Load()), errors.Join(errs...)
}

// slots gives each of many threads 64 bytes of one page, which it rewrites for itself: neighbours change the page under
// its feet, but never its own code.
func slots() (calls int, err error) {
	const rounds, slotSize = 2000, 64
	m, err := anonymous(pageSize, writeAndRun)
	if err != nil {
		return 0, err
	}
	defer m.release()
	return each(min(2*runtime.NumCPU(), pageSize/slotSize), func(worker int) (int, error) {
		slot := worker * slotSize
		m.put(slot, addi(a0, a0, 0), addi(a0, a0, 1), addi(a0, a0, 2), ret())
		for round := range rounds {
			term := (round*7 + worker) % 2048
			m.swap(slot, addi(a0, a0, int32(term)))
			if err := m.flush(thisThread); err != nil {
				return 0, err
			}
			for argument := range uint64(3) {
				if got, want := m.at(slot, argument, 0), argument+uint64(term)+3; got != want {
					return 3 * round, fmt.Errorf("thread %d, round %d: %d, want %d", worker, round, got, want)
				}
			}
		}
		return 3 * rounds, nil
	})
}

// shared lets one thread patch an instruction that all the others run. A version counts as published once the flush for
// all threads has returned; from then on nobody may see an older one, and nobody may ever see one that is not written.
func shared() (calls int, err error) {
	const versions = 4000
	m, err := anonymous(pageSize, writeAndRun)
	if err != nil {
		return 0, err
	}
	defer m.release()
	m.put(0, lui(a0, 0), addi(a0, a0, 5), ret())
	if err := m.flush(everyThread); err != nil {
		return 0, err
	}
	var published atomic.Uint64 // written by the patching thread
	var done atomic.Bool
	return each(max(2, runtime.NumCPU()), func(worker int) (int, error) {
		if worker == 0 {
			defer done.Store(true)
			for version := uint64(1); version <= versions; version++ {
				m.swap(0, lui(a0, uint32(version)))
				if err := m.flush(everyThread); err != nil {
					return 0, err
				}
				published.Store(version)
				if got := m.at(0, 0, 0); got != version<<12+5 {
					return int(version), fmt.Errorf("the patching thread sees %#x in version %d", got, version)
				}
			}
			return versions, nil
		}
		n := 0
		for ; !done.Load(); n++ {
			oldest := published.Load()
			got := m.at(0, 0, 0)
			newest := published.Load() + 1
			if version := got >> 12; got&0xfff != 5 || version < oldest || version > newest {
				return n, fmt.Errorf("thread %d sees %#x between versions %d and %d", worker, got, oldest, newest)
			}
		}
		return n, nil
	})
}
