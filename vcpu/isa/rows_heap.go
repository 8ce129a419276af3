package isa

// rowsHeap is the instructions of the managed heap, in the custom-0 space (docs/MANAGED_HEAP.md). The assembler knows
// none of them; .insn spells them.
var rowsHeap = []Row{
	{GC_ATTACH, "gc.attach", 0x0000000b, 0xfe00707f, FmtR, ClassHeap, ExtHeap},
	{GC_DETACH, "gc.detach", 0x0200000b, 0xfffff07f, FmtRD, ClassHeap, ExtHeap},
	{GC_WAIT, "gc.wait", 0x0400000b, 0xfff0707f, FmtR1, ClassHeap, ExtHeap},
	{GC_NEW, "gc.new", 0x0000100b, 0xfe00707f, FmtR, ClassHeap, ExtHeap},
	{GC_LD, "gc.ld", 0x0000200b, 0x0000707f, FmtLoad, ClassHeap, ExtHeap},
	{GC_SD, "gc.sd", 0x0000300b, 0x0000707f, FmtStore, ClassHeap, ExtHeap},
	{GC_SWAP, "gc.swap", 0x0000400b, 0xfe00707f, FmtAMO, ClassHeap, ExtHeap},
	{GC_CAS, "gc.cas", 0x0200400b, 0xfe00707f, FmtAMO, ClassHeap, ExtHeap},
}
