package difftest

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// illegal16 and illegal32 are encodings that no hart of ours has, of kinds that
// different parts of a decoder refuse: reserved ones, privileged ones, foreign ones.
var (
	illegal16 = []uint32{
		0x0000, // all zeros
		0x6101, // c.addi16sp by 0
		0x2001, // c.addiw to x0
		0x8002, // c.jr to x0
		0x9002, // c.ebreak
		0x9c7d, // reserved beside c.not
	}
	illegal32 = []uint32{
		0xffffffff,
		0x00100073, // ebreak
		0x10200073, // sret
		0x30002073, // csrr of mstatus
		0xc0001073, // csrw of cycle
		0x00001057, // vector
		0x42005053, // fcvt.d.s with rounding mode 5
		0x02006053, // fadd.d with rounding mode 6
		0x0000705b, // custom
		0xfe00003b, // reserved
	}
)

// fault draws an instruction that raises an exception. Nothing but the trap may
// come of it.
func (g *gen) fault() {
	switch g.n(6) {
	case 0:
		g.add(plain(pick(g.dice, illegal16)))
	case 1:
		g.add(plain(pick(g.dice, illegal32)))
	case 2: // nothing is mapped around address 0
		r := &accessRows[g.n(len(accessRows))]
		g.add(plain(g.at(r, g.fromRow(r), 0, int32(g.n(1<<12))-2048)))
	case 3: // across the end or the beginning of what is mapped
		r := &accessRows[g.n(len(accessRows))]
		addr := pick(g.dice, []uint64{ramBase, bootBase, ramBase + ramSize}) - uint64(g.n(10))
		t := g.temp()
		g.add(item{raw: encode(isa.AUIPC, t, 0, 0, 0), patch: patchHigh, addr: addr},
			item{raw: g.at(r, g.fromRow(r), t, 0), patch: patchLow, addr: addr})
	case 4: // a misaligned or unmapped atomic
		r := &atomicRows[g.n(len(atomicRows))]
		t := g.temp()
		g.add(op(isa.ADDI, t, pick(g.dice, []uint8{0, g.bases[0].reg}), 0, int32(g.between(1, 3))),
			plain(setField(g.fromRow(r), 15, t, isa.RegX)))
	case 5: // a reserved dynamic rounding mode
		g.add(op(isa.CSRRWI, g.dst(), uint8(g.between(5, 7)), 0, int32(isa.CSR_FRM)),
			plain(g.fromRow(&floatRows[g.n(len(floatRows))])),
			op(isa.CSRRWI, g.dst(), uint8(g.n(5)), 0, int32(isa.CSR_FRM)))
	}
}
