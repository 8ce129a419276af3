package difftest

// Where an image's parts lie, in QEMU's address space and in our RAM alike.
//
//	ramBase     entry, end, the routines of each frame
//	codeBase    a slot's code: stub, body
//	recordBase  a slot's record: next stub, x1..x31, f0..f31, fcsr
//	dataBase    a slot's data: two pages, with their border in the middle
//	bootBase    ours alone: boot code and trap handler, page tables
const (
	ramBase    = 0x8000_0000
	codeBase   = ramBase + 0x2000
	recordBase = ramBase + 0x2_0000
	dataBase   = ramBase + 0x10_0000
	bootBase   = ramBase + 0x30_0000
	ramSize    = 0x40_0000

	// Slots is the number of programs that an image has room for.
	Slots = 256

	codeStride   = 0x1c0
	recordStride = 0x240
	dataStride   = 2 * pageSize
	pageSize     = 0x1000

	// stubSize is what precedes the body: auipc, addi, jal.
	stubSize = 12
	maxBody  = codeStride - stubSize

	// SC without an LR uses the last part of the data, LR all that lies before it.
	reservable = dataStride - 0x100
)

// Words of a record; word 0 is the address of the next stub.
const (
	recordF     = 32
	recordFCSR  = 64
	recordWords = 65
)

func stubAddr(slot int) uint64   { return codeBase + uint64(slot)*codeStride }
func bodyAddr(slot int) uint64   { return stubAddr(slot) + stubSize }
func recordAddr(slot int) uint64 { return recordBase + uint64(slot)*recordStride }
func dataAddr(slot int) uint64   { return dataBase + uint64(slot)*dataStride }

// frame is a choice of the two registers that the image itself needs: record
// points to the record and is never written by a body; link holds the body's
// address when it starts and is free afterwards.
type frame struct{ record, link uint8 }

var frames = []frame{{4, 5}, {31, 1}, {3, 1}, {15, 5}, {1, 5}, {8, 1}, {2, 1}, {27, 5}}
