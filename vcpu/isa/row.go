package isa

import "fmt"

// Row is everything this package knows about one instruction. Match and Mask
// identify its encoding: raw belongs to the row when raw&Mask == Match. Two
// rows may both accept an encoding only if the mask of one contains the
// other's; then the narrower one wins (PAUSE over FENCE, PREFETCH_R over
// ORI).
type Row struct {
	Op     Op
	Name   string // mnemonic, lower case, "fadd.d"
	Match  uint32
	Mask   uint32
	Format Format
	Class  Class
	Ext    Extension
}

// Class is the kind of work an instruction does, for statistics, block
// building and cost models.
type Class uint8

// The classes.
const (
	ClassIllegal Class = iota
	ClassALU           // integer arithmetic, logic, bit manipulation
	ClassMul           // multiplication, carry-less too
	ClassDiv           // division and remainder
	ClassLoad          // integer load
	ClassStore         // integer store
	ClassBranch        // conditional branch
	ClassJump          // JAL, JALR
	ClassAtomic        // LR, SC, AMO
	ClassFPLoad        // load into an f register
	ClassFPStore       // store from an f register
	ClassFP            // any other instruction that needs the FP unit
	ClassCSR           // CSR read or write
	ClassFence         // FENCE, FENCE.I
	ClassHint          // PAUSE, PREFETCH.*: may do nothing
	ClassCache         // CBO.*
	ClassHeap          // managed heap
	ClassSystem        // environment and privileged
)

var (
	table [NumOps]Row
	// groups lists the tables that together describe every instruction.
	groups = [][]Row{rowsI, rowsSystem, rowsM, rowsB, rowsK, rowsA, rowsF, rowsD, rowsHalf, rowsZfa, rowsHeap}
)

func init() {
	table[ILLEGAL] = Row{Op: ILLEGAL, Name: "illegal", Mask: 0, Match: 1}
	for _, g := range groups {
		for _, r := range g {
			if table[r.Op].Name != "" {
				panic(fmt.Sprintf("BUG: isa: two rows for op %d (%s)", r.Op, r.Name))
			}
			table[r.Op] = r
		}
	}
	for op := range table {
		if table[op].Name == "" {
			panic(fmt.Sprintf("BUG: isa: no row for op %d", op))
		}
	}
	buildIndexes()
}

// Rows returns the row of every implemented instruction in the order of the
// Op constants, ILLEGAL not among them. The slice is shared and read-only.
func Rows() []Row { return table[ILLEGAL+1:] }
