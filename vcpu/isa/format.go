package isa

// Format says which operands an instruction has, where they are encoded and
// in which order they are written.
type Format uint8

// The formats. The comment is the assembly syntax; f registers have an f.
const (
	FmtNone     Format = iota // no operands
	FmtR                      // rd,rs1,rs2
	FmtRD                     // rd
	FmtR1                     // rd,rs1
	FmtI                      // rd,rs1,imm
	FmtShift                  // rd,rs1,shamt (5 or 6 bits: the mask says)
	FmtLoad                   // rd,imm(rs1)
	FmtStore                  // rs2,imm(rs1)
	FmtBranch                 // rs1,rs2,target
	FmtU                      // rd,imm
	FmtJ                      // rd,target
	FmtCSR                    // rd,csr,rs1
	FmtCSRI                   // rd,csr,zimm
	FmtFence                  // pred,succ
	FmtAMO                    // rd,rs2,(rs1)
	FmtLR                     // rd,(rs1)
	FmtRS                     // rs1,rs2
	FmtCBO                    // (rs1)
	FmtPrefetch               // imm(rs1)
	FmtFLoad                  // fd,imm(rs1)
	FmtFStore                 // fs2,imm(rs1)
	FmtFMA                    // fd,fs1,fs2,fs3,rm
	FmtFRm                    // fd,fs1,fs2,rm
	FmtF1Rm                   // fd,fs1,rm
	FmtFR                     // fd,fs1,fs2
	FmtXF1Rm                  // rd,fs1,rm
	FmtFX1Rm                  // fd,rs1,rm
	FmtXF1                    // rd,fs1
	FmtFX1                    // fd,rs1
	FmtXFF                    // rd,fs1,fs2
	FmtFLI                    // fd,constant
	FmtRound                  // rd,rs1,round number
	FmtByte                   // rd,rs1,rs2,number of a byte
	FmtMopR                   // rd,rs1, behind a number in the mnemonic
	FmtMopRR                  // rd,rs1,rs2, likewise
	numFormats
)

// RegFile is the register file that an operand names.
type RegFile uint8

// The register files.
const (
	RegNone RegFile = iota // the operand does not exist
	RegX                   // integer registers
	RegF                   // floating-point registers
)

// formatInfo is what a Format stands for: its syntax, read by the
// disassembler, and its register operands.
type formatInfo struct {
	syntax            string
	rd, rs1, rs2, rs3 RegFile
}

