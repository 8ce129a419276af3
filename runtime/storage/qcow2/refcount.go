package qcow2

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

const (
	// maxClusters bounds the clusters of a file that is written to: 4 TiB of 64 KiB.
	maxClusters = 1 << 26
	refPageSize = 4096
)

// counts has a number for each cluster of a file. It allocates as it is filled.
type counts []*[refPageSize]uint16

func (c counts) get(cluster int64) uint16 {
	if at := cluster / refPageSize; at < int64(len(c)) && c[at] != nil {
		return c[at][cluster%refPageSize]
	}
	return 0
}

// set is for clusters below maxClusters.
func (c *counts) set(cluster int64, n uint16) {
	at := cluster / refPageSize
	if at >= int64(len(*c)) {
		*c = append(*c, make(counts, at+1-int64(len(*c)))...)
	}
	if (*c)[at] == nil {
		if n == 0 {
			return
		}
		(*c)[at] = new([refPageSize]uint16)
	}
	(*c)[at][cluster%refPageSize] = n
}

// refcounts are the references of each cluster of the file, as they are to become. Guarded by Image.mu.
type refcounts struct {
	counts
	table    []uint64       // offsets of refcount blocks
	tableOff int64          // of the table itself
	changed  map[int]bounds // entries of blocks that differ from the file's
	end      int64          // all clusters from here on are free and have never been written to
	hint     int64          // no cluster below is free
}

// bounds are entries lo to hi-1 of a refcount block.
type bounds struct{ lo, hi int64 }

func (r *refcounts) chooseHint() {
	for r.hint = 0; r.hint < r.end && r.get(r.hint) != 0; r.hint++ {
	}
}

// perBlock is how many clusters a refcount block counts.
func (im *Image) perBlock() int64 { return im.cluster * 8 >> im.h.refOrder }

// setRef changes a cluster's count, whose block exists. Caller holds mu exclusively, as for all that follows.
func (im *Image) setRef(cluster int64, n uint16) {
	im.refs.set(cluster, n)
	block, at := int(cluster/im.perBlock()), cluster%im.perBlock()
	b, ok := im.refs.changed[block]
	if !ok {
		b = bounds{at, at}
	}
	im.refs.changed[block] = bounds{min(b.lo, at), max(b.hi, at+1)}
}

// alloc takes up to n clusters in a row, at least one.
func (im *Image) alloc(n int64) (first, got int64, err error) {
	r := &im.refs
	for {
		first = r.hint
		for first < r.end && r.get(first) != 0 {
			first++
		}
		r.hint = first
		grown, err := im.ensureBlock(first)
		if err != nil {
			return 0, 0, err
		}
		if !grown { // a new block takes the place that was found
			break
		}
	}
	limit := min(n, im.perBlock()-first%im.perBlock(), maxClusters-first)
	for got < limit && r.get(first+got) == 0 {
		im.setRef(first+got, 1)
		got++
	}
	r.end = max(r.end, first+got)
	r.hint = first + got
	im.fileEnd = max(im.fileEnd, r.end<<im.bits)
	return first, got, nil
}

// unalloc gives back what alloc gave, and nobody refers to.
func (im *Image) unalloc(first, n int64) {
	for i := range n {
		im.setRef(first+i, 0)
	}
	im.refs.hint = min(im.refs.hint, first)
}

// free notes that clusters have one reference less, as soon as the file does not have it any more either.
func (im *Image) free(first, n int64) {
	for i := range n {
		im.freed = append(im.freed, first+i)
	}
}

// ensureBlock makes the refcount block that counts a cluster, and reports whether it was missing.
func (im *Image) ensureBlock(cluster int64) (grown bool, err error) {
	r := &im.refs
	if cluster >= maxClusters {
		return false, fmt.Errorf("%w: it would have more than %d clusters", ErrLimit, maxClusters)
	}
	block := cluster / im.perBlock()
	switch {
	case block >= int64(len(r.table)):
		return true, im.growTable(block)
	case r.table[block] != 0:
		return false, nil
	}
	// Nothing in its range is in use, or it would be there: it takes the first cluster of it.
	first := block * im.perBlock()
	if err := im.writeBlocks(block, first, 1, 1); err != nil {
		return true, err
	}
	entry := appendEntries(nil, []uint64{uint64(first << im.bits)})
	if _, err := im.file.WriteAt(entry, r.tableOff+8*block); err != nil {
		return true, err
	}
	r.table[block] = uint64(first << im.bits)
	im.takeMetadata(first, 1)
	return true, nil
}

