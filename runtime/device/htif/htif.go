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
	// Getchar asks for a console character, which Port.Answer gives.
	Getchar
	// Syscall asks for the system call whose number and arguments are in memory at
	// Event.Block. Port.Answer tells the guest that the result has taken their place.
	Syscall
)

// Event is a decoded command.
type Event struct {
	Kind Kind
	Code uint64 // Exit: the guest's exit code, 0 is success
	Char byte   // Putchar
	// Block is the physical address of a Syscall's words.
	Block uint64

	command uint64 // device and command, for the answer
}

var (
	// ErrUnknown reports a command for a device that does not exist.
	ErrUnknown = errors.New("htif: unknown device or command")
	// ErrBlock reports a system call whose words are not aligned.
	ErrBlock = errors.New("htif: the words of a system call lie at no multiple of 8")
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
	e := Event{command: tohost >> payloadBits}
	switch {
	case dev == devSystem && cmd == 0 && payload&1 != 0:
		e.Kind, e.Code = Exit, payload>>1
		return e, nil
	case dev == devSystem && cmd == 0 && payload%8 != 0:
		return Event{}, fmt.Errorf("%w: %#x", ErrBlock, payload)
	case dev == devSystem && cmd == 0:
		e.Kind, e.Block = Syscall, payload
		return e, nil
	case dev == devConsole && cmd == cmdPutchar:
		e.Kind, e.Char = Putchar, byte(payload)
		return e, nil
	case dev == devConsole && cmd == cmdGetchar:
		e.Kind = Getchar
		return e, nil
	}
	return Event{}, fmt.Errorf("%w: tohost = %#x", ErrUnknown, tohost)
}
