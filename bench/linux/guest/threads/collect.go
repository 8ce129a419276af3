package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
	"weak"
)

// tree is a node of a binary search tree whose payload depends on its key alone.
type tree struct {
	left, right *tree
	key         uint64
	text        string
}

func (t *tree) insert(key uint64) *tree {
	if t == nil {
		return &tree{key: key, text: strconv.FormatUint(key, 36)}
	}
	if key < t.key {
		t.left = t.left.insert(key)
	} else if key > t.key {
		t.right = t.right.insert(key)
	}
	return t
}

// check returns the number of nodes, or an error if one is not what insert made it.
func (t *tree) check(from, to uint64) (int, error) {
	if t == nil {
		return 0, nil
	}
	if t.key < from || t.key > to || t.text != strconv.FormatUint(t.key, 36) {
		return 0, fmt.Errorf("node %d with text %q between %d and %d", t.key, t.text, from, to)
	}
	left, err := t.left.check(from, t.key)
	if err != nil {
		return 0, err
	}
	right, err := t.right.check(t.key, to)
	return left + right + 1, err
}

// collect keeps the collector running all the time (GOGC is 10) while many more goroutines than harts build trees and
// maps, hand them to each other, let go of them, and check what they hold. Stacks grow and shrink on the way, and weak
// pointers tell that what nobody holds is really freed.
func collect(workers int) error {
	const rounds, nodes = 6, 120
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	goroutines := 4 * workers
	var failed atomic.Pointer[error]
	gone := make([]weak.Pointer[tree], goroutines)
	passed := make(chan *tree, goroutines)
	each(goroutines, func(worker int) {
		state := uint64(worker)*2654435761 + 1
		held := map[uint64]*tree{}
		for round := range rounds {
			var root *tree
			keys := map[uint64]bool{}
			for range nodes {
				state = state*6364136223846793005 + 1442695040888963407
				root = root.insert(state >> 40)
				keys[state>>40] = true
			}
			n, err := root.check(0, ^uint64(0))
			if err == nil {
				err = equal("nodes of a tree", n, len(keys))
			}
			if err != nil {
				failed.Store(&err)
			}
			held[uint64(round)] = root
			passed <- root
			if _, err := (<-passed).check(0, ^uint64(0)); err != nil {
				failed.Store(&err)
			}
			if round%2 == 1 {
				delete(held, uint64(round-1))
			}
			if depth := 500 * (round + 1); deep(depth) != depth {
				err := fmt.Errorf("a stack of %d frames went wrong", depth)
				failed.Store(&err)
			}
		}
		for _, root := range held {
			if _, err := root.check(0, ^uint64(0)); err != nil {
				failed.Store(&err)
			}
		}
		gone[worker] = weak.Make(held[rounds-1])
	})
	if err := failed.Load(); err != nil {
		return *err
	}
	// A goroutine that is stopped on its way out keeps what its registers still point to: the collector cannot tell.
	// Further collections find it gone.
	held := -1
	for range 10 {
		runtime.GC()
		if held = slices.IndexFunc(gone, func(p weak.Pointer[tree]) bool { return p.Value() != nil }); held < 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if held >= 0 {
		return fmt.Errorf("the tree of goroutine %d was not freed", held)
	}
	return nil
}

// deep recurses so that the stack has to be copied.
func deep(n int) int {
	if n == 0 {
		return 0
	}
	var frame [8]int
	frame[n&7] = n
	return deep(n-1) + frame[n&7] - n + 1
}
