package blocks

import "sync/atomic"

// A hart's jump table holds a dead block until another takes its place, and there are
// 2,048 places a hart: left alone, the tables of many harts would keep far more dead
// blocks in memory than the cache has live ones. So whoever builds a block looks at
// some places of all tables, one after the other, and takes dead blocks out.
//
// How many is in proportion to the block's size: while deadBytes of blocks are built,
// every place is looked at. So a dead block is in no table any more when that much has
// been built since its death. Those that still are have been built meanwhile, or lived
// when it began; live blocks take liveBytes at most; and all together stay within the
// sum of both, for any number of harts.

// JumpTable is a hart's table of blocks by virtual address. It is in parts that are made when
// something enters them: most harts of a large machine execute little and sleep.
type JumpTable struct {
	parts [JumpEntries / jumpPart]atomic.Pointer[[jumpPart]JumpEntry] // stored by the owner, read by all
}

// JumpEntries is the size of a JumpTable.
const JumpEntries = 2048

// jumpPart is the number of entries in a part.
const jumpPart = 64

// noPart stands for a part in which nothing is. Nobody writes to it.
var noPart [jumpPart]JumpEntry

// NewJumpTable returns the table of one more hart, before any runs.
func (k *Cache) NewJumpTable() *JumpTable {
	t := new(JumpTable)
	for i := range t.parts {
		t.parts[i].Store(&noPart)
	}
	k.forget.tables = append(k.forget.tables, t)
	return t
}

// JumpEntry leads from a virtual address, seen through a fetch view, to a block.
type JumpEntry struct {
	pc   uint64
	view uint64 // 0: nothing; it is no view's id
	// block is stored by the hart's owner, and replaced by gone by any hart that finds it dead; read by both.
	block atomic.Pointer[Block]
}

// gone stands where a dead block has been, so that a look-up needs to ask only whether a
// block is dead.
var gone = deadBlock()

func deadBlock() *Block {
	b := new(Block)
	b.dead.Store(true)
	return b
}

// set makes e lead to b. A block that dies before it has been entered may have been
// looked for here already.
func (e *JumpEntry) set(pc, view uint64, b *Block) {
	e.pc, e.view = pc, view
	e.block.Store(b)
	e.forget()
}

// forget takes out a dead block.
func (e *JumpEntry) forget() {
	if b := e.block.Load(); b != nil && b != gone && b.dead.Load() {
		e.block.CompareAndSwap(b, gone)
	}
}

// Is reports whether e leads from pc, seen through view, to the Block.
func (e *JumpEntry) Is(pc, view uint64) bool { return e.pc == pc && e.view == view }

// Block returns the block that e leads to, which may be dead. There is one if e Is something.
func (e *JumpEntry) Block() *Block { return e.block.Load() }

// Place returns the entry that pc belongs in, for who looks.
func (t *JumpTable) Place(pc uint64) *JumpEntry { return t.at(placeOf(pc)) }

// placeOf returns the number of the entry that pc belongs in.
func placeOf(pc uint64) uint64 { return (pc>>1 ^ pc>>12) % JumpEntries }

func (t *JumpTable) at(i uint64) *JumpEntry {
	return &t.parts[i/jumpPart%(JumpEntries/jumpPart)].Load()[i%jumpPart]
}

// Enter makes pc, seen through view, lead to b.
func (t *JumpTable) Enter(pc, view uint64, b *Block) {
	part := &t.parts[placeOf(pc)/jumpPart]
	if part.Load() == &noPart {
		part.Store(new([jumpPart]JumpEntry))
	}
	t.Place(pc).set(pc, view, b)
}

// Clear empties the table.
func (t *JumpTable) Clear() {
	for i := range t.parts {
		t.parts[i].Store(&noPart)
	}
}

// forgetful takes dead blocks out of the jump tables.
type forgetful struct {
	tables []*JumpTable // of all harts; constant once a hart runs
	// looked counts the places that have been looked at, or are about to be, one table
	// behind the other and round and round. Advanced by who builds a block, read by who kills one.
	looked atomic.Uint64
	// until is the count at which every place has been looked at since the latest death.
	// Advanced by who kills a block, read by who builds one.
	until atomic.Uint64
}

// places is the number of places in all tables.
func (f *forgetful) places() uint64 { return uint64(len(f.tables)) * JumpEntries }

// died is told that a block has died, after it has been marked.
func (f *forgetful) died() {
	to := f.looked.Load() + f.places()
	for {
		old := f.until.Load()
		if old >= to || f.until.CompareAndSwap(old, to) {
			return
		}
	}
}

// built is told of n bytes of blocks that have been built, of which there may be budget
// until every place has been looked at.
func (f *forgetful) built(n, budget int64) {
	if f.looked.Load() >= f.until.Load() {
		return
	}
	count := uint64(n)*f.places()/uint64(budget) + 1
	for at := f.looked.Add(count) - count; count > 0; count-- {
		f.tables[at/JumpEntries%uint64(len(f.tables))].at(at % JumpEntries).forget()
		at++
	}
}
