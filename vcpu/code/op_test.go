package code_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/code"
)

func TestOpNames(t *testing.T) {
	for op := range code.NumOps {
		if code.Of(op).Name == "" {
			t.Errorf("no name for operation %d", op)
		}
	}
}
