package difftest

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A word image executes single encodings, each between two jumps and with every
// register pointing into the data, and notes for each whether it raised an
// exception and which. Linux tells by signals, our side by the trap handler.

// MaxWords is the number of encodings that one image has room for.
const MaxWords = 8192

const (
	wordStubs   = codeBase // 16 bytes each, and room for no more than recordBase
	wordStride  = 16
	wordResults = dataBase
	wordVars    = dataBase + MaxWords // the index of the current encoding
	wordData    = dataBase + 0x1_0000 // what registers point to; signal frames lie below
	wordEnd     = dataBase + 0x1_2000

	wordNext    = ramBase + 0x100 // goes on with the current encoding
	wordPassed  = ramBase + 0x300 // was executed
	wordHandler = ramBase + 0x400 // raised a0 at a1
	wordSignal  = ramBase + 0x3f8 // the same, as Linux calls it
)

// Bits of an encoding's note, beside the number of the signal or cause.
const (
	notePassed    = 0x80
	noteElsewhere = 0x40 // the exception came from another instruction
)

// Signals of Linux.
const (
	sigill  = 4
	sigtrap = 5
	sigbus  = 7
	sigsegv = 11
)

// wordPCOffset is the distance of the pc in the context that a signal handler gets
// (riscv ucontext: flags, link, stack, mask of 128 bytes, registers).
const wordPCOffset = 176

// newWordImage returns an image that executes words, at most MaxWords.
func newWordImage(words []uint32) *Image {
	img := &Image{
		entry:    ramBase,
		routines: segment{ramBase, make([]byte, codeBase-ramBase), true},
		code:     segment{wordStubs, make([]byte, len(words)*wordStride), true},
		records:  segment{wordResults, make([]byte, MaxWords), false},
		data:     segment{wordVars, make([]byte, wordEnd-wordVars), false},
	}
	for _, c := range []*code{wordEntry(), wordLoop(len(words)), wordPass(), wordTrap()} {
		img.routines.put(c)
	}
	for i, w := range words {
		c := &code{at: wordStubs + uint64(i)*wordStride}
		c.la(5, wordData)
		if w&3 == 3 {
			c.word(w)
		} else {
			c.word(w&0xffff | 0x0001<<16) // and c.nop
		}
		c.jump(0, wordPassed)
		img.code.put(c)
	}
	// The action for rt_sigaction: handler, SA_NODEFER, no mask.
	binary.LittleEndian.PutUint64(img.data.bytes[64:], wordSignal)
	binary.LittleEndian.PutUint64(img.data.bytes[72:], 0x4000_0000)
	return img
}

// wordEntry installs the handlers.
func wordEntry() *code {
	c := &code{at: ramBase}
	c.jump(0, ramBase+8)
	c.jump(0, restAddr)
	for _, sig := range []int32{sigill, sigtrap, sigbus, sigsegv} {
		c.li(regA0, sig)
		c.la(regA1, wordVars+64)
		c.li(regA2, 0)
		c.li(13, 8) // size of a signal mask
		c.li(regA7, sysSigaction)
		c.op(isa.ECALL, 0, 0, 0, 0)
	}
	c.jump(0, wordNext)
	return c
}

// wordLoop goes to the stub of the current encoding with all registers set, or to
// the end.
func wordLoop(n int) *code {
	c := &code{at: wordNext}
	c.la(6, wordVars)
	c.op(isa.LD, 6, 6, 0, 0)
	c.li(7, int32(n))
	more := c.pc() + 4*4 + 4*9
	c.op(isa.BLTU, 0, 6, 7, int32(more-c.pc()))
	c.write(wordResults, MaxWords)
	c.exit()
	for c.pc() < more {
		c.word(0x13)
	}
	c.op(isa.SLLI, 6, 6, 0, 4)
	c.la(5, wordStubs)
	c.op(isa.ADD, 5, 5, 6, 0)
	c.op(isa.CSRRW, 0, 0, 0, int32(isa.CSR_FCSR))
	c.la(1, wordData)
	for r := uint8(2); r < 32; r++ {
		if r != 5 {
			c.op(isa.ADDI, r, 1, 0, 0)
		}
	}
	c.op(isa.JALR, 0, 5, 0, 0)
	return c
}

// wordPass notes that an encoding has been executed.
func wordPass() *code {
	c := &code{at: wordPassed}
	c.op(isa.ADDI, regA0, 0, 0, notePassed)
	c.jump(0, wordHandler+0x40)
	c.at, c.bytes = wordPassed, append(c.bytes, make([]byte, wordSignal-wordPassed-uint64(len(c.bytes)))...)
	c.op(isa.LD, regA1, regA2, 0, wordPCOffset)
	c.jump(0, wordHandler)
	return c
}

// wordTrap notes an exception. What is written at +0x40 is common to both.
func wordTrap() *code {
	c := &code{at: wordHandler}
	c.la(6, wordVars)
	c.op(isa.LD, 6, 6, 0, 0)
	c.op(isa.SLLI, 6, 6, 0, 4)
	c.la(7, wordStubs+8)
	c.op(isa.ADD, 7, 7, 6, 0)
	c.op(isa.BEQ, 0, 7, regA1, 8)
	c.op(isa.ORI, regA0, regA0, 0, noteElsewhere)
	for c.pc() < wordHandler+0x40 {
		c.word(0x13)
	}
	c.la(6, wordVars)
	c.op(isa.LD, 7, 6, 0, 0)
	c.la(28, wordResults)
	c.op(isa.ADD, 28, 28, 7, 0)
	c.op(isa.SB, 0, 28, regA0, 0)
	c.op(isa.ADDI, 7, 7, 0, 1)
	c.op(isa.SD, 0, 6, 7, 0)
	c.jump(0, wordNext)
	return c
}

// Verdict is what became of one encoding.
type Verdict uint8

// The verdicts.
const (
	Legal   Verdict = iota
	Illegal         // an illegal instruction
	Strayed         // an exception elsewhere: the encoding has jumped
)

func verdict(note byte, illegal byte) Verdict {
	switch {
	case note&notePassed != 0:
		return Legal
	case note&noteElsewhere != 0:
		return Strayed
	case note == illegal:
		return Illegal
	}
	return Legal // it faulted, but was an instruction
}
