package difftest

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// assemble makes Code from the units, leaving out the last units of the main part
// until the code fits its place.
func (p *Program) assemble() {
	for last := p.end - 1; ; last-- {
		p.relax()
		if p.emit(); len(p.Code) <= maxBody {
			return
		}
		for last >= 0 && p.units[last].gone {
			last--
		}
		if last < 0 {
			panic("BUG: subroutines alone exceed the room for a body")
		}
		p.drop(last)
	}
}

// drop leaves out unit i, and with it the other end of its loop.
func (p *Program) drop(i int) {
	p.units[i].gone = true
	if j := p.units[i].pair; j >= 0 {
		p.units[j].gone = true
	}
}

// addresses returns the address of every item and of the end of every unit. In a
// unit that is gone all are where the next one begins.
func (p *Program) addresses() [][]uint64 {
	at := bodyAddr(p.Slot)
	out := make([][]uint64, len(p.units))
	for i, u := range p.units {
		for _, it := range u.items {
			out[i] = append(out[i], at)
			if !u.gone {
				at += uint64(it.size())
			}
		}
		out[i] = append(out[i], at)
	}
	return out
}

func (it item) target(addrs [][]uint64) uint64 {
	if it.addr != 0 {
		return it.addr
	}
	return addrs[it.to.unit][it.to.item]
}

// relax turns compressed branches whose targets are too far into full ones.
func (p *Program) relax() {
	for again := true; again; {
		again = false
		addrs := p.addresses()
		for i, u := range p.units {
			for k := range u.items {
				it := &u.items[k]
				if u.gone || it.patch != patchJump || it.size() == 4 {
					continue
				}
				in := isa.Decode(it.raw)
				d := int64(it.target(addrs) - addrs[i][k])
				if in.Op != isa.JAL && (d < -256 || d > 254) {
					it.raw = encode(in.Op, 0, in.Rs1, in.Rs2, 0)
					again = true
				}
			}
		}
	}
}

// emit writes the code with all addresses filled in.
func (p *Program) emit() {
	addrs := p.addresses()
	p.Code = p.Code[:0:0]
	for i, u := range p.units {
		if u.gone {
			continue
		}
		for k, it := range u.items {
			raw := it.patched(it.target(addrs), addrs[i][k], addrs[i][it.from])
			if it.size() == 2 {
				p.Code = binary.LittleEndian.AppendUint16(p.Code, uint16(raw))
			} else {
				p.Code = binary.LittleEndian.AppendUint32(p.Code, raw)
			}
		}
	}
}

// patched returns the encoding of it at address pc, with the way to target or
// from base to target filled in.
func (it item) patched(target, pc, base uint64) uint32 {
	hi, _ := split(int64(target - pc))
	_, lo := split(int64(target - base))
	switch it.patch {
	case patchJump:
		return it.raw | displacement(it.raw, int32(target-pc))
	case patchHigh:
		return it.raw | uint32(hi)
	case patchLow:
		if it.odd {
			lo |= 1
		}
		switch isa.Decode(it.raw).Op.Row().Format {
		case isa.FmtStore, isa.FmtFStore:
			return it.raw | immS(lo)
		}
		return it.raw | uint32(lo)<<20
	}
	return it.raw
}

// displacement returns the bits of the displacement d of a jump or branch.
func displacement(raw uint32, d int32) uint32 {
	full, jal := raw&3 == 3, isa.Decode(raw).Op == isa.JAL
	switch {
	case full && jal:
		return immJ(d)
	case full:
		return immB(d)
	case jal:
		return immCJ(d)
	}
	return immCB(d)
}
