package listing

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// None is the Guest of a Mark for code that belongs to no guest instruction.
const None = -1

// Mark says that the host code from offset Host on, up to the next mark, is for the
// guest instruction at offset Guest. Both are bytes.
type Mark struct{ Host, Guest int }

// Block is guest code and the host code made from it.
type Block struct {
	PC    uint64 // virtual address of the guest code
	Guest []byte
	Entry uint64 // address of the host code
	Host  []byte
	Marks []Mark // by rising Host; the second one for None, if any, begins the code out of line
}

// Line is an instruction.
type Line struct {
	Addr uint64 `json:"address"`
	Text string `json:"text"`
}

// Group is a guest instruction, which may be missing, and host instructions for it.
type Group struct {
	Guest *Line  `json:"guest,omitempty"`
	Host  []Line `json:"host,omitempty"`
	// OutOfLine says that the host instructions lie behind the block's main path.
	OutOfLine bool `json:"out_of_line,omitempty"`
}

// Groups returns the block's instructions: first the main path, in which every guest
// instruction has its place, then the code out of line.
func (b *Block) Groups() []Group {
	l := lister{block: b, guests: b.guests()}
	wholes := 0
	for i, m := range b.Marks {
		end := len(b.Host)
		if i+1 < len(b.Marks) {
			end = b.Marks[i+1].Host
		}
		if m.Guest == None {
			wholes++
		}
		if end > m.Host {
			l.add(m.Guest, b.hosts(m.Host, end), wholes > 1)
		}
	}
	l.skipTo(len(l.guests))
	return l.groups
}

// lister collects the groups of a block.
type lister struct {
	block  *Block
	guests []Line
	next   int // guest instruction to be shown next on the main path
	groups []Group
}

// add appends host instructions for the guest instruction at an offset, or None.
func (l *lister) add(guest int, host []Line, outOfLine bool) {
	g := Group{Host: host, OutOfLine: outOfLine}
	i := slices.IndexFunc(l.guests, func(x Line) bool { return x.Addr == l.block.PC+uint64(guest) })
	if outOfLine {
		l.skipTo(len(l.guests))
	} else if i >= 0 {
		l.skipTo(i)
		l.next = max(l.next, i+1)
	}
	if i >= 0 {
		g.Guest = &l.guests[i]
	}
	if n := len(l.groups); n > 0 && g.Guest != nil && l.groups[n-1].Guest == g.Guest && l.groups[n-1].OutOfLine == outOfLine {
		l.groups[n-1].Host = append(l.groups[n-1].Host, host...)
		return
	}
	l.groups = append(l.groups, g)
}

// skipTo shows the guest instructions before i that have no host code of their own.
func (l *lister) skipTo(i int) {
	for ; l.next < i; l.next++ {
		l.groups = append(l.groups, Group{Guest: &l.guests[l.next]})
	}
}

// guests disassembles the guest code.
func (b *Block) guests() (lines []Line) {
	for off := 0; off+2 <= len(b.Guest); {
		raw := uint32(binary.LittleEndian.Uint16(b.Guest[off:]))
		if raw&3 == 3 {
			if off+4 > len(b.Guest) {
				break
			}
			raw = binary.LittleEndian.Uint32(b.Guest[off:])
		}
		in := isa.Decode(raw)
		pc := b.PC + uint64(off)
		lines = append(lines, Line{pc, isa.Disassemble(pc, in)})
		off += int(in.Len())
	}
	return lines
}

// Text returns the groups as lines of text, guest code on the left.
func (b *Block) Text() string {
	var out []byte
	outOfLine := false
	for _, g := range b.Groups() {
		if g.OutOfLine && !outOfLine {
			outOfLine = true
			out = append(out, "  out of line:\n"...)
		}
		for i := range max(1, len(g.Host)) {
			left, right := "", ""
			if i == 0 && g.Guest != nil {
				left = fmt.Sprintf("%8x  %s", g.Guest.Addr, g.Guest.Text)
			}
			if i < len(g.Host) {
				right = fmt.Sprintf("%8x  %s", g.Host[i].Addr, g.Host[i].Text)
			}
			if right == "" {
				out = fmt.Appendf(out, "  %s\n", left)
			} else {
				out = fmt.Appendf(out, "  %-44s | %s\n", left, right)
			}
		}
	}
	return string(out)
}
