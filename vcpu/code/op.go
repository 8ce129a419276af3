package code

import (
	goruntime "runtime"

	"golang.org/x/sys/cpu"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Operations that are no instructions, numbered behind those of package isa.
const (
	OpEnd        isa.Op = isa.NumOps + iota // go on at the target
	OpStop                                  // return to who steps
	OpStrict                                // check that the access that follows is aligned
	OpConst                                 // rd = imm
	OpPCConst                               // rd = base + imm
	OpSystem                                // leave Body.System to the caller
	OpStep                                  // step through the code at the body's start
	OpJump                                  // JAL: rd = base + the body's size; on to the target
	OpZextW                                 // rd = uint32(rs1)
	OpMove                                  // rd = rs1
	OpCount                                 // count an execution of the body
	OpOpenLR_W                              // an LR without its SC in this body
	OpOpenLR_D                              // likewise
	OpPairedLR_W                            // an LR with its SC in this body
	OpPairedLR_D                            // likewise
	OpLoneLR_W                              // an LR that no SC can follow
	OpLoneLR_D                              // likewise
	OpPairedSC_W                            // the SC of a paired LR
	OpPairedSC_D                            // likewise
	OpReserved_W                            // step on with the reservation of a word
	OpReserved_D                            // of a doubleword
	OpWait_W                                // WRS behind the LR of a word: over already if that has changed
	OpWait_D                                // behind that of a doubleword
	opNone                                  // a result that nobody wants; in no body
	NumOps
)

// Kind is what an operation does.
type Kind uint8

// The kinds.
const (
	Compute Kind = iota // sets rd from other integer registers, and nothing else
	Float               // needs the floating-point unit, without memory
	Load                // loads into rd
	Store               // stores rs2
	Atomic              // reads or writes memory atomically, aligned
	Branch              // to the target on a condition
	Jump                // to the target, or by a register
	End                 // to the target
	CSR                 // reads and writes fcsr or a field of it
	Fence               // orders accesses
	Cache               // an operation on a cache block
	Alloc               // makes an object of the managed heap
	Check               // is part of the instruction that follows: no instruction
	Count               // counts an execution: no instruction
	Wait                // goes to the target unless there is something to wait for
	System              // leaves the body to who executes it
)

// Info is what there is to know of an operation.
type Info struct {
	Name string
	Kind Kind
	// Rd, Rs1, Rs2 and Rs3 say of which file the operands are, isa.RegNone if there is none.
	Rd, Rs1, Rs2, Rs3 isa.RegFile
	Size              uint8 // bytes of memory accessed, 0 if none are
	Signed            bool  // the sign of what is loaded is extended
	Reads, Writes     bool  // memory
	Reference         bool  // what is written to memory is a reference: the collector is told first
	Faults            bool  // may raise an exception
	Exits             bool  // has a link and a target
	Leaves            bool  // nothing behind it is executed: control leaves here, if not before
	integer
}

// integer is what the builder knows of a computation.
type integer struct {
	word   word
	upper  upper
	narrow isa.Op // a simpler operation with the same lower half; 0: there is none
}

// word says when a result is a sign-extended 32-bit value.
type word uint8

const (
	anyWord     word = iota // never for sure
	isWord                  // always
	wordLikeRs1             // if rs1 is one
	wordLikeAll             // if rs1 and rs2 are
	wordByImm               // depends on the immediate, see Builder.isWord
)

// upper says when the upper halves of the operands matter.
type upper uint8

const (
	upperReads   upper = iota // always
	upperIgnored              // never
	upperPassed               // if that of the result does
)

// integers has the computations of which more is known than that they are some.
var integers = map[isa.Op]integer{
	isa.ADD:  {upper: upperPassed},
	isa.SUB:  {upper: upperPassed},
	isa.MUL:  {upper: upperPassed},
	isa.ADDI: {upper: upperPassed},
	isa.SLLI: {upper: upperPassed},
	isa.SRLI: {word: wordByImm},
	isa.SRAI: {word: wordByImm},
	isa.AND:  {wordLikeAll, upperPassed, 0},
	isa.OR:   {wordLikeAll, upperPassed, 0},
	isa.XOR:  {wordLikeAll, upperPassed, 0},
	isa.ANDN: {wordLikeAll, upperPassed, 0},
	isa.ORN:  {wordLikeAll, upperPassed, 0},
	isa.XNOR: {wordLikeAll, upperPassed, 0},
	isa.ANDI: {wordByImm, upperPassed, 0},
	isa.ORI:  {wordLikeRs1, upperPassed, 0},
	isa.XORI: {wordLikeRs1, upperPassed, 0},
	isa.MIN:  {word: wordLikeAll},
	isa.MAX:  {word: wordLikeAll},
	isa.MINU: {word: wordLikeAll},
	isa.MAXU: {word: wordLikeAll},

	isa.SLT:   {word: isWord},
	isa.SLTU:  {word: isWord},
	isa.SLTI:  {word: isWord},
	isa.SLTIU: {word: isWord},

	isa.ADDW:  {isWord, upperIgnored, isa.ADD},
	isa.SUBW:  {isWord, upperIgnored, isa.SUB},
	isa.MULW:  {isWord, upperIgnored, isa.MUL},
	isa.ADDIW: {isWord, upperIgnored, isa.ADDI},
	isa.SLLIW: {isWord, upperIgnored, isa.SLLI},
	isa.SRLIW: {isWord, upperIgnored, 0},
	isa.SRAIW: {isWord, upperIgnored, 0},
	isa.SLLW:  {isWord, upperIgnored, 0},
	isa.SRLW:  {isWord, upperIgnored, 0},
	isa.SRAW:  {isWord, upperIgnored, 0},
	isa.ROLW:  {isWord, upperIgnored, 0},
	isa.RORW:  {isWord, upperIgnored, 0},
	isa.RORIW: {isWord, upperIgnored, 0}, // narrowed otherwise, see Uop.LowerHalf
	isa.DIVW:  {word: isWord},
	isa.DIVUW: {word: isWord},
	isa.REMW:  {word: isWord},
	isa.REMUW: {word: isWord},

	isa.SEXT_B:    {isWord, upperIgnored, 0},
	isa.SEXT_H:    {isWord, upperIgnored, 0},
	isa.ZEXT_H:    {isWord, upperIgnored, 0},
	isa.ADD_UW:    {narrow: isa.ADD},
	isa.SLLI_UW:   {anyWord, upperIgnored, isa.SLLI},
	isa.SH1ADD:    {upper: upperPassed},
	isa.SH2ADD:    {upper: upperPassed},
	isa.SH3ADD:    {upper: upperPassed},
	isa.SH1ADD_UW: {narrow: isa.SH1ADD},
	isa.SH2ADD_UW: {narrow: isa.SH2ADD},
	isa.SH3ADD_UW: {narrow: isa.SH3ADD},

	isa.PACK:       {upper: upperIgnored},
	isa.PACKH:      {isWord, upperIgnored, 0},
	isa.PACKW:      {isWord, upperIgnored, 0},
	isa.SHA256SUM0: {isWord, upperIgnored, 0},
	isa.SHA256SUM1: {isWord, upperIgnored, 0},
	isa.SHA256SIG0: {isWord, upperIgnored, 0},
	isa.SHA256SIG1: {isWord, upperIgnored, 0},
	isa.SM4ED:      {isWord, upperIgnored, 0},
	isa.SM4KS:      {isWord, upperIgnored, 0},
	isa.SM3P0:      {isWord, upperIgnored, 0},
	isa.SM3P1:      {isWord, upperIgnored, 0},

	OpConst: {word: wordByImm},
	OpMove:  {wordLikeRs1, upperPassed, 0},
	OpZextW: {anyWord, upperIgnored, OpMove},
}

// own has the operations that are no instructions.
var own = map[isa.Op]Info{
	OpConst:   {Name: "constant", Kind: Compute, Rd: isa.RegX},
	OpPCConst: {Name: "address", Kind: Compute, Rd: isa.RegX},
	OpMove:    {Name: "mv", Kind: Compute, Rd: isa.RegX, Rs1: isa.RegX},
	OpZextW:   {Name: "zext.w", Kind: Compute, Rd: isa.RegX, Rs1: isa.RegX},
	OpJump:    {Name: "jal", Kind: Jump, Rd: isa.RegX, Exits: true, Leaves: true},
	OpEnd:     {Name: "end", Kind: End, Exits: true, Leaves: true},
	OpStrict:  {Name: "alignment check", Kind: Check, Rs1: isa.RegX, Faults: true},
	OpCount:   {Name: "count", Kind: Count},
	OpSystem:  {Name: "system instructions", Kind: System, Leaves: true},
	OpStop:    {Name: "stop", Kind: System, Leaves: true},
	OpStep:    {Name: "step", Kind: System, Leaves: true},
	opNone:    {Name: "none", Kind: Compute},

	OpOpenLR_W:   {Name: "lr (unpaired)", Kind: System, Rd: isa.RegX, Rs1: isa.RegX, Size: 4, Leaves: true},
	OpOpenLR_D:   {Name: "lr (unpaired)", Kind: System, Rd: isa.RegX, Rs1: isa.RegX, Size: 8, Leaves: true},
	OpReserved_W: {Name: "reservation", Kind: System, Size: 4, Leaves: true},
	OpReserved_D: {Name: "reservation", Kind: System, Size: 8, Leaves: true},
	OpPairedLR_W: {Name: "lr", Kind: Atomic, Rd: isa.RegX, Rs1: isa.RegX, Size: 4, Signed: true, Reads: true, Faults: true},
	OpPairedLR_D: {Name: "lr", Kind: Atomic, Rd: isa.RegX, Rs1: isa.RegX, Size: 8, Signed: true, Reads: true, Faults: true},
	OpLoneLR_W:   {Name: "lr (without sc)", Kind: Atomic, Rd: isa.RegX, Rs1: isa.RegX, Size: 4, Signed: true, Reads: true, Faults: true},
	OpLoneLR_D:   {Name: "lr (without sc)", Kind: Atomic, Rd: isa.RegX, Rs1: isa.RegX, Size: 8, Signed: true, Reads: true, Faults: true},
	OpPairedSC_W: {Name: "sc", Kind: Atomic, Rd: isa.RegX, Rs1: isa.RegX, Rs2: isa.RegX, Size: 4, Writes: true, Faults: true},
	OpPairedSC_D: {Name: "sc", Kind: Atomic, Rd: isa.RegX, Rs1: isa.RegX, Rs2: isa.RegX, Size: 8, Writes: true, Faults: true},
	OpWait_W:     {Name: "wrs", Kind: Wait, Size: 4, Exits: true},
	OpWait_D:     {Name: "wrs", Kind: Wait, Size: 8, Exits: true},
}

// kinds says what the instructions of a class are.
var kinds = map[isa.Class]Kind{
	isa.ClassIllegal: System, isa.ClassALU: Compute, isa.ClassMul: Compute, isa.ClassDiv: Compute,
	isa.ClassLoad: Load, isa.ClassStore: Store, isa.ClassBranch: Branch, isa.ClassJump: Jump, isa.ClassAtomic: Atomic,
	isa.ClassFPLoad: Load, isa.ClassFPStore: Store, isa.ClassFP: Float, isa.ClassCSR: CSR, isa.ClassFence: Fence,
	isa.ClassHint: System, isa.ClassCache: Cache, isa.ClassHeap: System, isa.ClassSystem: System,
}

var infos = allInfos()

func allInfos() (t [NumOps]Info) {
	t[isa.ILLEGAL] = Info{Name: isa.ILLEGAL.Row().Name, Kind: System, Leaves: true}
	for _, row := range isa.Rows() {
		t[row.Op] = instruction(&row)
	}
	for op, i := range own {
		t[op] = i
	}
	for op, i := range integers {
		t[op].integer = i
	}
	return t
}

// instruction makes the Info of an instruction from its row. Of loads, stores and atomics
// funct3 holds the logarithm of the width, and of loads in its upper bit whether zeros
// extend what is loaded (unprivileged manual, "Load and Store Instructions" and the chapters of
// "A", "F" and "Zabha").
func instruction(row *isa.Row) Info {
	f := row.Format
	i := Info{Name: row.Name, Kind: kinds[row.Class], Rd: f.Rd(), Rs1: f.Rs1(), Rs2: f.Rs2(), Rs3: f.Rs3()}
	funct3 := row.Match >> 12 & 7
	switch i.Kind {
	case Load:
		i.Size, i.Reads, i.Faults = 1<<(funct3&3), true, true
		i.Signed = row.Class == isa.ClassLoad && funct3&4 == 0
	case Store:
		i.Size, i.Writes, i.Faults = 1<<funct3, true, true
	case Atomic:
		i.Size, i.Signed, i.Faults = 1<<funct3, true, true
		i.Reads = row.Op != isa.SC_W && row.Op != isa.SC_D
		i.Writes = row.Op != isa.LR_W && row.Op != isa.LR_D
	case Branch:
		i.Exits = true
	case Jump:
		i.Leaves = true // JAL becomes OpJump
	case System:
		i.Leaves = true
	case Cache:
		i.Size, i.Writes, i.Faults = CacheBlockSize, true, true
	case Float, CSR:
		i.Faults = true
	}
	switch row.Op {
	case isa.GC_LD:
		i.Kind, i.Size, i.Reads, i.Faults, i.Leaves = Load, 8, true, true, false
	case isa.GC_SD:
		i.Kind, i.Size, i.Writes, i.Reference, i.Faults, i.Leaves = Store, 8, true, true, true, false
	case isa.GC_SWAP, isa.GC_CAS:
		i.Kind, i.Size, i.Reads, i.Writes, i.Reference, i.Faults, i.Leaves = Atomic, 8, true, true, true, true, false
	case isa.GC_NEW:
		i.Kind, i.Faults, i.Leaves = Alloc, true, false
	}
	if compares(row.Op) {
		i.Rs3 = i.Rd
	}
	return i
}

// compares reports whether op compares what it finds in memory with rd.
func compares(op isa.Op) bool {
	switch op {
	case isa.AMOCAS_B, isa.AMOCAS_H, isa.AMOCAS_W, isa.AMOCAS_D, isa.AMOCAS_Q, isa.GC_CAS:
		return true
	}
	return false
}

// Of returns what there is to know of op, shared and read-only.
func Of(op isa.Op) *Info { return &infos[op] }

// Retires reports whether the operation is an instruction, or what is left of one.
func (i *Info) Retires() bool { return i.Kind != Check && i.Kind != Count }

// CacheBlockSize is the size of a cache block in bytes (Zicbom, Zicboz).
const CacheBlockSize = 64

// HasQuads reports whether the host can compare and swap 16 bytes, which the first processors for x86-64 cannot:
// AMOCAS.Q is illegal there.
var HasQuads = goruntime.GOARCH != "amd64" || cpu.X86.HasCX16
