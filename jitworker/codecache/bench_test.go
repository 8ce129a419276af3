package codecache

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
)

// BenchmarkPlace places codes of the size of a small block, with the default
// limits: from 10,000 placements on each needs another's eviction.
func BenchmarkPlace(b *testing.B) {
	var c *Cache
	c, err := New(DefaultConfig(), fill, func(done func()) { done() }, func(codes []*Code) {
		for _, x := range codes {
			c.Retire(x)
		}
	})
	if err != nil {
		b.Skip(err)
	}
	defer c.Close()
	code := make([]byte, 400)
	var keys atomic.Uint64
	b.SetBytes(int64(len(code)))
	b.RunParallel(func(pb *testing.PB) {
		a := c.Arena()
		for pb.Next() {
			key := keys.Add(1) / 16
			for {
				err := a.Place(new(Code), code, nil, key)
				if err == nil {
					break
				}
				if !errors.Is(err, ErrFull) {
					b.Error(err)
					return
				}
				runtime.Gosched()
			}
		}
	})
}
