package amd64_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/vcpu/difftest"
)

// TestNativeAgreesWithQEMU runs random programs in native code, compiled at their
// first execution, and in QEMU, for as long as DIFF_TIME says.
func TestNativeAgreesWithQEMU(t *testing.T) {
	if !engine.Supported {
		t.Skip("the host has no native code")
	}
	s, err := difftest.SessionFor(os.Getenv, t.TempDir(), []difftest.Options{
		{Name: "native", Attach: attach(t, eager())},
		{Name: "native, dense", Attach: attach(t, eagerAndDense())},
		{Name: "native, regions", Attach: attach(t, eagerRegions())},
		{Name: "native, paged", Paged: true, Attach: attach(t, eager())},
		{Name: "native, short blocks", BlockLimit: 3, Attach: attach(t, eager())},
	})
	if errors.Is(err, difftest.ErrNoTime) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("DIFF_SEED=%d", s.Seed)
	n, failure, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if failure != nil {
		t.Fatalf("native code and QEMU disagree:\n%v", failure)
	}
	if n == 0 {
		t.Fatal("no program was compared")
	}
	t.Logf("%d programs agree", n)
}