var formats = [numFormats]formatInfo{
	FmtNone:     {"", 0, 0, 0, 0},
	FmtR:        {"rd,rs1,rs2", RegX, RegX, RegX, 0},
	FmtRD:       {"rd", RegX, 0, 0, 0},
	FmtR1:       {"rd,rs1", RegX, RegX, 0, 0},
	FmtI:        {"rd,rs1,imm", RegX, RegX, 0, 0},
	FmtShift:    {"rd,rs1,shamt", RegX, RegX, 0, 0},
	FmtLoad:     {"rd,imm(rs1)", RegX, RegX, 0, 0},
	FmtStore:    {"rs2,imm(rs1)", 0, RegX, RegX, 0},
	FmtBranch:   {"rs1,rs2,target", 0, RegX, RegX, 0},
	FmtU:        {"rd,upper", RegX, 0, 0, 0},
	FmtJ:        {"rd,target", RegX, 0, 0, 0},
	FmtCSR:      {"rd,csr,rs1", RegX, RegX, 0, 0},
	FmtCSRI:     {"rd,csr,zimm", RegX, 0, 0, 0},
	FmtFence:    {"pred,succ", 0, 0, 0, 0},
	FmtAMO:      {"rd,rs2,(rs1)", RegX, RegX, RegX, 0},
	FmtLR:       {"rd,(rs1)", RegX, RegX, 0, 0},
	FmtRS:       {"rs1,rs2", 0, RegX, RegX, 0},
	FmtCBO:      {"(rs1)", 0, RegX, 0, 0},
	FmtPrefetch: {"imm(rs1)", 0, RegX, 0, 0},
	FmtFLoad:    {"rd,imm(rs1)", RegF, RegX, 0, 0},
	FmtFStore:   {"rs2,imm(rs1)", 0, RegX, RegF, 0},
	FmtFMA:      {"rd,rs1,rs2,rs3,rm", RegF, RegF, RegF, RegF},
	FmtFRm:      {"rd,rs1,rs2,rm", RegF, RegF, RegF, 0},
	FmtF1Rm:     {"rd,rs1,rm", RegF, RegF, 0, 0},
	FmtFR:       {"rd,rs1,rs2", RegF, RegF, RegF, 0},
	FmtXF1Rm:    {"rd,rs1,rm", RegX, RegF, 0, 0},
	FmtFX1Rm:    {"rd,rs1,rm", RegF, RegX, 0, 0},
	FmtXF1:      {"rd,rs1", RegX, RegF, 0, 0},
	FmtFX1:      {"rd,rs1", RegF, RegX, 0, 0},
	FmtXFF:      {"rd,rs1,rs2", RegX, RegF, RegF, 0},
	FmtFLI:      {"rd,fli", RegF, 0, 0, 0},
	FmtRound:    {"rd,rs1,imm", RegX, RegX, 0, 0},
	FmtByte:     {"rd,rs1,rs2,imm", RegX, RegX, RegX, 0},
	FmtMopR:     {"rd,rs1", RegX, RegX, 0, 0},
	FmtMopRR:    {"rd,rs1,rs2", RegX, RegX, RegX, 0},
}

// Rd returns the register file of the destination.
func (f Format) Rd() RegFile { return formats[f].rd }

// Rs1 returns the register file of the first source.
func (f Format) Rs1() RegFile { return formats[f].rs1 }

// Rs2 returns the register file of the second source.
func (f Format) Rs2() RegFile { return formats[f].rs2 }

// Rs3 returns the register file of the third source.
func (f Format) Rs3() RegFile { return formats[f].rs3 }

// The immediates of the base formats (RISC-V unprivileged manual, "Base
// Instruction Formats"), each defined here and nowhere else.

func immI(raw uint32) int32 { return int32(raw) >> 20 }

func immS(raw uint32) int32 {
	return int32(raw)>>25<<5 | int32(raw>>7&0x1f)
}

func immB(raw uint32) int32 {
	return int32(raw)>>31<<12 | int32(raw>>7&1)<<11 | int32(raw>>25&0x3f)<<5 | int32(raw>>8&0xf)<<1
}

func immU(raw uint32) int32 { return int32(raw & 0xfffff000) }

func immJ(raw uint32) int32 {
	return int32(raw)>>31<<20 | int32(raw>>12&0xff)<<12 | int32(raw>>20&1)<<11 | int32(raw>>21&0x3ff)<<1
}

// lastRound is the largest round number that is not reserved.
const lastRound = 10

// roundNumber and byteNumber are the immediates of scalar cryptography.

func roundNumber(raw uint32) int32 { return int32(raw >> 20 & 15) }

func byteNumber(raw uint32) int32 { return int32(raw >> 30) }

// mopR and mopRR are the numbers of may-be-operations, 0..31 and 0..7.

func mopR(raw uint32) int32 { return int32(raw>>30&1<<4 | raw>>26&3<<2 | raw>>20&3) }

func mopRR(raw uint32) int32 { return int32(raw>>30&1<<2 | raw>>26&3) }

// roundingMode is the rm field of a floating-point instruction.
func roundingMode(raw uint32) int32 { return int32(raw >> 12 & 7) }

// The register fields.

func fieldRd(raw uint32) uint8  { return uint8(raw >> 7 & 31) }
func fieldRs1(raw uint32) uint8 { return uint8(raw >> 15 & 31) }
func fieldRs2(raw uint32) uint8 { return uint8(raw >> 20 & 31) }
func fieldRs3(raw uint32) uint8 { return uint8(raw >> 27) }
