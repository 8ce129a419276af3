package engine

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/difftest"
)

// TestNativeAgreesWithQEMU runs random programs in native code, compiled at their
// first execution, and in QEMU, for as long as DIFF_TIME says.
func TestNativeAgreesWithQEMU(t *testing.T) {
	limit := os.Getenv("DIFF_TIME")
	if limit == "" || !Supported {
		t.Skip("DIFF_TIME is not set or the host has no native code; 'make test-diff' compares with QEMU")
	}
	d, err := time.ParseDuration(limit)
	if err != nil {
		t.Fatalf("DIFF_TIME: %v", err)
	}
	qemu, err := difftest.FindQEMU()
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	if s := os.Getenv("DIFF_SEED"); s != "" {
		if seed, err = strconv.ParseUint(s, 0, 64); err != nil {
			t.Fatalf("DIFF_SEED: %v", err)
		}
	}
	t.Logf("DIFF_SEED=%d", seed)
	s := difftest.Session{
		QEMU: qemu, Seed: seed, Time: d, Workers: 1, Dir: t.TempDir(),
		Engines: []difftest.Options{
			{Name: "native", Attach: attach(t, eager())},
			{Name: "native, paged", Paged: true, Attach: attach(t, eager())},
			{Name: "native, short blocks", BlockLimit: 3, Attach: attach(t, eager())},
		},
	}
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
