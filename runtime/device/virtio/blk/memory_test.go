package blk

import (
	"fmt"
	"sync"
)

// sparse is memory that holds only the blocks that were written. mu guards blocks
// and their bytes; it is a leaf.
type sparse struct {
	mu     sync.RWMutex
	blocks map[int64]*[blockSize]byte
}

// inBlocks calls f for each part of [off, off+n) that lies in one block.
func inBlocks(off, n int64, f func(block, at, from, to int64) error) error {
	for done := int64(0); done < n; {
		at := (off + done) % blockSize
		k := min(blockSize-at, n-done)
		if err := f((off+done)/blockSize, at, done, done+k); err != nil {
			return err
		}
		done += k
	}
	return nil
}

func (s *sparse) ReadAt(p []byte, off int64) (int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_ = inBlocks(off, int64(len(p)), func(block, at, from, to int64) error {
		if b := s.blocks[block]; b != nil {
			copy(p[from:to], b[at:])
		} else {
			clear(p[from:to])
		}
		return nil
	})
	return len(p), nil
}

func (s *sparse) WriteAt(p []byte, off int64) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = inBlocks(off, int64(len(p)), func(block, at, from, to int64) error {
		b := s.blocks[block]
		if b == nil {
			b = new([blockSize]byte)
			s.blocks[block] = b
		}
		n += copy(b[at:], p[from:to])
		return nil
	})
	return n, err
}

// punch makes [off, off+n) read as zeros and frees whole blocks.
func (s *sparse) punch(off, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return inBlocks(off, n, func(block, at, from, to int64) error {
		if to-from == blockSize {
			delete(s.blocks, block)
		} else if b := s.blocks[block]; b != nil {
			clear(b[at : at+to-from])
		}
		return nil
	})
}

func (s *sparse) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks = map[int64]*[blockSize]byte{}
	return nil
}

// Memory is a disk of zeros that lives and dies with the test.
type Memory struct {
	sparse
	size int64
}

// NewMemory returns a disk of size bytes, of which only what is written takes
// memory.
func NewMemory(size int64) (*Memory, error) {
	if size <= 0 {
		return nil, fmt.Errorf("memory drive: impossible size %d", size)
	}
	return &Memory{sparse: sparse{blocks: map[int64]*[blockSize]byte{}}, size: size}, nil
}

// Zero frees whole blocks.
func (m *Memory) Zero(off, n int64, _ bool) error { return m.punch(off, n) }

// Discard frees whole blocks.
func (m *Memory) Discard(off, n int64) error { return m.punch(off, n) }

// Flush does nothing: memory is as durable as it gets.
func (m *Memory) Flush() error { return nil }

// Size returns the bytes of the disk.
func (m *Memory) Size() int64 { return m.size }

// ReadOnly is false.
func (m *Memory) ReadOnly() bool { return false }
