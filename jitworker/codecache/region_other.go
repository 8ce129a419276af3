//go:build !linux

package codecache

import (
	"fmt"
	"runtime"
)

func mapRegion(int) (*region, error) {
	return nil, fmt.Errorf("%w: %s; run with the interpreter", ErrUnsupported, runtime.GOOS)
}

func (*region) commit(int, int) {}

func (*region) unmap() error { return nil }
