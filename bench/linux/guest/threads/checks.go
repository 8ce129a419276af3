package main

import (
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// each runs body(0) … body(workers-1) at once and waits for all.
func each(workers int, body func(worker int)) {
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() { body(worker) })
	}
	group.Wait()
}

func equal[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s is %v, want %v", what, got, want)
	}
	return nil
}

// mutexCounter is the classic lost update: a plain counter under one contended lock.
func mutexCounter(workers int) error {
	const rounds = 2000
	var mu sync.Mutex
	counter := 0
	each(workers, func(int) {
		for range rounds {
			mu.Lock()
			counter++
			mu.Unlock()
		}
	})
	return equal("counter", counter, workers*rounds)
}

// atomicCounter mixes AMOs (Add) with LR/SC or compare-and-swap loops on two words of one cache line.
func atomicCounter(workers int) error {
	const rounds = 5000
	var words struct{ added, swapped atomic.Uint64 }
	each(workers, func(int) {
		for range rounds {
			words.added.Add(3)
			for {
				old := words.swapped.Load()
				if words.swapped.CompareAndSwap(old, old+1) {
					break
				}
			}
		}
	})
	if err := equal("added", words.added.Load(), uint64(3*rounds*workers)); err != nil {
		return err
	}
	return equal("swapped", words.swapped.Load(), uint64(rounds*workers))
}

// pipeline sends numbers through as many stages as there are workers; every stage adds one.
func pipeline(workers int) error {
	const items = 500
	in := make(chan int)
	out := in
	for range workers {
		from, to := out, make(chan int, 4)
		go func() {
			defer close(to)
			for v := range from {
				to <- v + 1
			}
		}()
		out = to
	}
	go func() {
		defer close(in)
		for v := range items {
			in <- v
		}
	}()
	sum := 0
	for v := range out {
		sum += v
	}
	return equal("sum", sum, items*(items-1)/2+items*workers)
}

// sieve counts the primes below a limit, a segment a worker.
func sieve(workers int) error {
	const limit, primes = 200_000, 17_984
	var count atomic.Int64
	each(workers, func(worker int) {
		from, to := limit*worker/workers, limit*(worker+1)/workers
		for n := max(from, 2); n < to; n++ {
			if isPrime(n) {
				count.Add(1)
			}
		}
	})
	return equal("primes below 200000", count.Load(), primes)
}

func isPrime(n int) bool {
	for d := 2; d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return true
}

// lockedThreads gives every worker an operating-system thread of its own and makes each do system calls.
func lockedThreads(workers int) error {
	var bytes atomic.Int64
	var failed atomic.Pointer[error]
	each(workers, func(int) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for range 20 {
			data, err := os.ReadFile("/proc/self/stat")
			if err != nil {
				failed.Store(&err)
				return
			}
			bytes.Add(int64(len(data)))
		}
	})
	if err := failed.Load(); err != nil {
		return *err
	}
	if bytes.Load() == 0 {
		return fmt.Errorf("/proc/self/stat is empty")
	}
	return nil
}

// ring passes a token round threads that each sleep in a futex: wake-ups, and thereby IPIs, from hart to hart.
func ring(workers int) error {
	const rounds = 50
	links := make([]chan int, workers)
	for i := range links {
		links[i] = make(chan int)
	}
	result := make(chan int, 1)
	each(workers, func(worker int) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		next := links[(worker+1)%workers]
		if worker == 0 {
			token := 0
			for range rounds {
				next <- token + 1
				token = <-links[0]
			}
			result <- token
			return
		}
		for range rounds {
			next <- <-links[worker] + 1
		}
	})
	return equal("token", <-result, rounds*workers)
}

// allocate makes linked garbage on every hart while the collector runs, then checks what was kept.
func allocate(workers int) error {
	type node struct {
		value int
		next  *node
	}
	const length = 2000
	var wrong atomic.Int64
	each(workers, func(worker int) {
		var list *node
		for v := range length {
			_ = make([]byte, 256)
			list = &node{value: v ^ worker, next: list}
			if v%500 == 0 {
				runtime.GC()
			}
		}
		for v := length - 1; v >= 0; v-- {
			if list == nil || list.value != v^worker {
				wrong.Add(1)
				return
			}
			list = list.next
		}
	})
	return equal("workers that lost a node", wrong.Load(), 0)
}

// floats computes the same series on every hart; context switches must keep floating-point state apart.
func floats(workers int) error {
	const terms = 20_000
	want := series(0, terms)
	sums := make([]uint32, workers)
	each(workers, func(worker int) {
		for range 3 {
			sums[worker] = series(0, terms)
			runtime.Gosched()
		}
	})
	for worker, sum := range sums {
		if err := equal(fmt.Sprintf("checksum of worker %d", worker), sum, want); err != nil {
			return err
		}
	}
	return equal("checksum", want, seriesChecksum)
}

// seriesChecksum is what series(0, 20000) gives on any IEEE 754 machine.
const seriesChecksum = 4049404137

// series sums quotients of square roots and returns a checksum of every partial sum's bits, so that one wrong rounding
// anywhere shows. There is no product in it, which a compiler might fuse with the addition.
func series(from, terms int) uint32 {
	sum := 0.0
	var bits [8]byte
	checksum := uint32(0)
	for i := from; i < from+terms; i++ {
		x := float64(i + 1)
		sum += math.Sqrt(x) / (x + 0.25)
		word := math.Float64bits(sum)
		for b := range bits {
			bits[b] = byte(word >> (8 * b))
		}
		checksum = crc32.Update(checksum, crc32.IEEETable, bits[:])
	}
	return checksum
}
