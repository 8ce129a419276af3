package htif

import (
	"errors"
	"fmt"
)

// Kind says what a command asks for.
type Kind int

const (
	// None asks for nothing.
	None Kind = iota
	// Exit ends the guest with Event.Code.
	Exit
	// Putchar writes Event.Char to the console.
	Putchar
	// Getchar asks for a console character; there is none to give.
	Getchar
)

// Event is a decoded command.
type Event struct {
	Kind Kind
	Code uint64 // Exit: the guest's exit code, 0 is success
	Char byte   // Putchar
}

var (
	// ErrSyscallProxy reports a program that wants the host to run system calls for it.
	ErrSyscallProxy = errors.New("htif: the guest asks for the system-call proxy, which this machine does not have; " +
		"link the program with a library that prints through the UART or HTIF device 1")
	// ErrUnknown reports a command for a device that does not exist.
	ErrUnknown = errors.New("htif: unknown device or command")
)

const (
	devSystem   = 0
	devConsole  = 1
	cmdGetchar  = 0
	cmdPutchar  = 1
	payloadBits = 48
)

// Decode tells what a value stored in tohost means: bits 63–56 are the device,
// 55–48 the command, the rest its payload.
func Decode(tohost uint64) (Event, error) {
	if tohost == 0 {
		return Event{}, nil
	}
	dev, cmd := tohost>>56, tohost>>payloadBits&0xff
	payload := tohost & (1<<payloadBits - 1)
	switch {
	case dev == devSystem && cmd == 0 && payload&1 != 0:
		return Event{Kind: Exit, Code: payload >> 1}, nil
	case dev == devSystem && cmd == 0:
		return Event{}, fmt.Errorf("%w (request block at %#x)", ErrSyscallProxy, payload)
	case dev == devConsole && cmd == cmdPutchar:
		return Event{Kind: Putchar, Char: byte(payload)}, nil
	case dev == devConsole && cmd == cmdGetchar:
		return Event{Kind: Getchar}, nil
	}
	return Event{}, fmt.Errorf("%w: tohost = %#x", ErrUnknown, tohost)
}
