//go:build riscv64

package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"golang.org/x/sys/unix"
)

const (
	readWrite   = unix.PROT_READ | unix.PROT_WRITE
	readExec    = unix.PROT_READ | unix.PROT_EXEC
	writeAndRun = unix.PROT_READ | unix.PROT_WRITE | unix.PROT_EXEC
)

// source returns the random numbers of one check, the same in every run.
func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x6a6974)) }

// try calls the code of p at an offset times times and compares.
func try(m memory, offset int, p program, r *rand.Rand, times int) error {
	for range times {
		a, b := r.Uint64(), r.Uint64()
		if got, want := m.at(offset, a, b), p.eval(a, b); got != want {
			return fmt.Errorf("f(%#x, %#x) is %#x, want %#x, of the code %08x", a, b, got, want, p.words())
		}
	}
	return nil
}

// functions fills memory with functions, calls each often enough to be worth a translation, and does it all again in
// the same place.
func functions() (calls int, err error) {
	const generations, count, times = 4, 100, 300
	r := source(1)
	m, err := anonymous(16*pageSize, writeAndRun)
	if err != nil {
		return 0, err
	}
	defer m.release()
	for range generations {
		programs, offsets, end := make([]program, count), make([]int, count), 0
		for i := range programs {
			programs[i] = randomProgram(r, 1+r.IntN(3), 5+r.IntN(60))
			offsets[i] = end
			end = m.put(end, programs[i].words()...)
		}
		if err := m.flush(everyThread); err != nil {
			return calls, err
		}
		for i, p := range programs {
			if err := try(m, offsets[i], p, r, times); err != nil {
				return calls, fmt.Errorf("function %d: %w", i, err)
			}
			calls += times
		}
	}
	return calls, nil
}

// protect never has memory writable and executable at once, as careful compilers do.
func protect() (calls int, err error) {
	const generations, times = 300, 60
	r := source(2)
	m, err := anonymous(pageSize, readWrite)
	if err != nil {
		return 0, err
	}
	defer m.release()
	for range generations {
		p := randomProgram(r, 2, 40)
		if err := m.protect(readWrite); err != nil {
			return calls, err
		}
		m.put(0, p.words()...)
		if err := m.protect(readExec); err != nil {
			return calls, err
		}
		if err := m.flush(everyThread); err != nil {
			return calls, err
		}
		if err := try(m, 0, p, r, times); err != nil {
			return calls, err
		}
		calls += times
	}
	return calls, nil
}

// patch changes single instructions of a function between calls. Functions lie so that an instruction straddles a page
// boundary, or none does.
func patch() (calls int, err error) {
	const rounds, times = 1500, 3
	unpin, err := pin(0)
	if err != nil {
		return 0, err
	}
	defer unpin()
	r := source(3)
	m, err := anonymous(3*pageSize, writeAndRun)
	if err != nil {
		return 0, err
	}
	defer m.release()
	visible := []func() error{
		func() error { fence(); return nil },
		func() error { return m.flush(thisThread) },
		func() error { return m.flush(everyThread) },
	}
	for way, flush := range visible {
		for _, offset := range []int{0, pageSize - 100, 2*pageSize - 102} {
			p := randomProgram(r, 4, 30)
			for i := range p.body { // plain steps only: what a branch leaps over would never be seen to change
				p.body[i] = randomStep(r)
			}
			m.put(offset, p.words()...)
			for range rounds {
				i := r.IntN(len(p.body))
				p.body[i] = randomStep(r)
				m.put(offset+p.position(i), p.body[i].word)
				if err := flush(); err != nil {
					return calls, err
				}
				if err := try(m, offset, p, r, times); err != nil {
					return calls, fmt.Errorf("way %d, offset %d, step %d: %w", way, offset, i, err)
				}
				calls += times
			}
		}
	}
	return calls, nil
}

// compressed patches instructions of two bytes.
func compressed() (calls int, err error) {
	const length, rounds = 40, 5000
	r := source(4)
	m, err := anonymous(2*pageSize, writeAndRun)
	if err != nil {
		return 0, err
	}
	defer m.release()
	unpin, err := pin(0)
	if err != nil {
		return 0, err
	}
	defer unpin()
	const offset = pageSize - length // the boundary is in the middle
	var terms [length]uint16
	set := func(i int) {
		terms[i] = uint16(1 + r.IntN(31))
		binary.LittleEndian.PutUint16(m.write[offset+2*i:], cAddi(a0, terms[i]))
	}
	for i := range terms {
		set(i)
	}
	binary.LittleEndian.PutUint16(m.write[offset+2*length:], cRet)
	for range rounds {
		set(r.IntN(length))
		fence()
		sum := uint64(1000)
		for _, term := range terms {
			sum += uint64(term)
		}
		if got := m.at(offset, 1000, 0); got != sum {
			return calls, fmt.Errorf("the sum is %d, want %d", got, sum)
		}
		calls++
	}
	return calls, nil
}

// itself runs code that writes the instruction that it executes next but one: a store, a fence.i, and the new code.
func itself() (calls int, err error) {
	const rounds = 20_000
	unpin, err := pin(0)
	if err != nil {
		return 0, err
	}
	defer unpin()
	m, err := anonymous(pageSize, writeAndRun)
	if err != nil {
		return 0, err
	}
	defer m.release()
	const slot = 8
	m.put(0, sw(a0, a1, slot), fenceI(), addi(a0, zero, 0), ret())
	fence()
	for round := range rounds {
		want := round % 2048
		if got := m.at(0, uint64(addi(a0, zero, int32(want))), uint64(m.run)); got != uint64(want) {
			return calls, fmt.Errorf("round %d returned %d", round, got)
		}
		calls++
	}
	return calls, nil
}

// beside counts in words that share a page, and at last a cache line, with the code that counts.
func beside() (calls int, err error) {
	const rounds = 10_000
	m, err := anonymous(pageSize, writeAndRun)
	if err != nil {
		return 0, err
	}
	defer m.release()
	m.put(0, ld(t1, a1, 0), addi(t1, t1, 1), sd(t1, a1, 0), addi(a0, t1, 0), ret())
	if err := m.flush(everyThread); err != nil {
		return 0, err
	}
	for _, word := range []uintptr{2048, 128, 24} {
		for round := range rounds {
			if got := m.at(0, 0, uint64(m.run+word)); got != uint64(round+1) {
				return calls, fmt.Errorf("the word at %d is %d in round %d", word, got, round)
			}
			calls++
		}
	}
	return calls, nil
}

// remap gives one address ever new memory.
func remap() (calls int, err error) {
	const generations, times = 300, 60
	r := source(5)
	m, err := anonymous(pageSize, writeAndRun)
	if err != nil {
		return 0, err
	}
	defer m.release()
	for range generations {
		if err := m.replace(); err != nil {
			return calls, err
		}
		p := randomProgram(r, 2, 40)
		m.put(0, p.words()...)
		if err := m.flush(everyThread); err != nil {
			return calls, err
		}
		if err := try(m, 0, p, r, times); err != nil {
			return calls, err
		}
		calls += times
	}
	return calls, nil
}

// alias writes at one address what it runs at another.
func alias() (calls int, err error) {
	const generations, times = 600, 30
	r := source(6)
	m, release, err := aliased(pageSize)
	if err != nil {
		return 0, err
	}
	defer release()
	for range generations {
		p := randomProgram(r, 2, 40)
		m.put(0, p.words()...)
		if err := m.flush(everyThread); err != nil {
			return calls, err
		}
		if err := try(m, 0, p, r, times); err != nil {
			return calls, err
		}
		calls += times
	}
	return calls, nil
}
