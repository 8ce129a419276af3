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
		config runtime.Config
		says   string
		code   int
	}{
		{runtime.Config{Program: "hello.elf", Harts: 1}, "Hello from a guest.\n", 0},
		{runtime.Config{Program: "hello.elf", Harts: 3}, "Hello from a guest.\n", 0},
		{runtime.Config{Program: "harts.elf", Harts: 4}, "6\n", 6},
		{runtime.Config{Kernel: "sbi.elf", Harts: 2}, "Hello from S-mode.\n", 0},
	} {
		config := runtime.Default()
		config.Program, config.Kernel, config.Harts = test.config.Program, test.config.Kernel, test.config.Harts
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
