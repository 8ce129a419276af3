package difftest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Differences lists what differs between two outcomes, a line each.
func Differences(got, want *Result) (lines []string) {
	add := func(name string, g, w uint64) {
		if g != w {
			lines = append(lines, fmt.Sprintf("%s = %#x, want %#x", name, g, w))
		}
	}
	wants := want.state()
	for i, v := range got.state() {
		add(stateNames[i], v, wants[i])
	}
	if !bytes.Equal(got.Data, want.Data) {
		for i := 0; i < len(got.Data); i += 8 {
			add(fmt.Sprintf("data+%#x", i), binary.LittleEndian.Uint64(got.Data[i:]), binary.LittleEndian.Uint64(want.Data[i:]))
		}
	}
	return lines
}

// Listing disassembles the body, a line each instruction.
func (p *Program) Listing() string {
	var b strings.Builder
	addr := bodyAddr(p.Slot)
	for code := p.Code; len(code) >= 2; {
		raw, n := uint32(binary.LittleEndian.Uint16(code)), 2
		if raw&3 == 3 && len(code) >= 4 {
			raw, n = binary.LittleEndian.Uint32(code), 4
		}
		fmt.Fprintf(&b, "%x: %0*x  %s\n", addr, 2*n, raw, isa.Disassemble(addr, isa.Decode(raw)))
		addr, code = addr+uint64(n), code[n:]
	}
	return b.String()
}
