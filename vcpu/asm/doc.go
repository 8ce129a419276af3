// Package asm assembles small guest programs for tests, so that they need no
// toolchain. It encodes the rows of package isa and knows no other instruction;
// what a program does is the tests' business.
//
//	p := asm.New(0x8000_0000)
//	p.LI(asm.T0, 10)
//	p.Label("loop").I(isa.ADDI, asm.T0, asm.T0, -1)
//	p.Branch(isa.BNE, asm.T0, asm.Zero, "loop")
//	code := p.Bytes()
//
// Wrong use, such as a label that is not there or an offset out of range, panics:
// it is a mistake in a test. A Program belongs to one goroutine.
package asm
