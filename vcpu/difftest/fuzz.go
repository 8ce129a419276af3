package difftest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Session is a bounded run of random programs against QEMU.
type Session struct {
	QEMU    *QEMU
	Seed    uint64
	Time    time.Duration
	Workers int
	Engines []Options // each batch goes to the next, in turn
	Dir     string    // for temporary files
}

// Run draws and compares programs until the time is over or one fails; then the
// failure is returned shrunk. programs is the number that agreed.
func (s *Session) Run(ctx context.Context) (programs int, failure *Failure, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.Time)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	var next, done atomic.Uint64
	for range s.Workers {
		group.Go(func() error {
			for ctx.Err() == nil {
				n := next.Add(1) - 1
				f, err := s.batch(ctx, n)
				switch {
				case ctx.Err() != nil:
					return nil // the end, or another worker's failure
				case err != nil:
					return fmt.Errorf("seed %d, batch %d: %w", s.Seed, n, err)
				case f != nil:
					return f
				}
				done.Add(Slots)
			}
			return nil
		})
	}
	err = group.Wait()
	if errors.As(err, &failure) {
		o := &Oracle{s.QEMU, failure.Options, s.Dir}
		return int(done.Load()), o.Shrink(context.Background(), failure), nil
	}
	return int(done.Load()), nil, err
}

// batch compares one image of programs.
func (s *Session) batch(ctx context.Context, n uint64) (*Failure, error) {
	programs := make([]*Program, Slots)
	for i := range programs {
		programs[i] = Generate(s.Seed, n*Slots+uint64(i), i, false)
	}
	o := &Oracle{s.QEMU, s.Engines[n%uint64(len(s.Engines))], s.Dir}
	f, err := o.Check(ctx, programs)
	if err == nil || ctx.Err() != nil {
		return f, err
	}
	// QEMU has not come to the end: find out whose fault it is.
	for _, p := range programs {
		if _, alone := o.Check(ctx, []*Program{p}); alone != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("slot %d: %w\n%s", p.Slot, alone, p.Listing())
		}
	}
	return nil, err
}
