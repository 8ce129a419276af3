package runtime_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"os"

	"github.com/hartwood-vm/hartwood/runtime"
)

// greet is a guest small enough to be read: it writes two letters and a line feed to the serial port and switches the
// machine off.
var greet = []uint32{
	0x100002b7, //       lui   t0, 0x10000      # the serial port
	0x04800313, //       li    t1, 'H'
	0x00628023, //       sb    t1, 0(t0)
	0x06900313, //       li    t1, 'i'
	0x00628023, //       sb    t1, 0(t0)
	0x00a00313, //       li    t1, '\n'
	0x00628023, //       sb    t1, 0(t0)
	0x001002b7, //       lui   t0, 0x100        # the switch
	0x00005337, //       lui   t1, 5
	0x55530313, //       addi  t1, t1, 0x555
	0x0062a023, //       sw    t1, 0(t0)
	0x0000006f, // stay: j     stay
}

// A program runs until it ends the machine, or until the context does.
func ExampleMachine_Run() {
	var program bytes.Buffer
	binary.Write(&program, binary.LittleEndian, greet)

	config := runtime.Default()
	config.ProgramData = program.Bytes() // or Program, or Kernel: names of files
	config.Stdout = os.Stdout

	machine, err := runtime.New(config)
	if err != nil {
		log.Fatal(err) // names the option and says what to write instead
	}
	result, err := machine.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("exit code", result.ExitCode)
	fmt.Println("the guest", result.Reason)
	// Output:
	// Hi
	// exit code 0
	// the guest powered off
}

// Validate says what is wrong with a configuration, without building anything.
func ExampleConfig_Validate() {
	config := runtime.Default()
	config.Program = "program.elf"
	config.Harts = 5000
	fmt.Println(config.Validate())
	// Output: --harts: 5000 harts are impossible; choose 1 to 4095
}
