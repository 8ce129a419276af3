package amd64_test

import (
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// cryptOps are the instructions of scalar cryptography.
func cryptOps() (ops []isa.Op) {
	for _, row := range isa.Rows() {
		if strings.HasPrefix(row.Ext.String(), "Zbk") || strings.HasPrefix(row.Ext.String(), "Zk") {
			ops = append(ops, row.Op)
		}
	}
	return ops
}

// onHost reports whether a host has what op takes.
func onHost(op isa.Op, h amd64.Features) bool {
	switch name := op.String(); {
	case op == isa.XPERM4 || op == isa.XPERM8:
		return h.Shuffles
	case strings.HasPrefix(name, "aes") && op != isa.AES64KS2:
		return h.AES
	}
	return true
}

// Scalar cryptography is right on hosts with and without instructions for it, with every immediate.
func TestScalarCryptography(t *testing.T) {
	ops := cryptOps()
	if len(ops) < 25 {
		t.Fatalf("only %d instructions", len(ops))
	}
	for _, host := range []amd64.Features{{}, amd64.Detect()} {
		p := newPairOn(t, host)
		for _, op := range ops {
			d := newDice(uint64(op))
			immediates := map[isa.Format]int{isa.FmtRound: 11, isa.FmtByte: 4}[op.Row().Format]
			for i := range 12 {
				in := isa.Insn{Op: op, Rd: pick(d, []uint8{5, 10, 11}), Rs1: pick(d, []uint8{0, 5, 10}), Rs2: pick(d, []uint8{0, 6, 10, 11})}
				in.Imm = int32(i % max(1, immediates))
				pc := p.load(func(p *asm.Program) { p.Insn(in).Op(isa.EBREAK) })
				for range 20 {
					s := d.situation(false)
					before := p.native.exits()
					p.same(pc, s, func() string { return s.describe([]isa.Insn{in}) })
					if left := p.native.exits() != before; left == onHost(op, host) {
						t.Errorf("%s on %+v: left to the interpreter: %v", op, host, left)
					}
				}
			}
		}
	}
}
