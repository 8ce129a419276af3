package difftest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A recorded program is text, one statement a line; "#" begins a comment:
//
//	slot 17                 place in the image
//	frame 3                 registers of the image
//	set x5 0x1f             initial state; what is not set is 0
//	set fcsr 0x20
//	data 0x1234             seed of the data
//	code 4005 1b2c0513      instructions, each as a number
//	want x5 0x20            final state; what is not wanted is as it was
//	want data+0xdb0 0x1
//
// The registers that the image sets have no statement unless they change.

// ErrRecord reports text that is no recorded program.
var ErrRecord = errors.New("not a recorded program")

// Record returns the text of a program and its outcome.
func Record(p *Program, want *Result, comment string) []byte {
	var b bytes.Buffer
	for line := range strings.Lines(comment) {
		fmt.Fprintf(&b, "# %s\n", strings.TrimRight(line, "\n"))
	}
	fmt.Fprintf(&b, "slot %d\nframe %d\ndata %#x\n", p.Slot, p.Frame, p.Data)
	image := p.imageRegisters()
	before := p.initial()
	for i, v := range before {
		if v != 0 && !image[i] {
			fmt.Fprintf(&b, "set %s %#x\n", stateNames[i], v)
		}
	}
	for line := range strings.Lines(p.Listing()) {
		_, raw, _ := strings.Cut(line, ": ")
		raw, text, _ := strings.Cut(strings.TrimRight(raw, "\n"), "  ")
		fmt.Fprintf(&b, "code %-8s  # %s\n", raw, text)
	}
	for i, v := range want.state() {
		if v != before[i] {
			fmt.Fprintf(&b, "want %s %#x\n", stateNames[i], v)
		}
	}
	data := make([]byte, dataStride)
	fillData(data, p.Data)
	for i := 0; i < dataStride; i += 8 {
		if v := binary.LittleEndian.Uint64(want.Data[i:]); v != binary.LittleEndian.Uint64(data[i:]) {
			fmt.Fprintf(&b, "want data+%#x %#x\n", i, v)
		}
	}
	return b.Bytes()
}

// ParseRecord reads what Record has written.
func ParseRecord(text []byte) (*Program, *Result, error) {
	p := &Program{}
	var wants [][2]string
	scan := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; scan.Scan(); n++ {
		line, _, _ := strings.Cut(scan.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if words[0] == "want" && len(words) == 3 {
			wants = append(wants, [2]string{words[1], words[2]})
			continue
		}
		if err := p.statement(words); err != nil {
			return nil, nil, fmt.Errorf("%w: line %d: %w", ErrRecord, n, err)
		}
	}
	if err := scan.Err(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if p.Slot < 0 || p.Slot >= Slots || p.Frame < 0 || p.Frame >= len(frames) || len(p.Code) == 0 || len(p.Code) > maxBody {
		return nil, nil, fmt.Errorf("%w: slot %d, frame %d, %d bytes of code", ErrRecord, p.Slot, p.Frame, len(p.Code))
	}
	p.frameRegisters()
	want, err := p.outcome(wants)
	return p, want, err
}

var (
	errWord      = errors.New("unknown statement")
	errStateName = errors.New("unknown part of the state")
)

// statement executes one line but a want.
func (p *Program) statement(words []string) error {
	switch {
	case words[0] == "code":
		for _, w := range words[1:] {
			raw, err := hex.DecodeString(w)
			if err != nil {
				return err
			}
			for i := range raw { // a number: most significant first
				p.Code = append(p.Code, raw[len(raw)-1-i])
			}
		}
		return nil
	case len(words) == 3 && words[0] == "set":
		v, err := strconv.ParseUint(words[2], 0, 64)
		i := stateIndex(words[1])
		if i < 0 {
			return errStateName
		}
		*p.field(i) = v
		return err
	case len(words) != 2:
		return errWord
	}
	v, err := strconv.ParseUint(words[1], 0, 64)
	switch words[0] {
	case "slot":
		p.Slot = int(v)
	case "frame":
		p.Frame = int(v)
	case "data":
		p.Data = v
	default:
		return errWord
	}
	return err
}

// outcome applies wants to the initial state.
func (p *Program) outcome(wants [][2]string) (*Result, error) {
	r := &Result{X: p.X, F: p.F, FCSR: p.FCSR, Data: make([]byte, dataStride)}
	fillData(r.Data, p.Data)
	for _, w := range wants {
		v, err := strconv.ParseUint(w[1], 0, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRecord, err)
		}
		if at, ok := strings.CutPrefix(w[0], "data+"); ok {
			i, err := strconv.ParseUint(at, 0, 16)
			if err != nil || i > dataStride-8 {
				return nil, fmt.Errorf("%w: no data at %s", ErrRecord, at)
			}
			binary.LittleEndian.PutUint64(r.Data[i:], v)
			continue
		}
		i := stateIndex(w[0])
		if i < 0 {
			return nil, fmt.Errorf("%w: %w: %s", ErrRecord, errStateName, w[0])
		}
		*r.field(i) = v
	}
	return r, nil
}
