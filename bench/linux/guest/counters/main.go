package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// check is one thing that is counted.
type check struct {
	name string
	run  func() error
}

var checks = []check{
	{"instructions", instructionsOfUser},
	{"modes", modes},
	{"tlb", tlbMisses},
	{"faults", faults},
	{"unknown", unknown},
	{"firmware", firmware},
	{"sampling", sampling},
}

func main() {
	runtime.LockOSThread()
	debug.SetGCPercent(-1) // nothing runs on this thread but the work
	for _, c := range checks {
		if err := c.run(); err != nil {
			fmt.Printf("HARTWOOD-FAIL counters %s: %v\n", c.name, err)
			os.Exit(1)
		}
		fmt.Printf("HARTWOOD-COUNTERS %s ok\n", c.name)
	}
}

// between reports a number out of its bounds.
func between(what string, n, least, most uint64) error {
	if n < least || n > most {
		return fmt.Errorf("%s: %d, want %d to %d", what, n, least, most)
	}
	return nil
}

var sink uint64

// spin takes a constant number of instructions a round.
//
//go:noinline
func spin(rounds uint64) {
	x := sink
	for range rounds {
		x = x*5 + 1
	}
	sink = x
}

const rounds = 2_000_000

// instructionsOfUser: twice the work takes twice the instructions, and as many cycles.
func instructionsOfUser() error {
	one, err := count(instructions, userOnly, func() { spin(rounds) })
	if err != nil {
		return err
	}
	two, err := count(instructions, userOnly, func() { spin(2 * rounds) })
	if err != nil {
		return err
	}
	ticks, err := count(cycles, userOnly, func() { spin(rounds) })
	if err != nil {
		return err
	}
	return errors.Join(
		between("instructions", one, 3*rounds, 12*rounds),
		between("of twice the work", two, 2*one-one/50, 2*one+one/50),
		between("cycles", ticks, one-one/50, one+one/50),
	)
}

// modes: system calls are the kernel's work, loops the user's.
func modes() error {
	const calls = 20_000
	work := func() {
		for range calls {
			unix.Getppid()
		}
	}
	user, err := count(instructions, userOnly, work)
	if err != nil {
		return err
	}
	kernel, err := count(instructions, kernelOnly, work)
	if err != nil {
		return err
	}
	both, err := count(instructions, everywhere, work)
	if err != nil {
		return err
	}
	idle, err := count(instructions, kernelOnly, func() { spin(rounds) })
	if err != nil {
		return err
	}
	return errors.Join(
		between("in user mode", user, 5*calls, 200*calls),
		between("in the kernel", kernel, 30*calls, 2000*calls),
		between("in both", both, (user+kernel)*8/10, (user+kernel)*12/10),
		between("in the kernel meanwhile", idle, 1, 3*rounds),
	)
}

// touch maps pages and reads or writes each of them.
func touch(pages int, times int) error {
	page := unix.Getpagesize()
	m, err := unix.Mmap(-1, 0, pages*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return err
	}
	if err := unix.Madvise(m, unix.MADV_NOHUGEPAGE); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	for range times {
		for at := 0; at < len(m); at += page {
			m[at]++
		}
	}
	return unix.Munmap(m)
}

// tlbMisses: a page that has never been touched is in no TLB.
func tlbMisses() error {
	const pages = 2000
	var failed error
	n, err := count(loadMisses, everywhere, func() { failed = touch(pages, 3) })
	return errors.Join(err, failed, between("misses", n, pages, 100*pages))
}

// faults: each page faults once or twice.
func faults() error {
	const pages = 1000
	var failed error
	work := func() { failed = touch(pages, 2) }
	n, err := count(pageFaults, everywhere, work)
	if err := errors.Join(err, failed, between("page faults", n, pages, 4*pages)); err != nil {
		return err
	}
	n, err = count(exceptions, everywhere, work)
	return errors.Join(err, failed, between("exceptions", n, pages, 10*pages))
}

// unknown: an event that there is not is refused, or counts nothing.
func unknown() error {
	for _, e := range []event{branches, nothing} {
		n, err := count(e, everywhere, func() { spin(1000) })
		if err == nil && n != 0 {
			return fmt.Errorf("event %#x counts %d", e.number, n)
		}
	}
	return nil
}

// firmware: a thread on another hart that sleeps is woken by an interrupt, which the firmware sends.
func firmware() error {
	if runtime.NumCPU() < 2 {
		return nil
	}
	const turns = 200
	var to, from [2]int
	if err := errors.Join(unix.Pipe(to[:]), unix.Pipe(from[:]), pin(0)); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		failed <- errors.Join(pin(1), relay(to[0], from[1], turns))
	}()
	n, err := count(interruptSent, everywhere, func() {
		var b [1]byte
		for range turns {
			unix.Write(to[1], b[:])
			unix.Read(from[0], b[:])
		}
	})
	return errors.Join(err, <-failed, between("interrupts sent", n, turns/10, 100*turns))
}

func pin(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	return unix.SchedSetaffinity(0, &set)
}

// relay answers each byte with a byte.
func relay(from, to, turns int) error {
	var b [1]byte
	for range turns {
		if _, err := unix.Read(from, b[:]); err != nil {
			return err
		}
		if _, err := unix.Write(to, b[:]); err != nil {
			return err
		}
	}
	return nil
}

// sampling: one sample each so many instructions.
func sampling() error {
	n, err := count(instructions, userOnly, func() { spin(rounds) })
	if err != nil {
		return err
	}
	const samples = 50
	got, err := sample(instructions, n/samples, func() { spin(rounds) })
	return errors.Join(err, between("samples", got, samples*8/10, samples*12/10))
}
