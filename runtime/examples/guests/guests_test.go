package guests_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
)

// The programs do what they say, started from their files as a user does.
func TestGuests(t *testing.T) {
	for _, test := range []struct {
		guest runtime.Guest
		harts int
		says  string
		code  int
	}{
		{runtime.Guest{Program: "hello.elf"}, 1, "Hello from a guest.\n", 0},
		{runtime.Guest{Program: "hello.elf"}, 3, "Hello from a guest.\n", 0},
		{runtime.Guest{Program: "harts.elf"}, 4, "6\n", 6},
		{runtime.Guest{Kernel: "sbi.elf"}, 2, "Hello from S-mode.\n", 0},
	} {
		config := runtime.Default()
		config.Program, config.Kernel, config.Harts = test.guest.Program, test.guest.Kernel, test.harts
		var console bytes.Buffer
		config.Stdout = &console
		machine, err := runtime.New(config)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		result, err := machine.Run(ctx)
		cancel()
		if err != nil || result.ExitCode != test.code || console.String() != test.says {
			t.Errorf("%s%s on %d harts: exit code %d, want %d; says %q (%v)",
				config.Program, config.Kernel, config.Harts, result.ExitCode, test.code, console.String(), err)
		}
	}
}