// growTable makes a larger refcount table and the block with the given number, which is the first beyond the table.
// They come to lie in the range of that block: first blocks, as many as count themselves and the table, then the table.
func (im *Image) growTable(block int64) error {
	r := &im.refs
	first := block * im.perBlock()
	perCluster := im.cluster / 8
	tableClusters, blocks := (block+block/2+8)/perCluster+1, int64(1)
	for {
		if blocks*im.perBlock() < blocks+tableClusters {
			blocks++
		} else if tableClusters*perCluster < block+blocks {
			tableClusters++
		} else {
			break
		}
	}
	if tableClusters*im.cluster > max(maxRefTableBytes, im.cluster) {
		return fmt.Errorf("%w: its refcount table would have %d bytes", ErrLimit, tableClusters*im.cluster)
	}
	if err := im.writeBlocks(block, first, blocks, blocks+tableClusters); err != nil {
		return err
	}
	table := make([]uint64, tableClusters*perCluster)
	copy(table, r.table)
	for i := range blocks {
		table[block+i] = uint64((first + i) << im.bits)
	}
	at := (first + blocks) << im.bits
	if _, err := im.file.WriteAt(appendEntries(nil, table), at); err != nil {
		return err
	}
	if err := im.file.Flush(); err != nil {
		return err
	}
	header := binary.BigEndian.AppendUint32(appendEntries(nil, []uint64{uint64(at)}), uint32(tableClusters))
	if _, err := im.file.WriteAt(header, offRefTable); err != nil {
		return err
	}
	im.free(r.tableOff>>im.bits, int64(im.h.refTableClusters))
	r.table, r.tableOff, im.h.refTableClusters = table, at, uint32(tableClusters)
	im.takeMetadata(first, blocks+tableClusters)
	return nil
}

// writeBlocks writes n refcount blocks into the clusters from first on, which is where their range begins, and has them
// count the used clusters from there on.
func (im *Image) writeBlocks(block, first, n, used int64) error {
	if first+used > maxClusters {
		return fmt.Errorf("%w: it would have more than %d clusters", ErrLimit, maxClusters)
	}
	raw := make([]byte, n*im.cluster)
	for i := range used {
		im.putRef(raw, i, 1)
	}
	if _, err := im.file.WriteAt(raw, first<<im.bits); err != nil {
		return err
	}
	return im.file.Flush()
}

// takeMetadata notes clusters that the file already counts.
func (im *Image) takeMetadata(first, n int64) {
	for i := range n {
		im.refs.set(first+i, 1)
	}
	im.refs.end = max(im.refs.end, first+n)
	im.fileEnd = max(im.fileEnd, im.refs.end<<im.bits)
}

// putRef stores entry i of refcount blocks.
func (im *Image) putRef(raw []byte, i int64, n uint16) {
	switch order := im.h.refOrder; order {
	case 6:
		binary.BigEndian.PutUint64(raw[8*i:], uint64(n))
	case 5:
		binary.BigEndian.PutUint32(raw[4*i:], uint32(n))
	case 4:
		binary.BigEndian.PutUint16(raw[2*i:], n)
	default:
		width, at := int64(1)<<order, i<<order
		mask := byte(1<<width-1) << (at % 8)
		raw[at/8] = raw[at/8]&^mask | byte(n)<<(at%8)&mask
	}
}

// getRef reads entry i of a refcount block.
func (im *Image) getRef(raw []byte, i int64) uint64 {
	switch order := im.h.refOrder; order {
	case 6:
		return binary.BigEndian.Uint64(raw[8*i:])
	case 5:
		return uint64(binary.BigEndian.Uint32(raw[4*i:]))
	case 4:
		return uint64(binary.BigEndian.Uint16(raw[2*i:]))
	default:
		width, at := int64(1)<<order, i<<order
		return uint64(raw[at/8]>>(at%8)) & (1<<width - 1)
	}
}

// writeRefs writes what has changed of refcount blocks.
func (im *Image) writeRefs() error {
	for _, block := range slices.Sorted(maps.Keys(im.refs.changed)) {
		b := im.refs.changed[block]
		if perByte := int64(8) >> min(im.h.refOrder, 3); perByte > 1 { // whole bytes
			b = bounds{b.lo &^ (perByte - 1), (b.hi + perByte - 1) &^ (perByte - 1)}
		}
		bit := func(i int64) int64 { return i << im.h.refOrder / 8 }
		raw := make([]byte, bit(b.hi-b.lo))
		for i := b.lo; i < b.hi; i++ {
			im.putRef(raw, i-b.lo, im.refs.get(int64(block)*im.perBlock()+i))
		}
		if _, err := im.file.WriteAt(raw, int64(im.refs.table[block])+bit(b.lo)); err != nil {
			return err
		}
		delete(im.refs.changed, block)
	}
	return nil
}
