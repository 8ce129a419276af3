package qcow2

import (
	"context"
	"encoding/binary"
	"fmt"
)

const (
	// maxWalk bounds the bytes of L2 tables that a check reads, those that several snapshots share as often.
	maxWalk   = 8 << 30
	maxFaults = 16

	snapshotHeader   = 40
	maxSnapshotExtra = 1024
	maxSnapshotTable = 64 << 20
)

// Report is what a check has found.
type Report struct {
	Faults []string // what makes the image corrupt, the first of them
	Leaked int64    // clusters with more references by their refcount than there are
}

func (r *Report) fault(format string, args ...any) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// Uses of a cluster. Tables that snapshots share may be referred to several times, data too.
const (
	useHeader = iota + 1
	useRefTable
	useRefBlock
	useL1
	useSnapshots
	useL2
	useData
)

var useNames = []string{"", "the header", "the refcount table", "a refcount block", "an L1 table", "the snapshot table", "an L2 table", "data"}

// checker counts references.
type checker struct {
	*Image
	Report
	ctx    context.Context
	found  counts // references
	uses   counts
	walked int64
}

// check walks all metadata, and leaves the refcounts in im.refs. An error says that it could not; what is wrong with the
// image is in the report.
func (im *Image) check(ctx context.Context) (Report, error) {
	c := &checker{Image: im, ctx: ctx}
	if clusters := (im.fileEnd + im.cluster - 1) >> im.bits; clusters > maxClusters {
		return c.Report, fmt.Errorf("%w: the file has %d clusters, and at most %d can be written to; attach it read-only or with an overlay",
			ErrLimit, clusters, maxClusters)
	}
	for _, step := range []func() error{c.loadRefs, c.walkActive, c.walkSnapshots} {
		if err := step(); err != nil {
			return c.Report, err
		}
	}
	c.compare()
	return c.Report, nil
}

// mark counts a reference to the clusters that n bytes from off on lie in.
func (c *checker) mark(off, n int64, use uint16) {
	if off < 0 || n <= 0 || off >= c.fileEnd || off > maxClusters<<c.bits-n {
		c.fault("%s at %#x, %d bytes, is not in the file", useNames[use], uint64(off), n)
		return
	}
	for i := off >> c.bits; i <= (off+n-1)>>c.bits; i++ {
		switch was := c.uses.get(i); {
		case was == 0:
			c.uses.set(i, use)
		case was != use || use < useL2:
			c.fault("the cluster at %#x is both %s and %s", i<<c.bits, useNames[was], useNames[use])
		}
		if n := c.found.get(i); n < 1<<16-1 {
			c.found.set(i, n+1)
		}
	}
}

// loadRefs reads all refcounts.
func (c *checker) loadRefs() error {
	c.mark(0, c.cluster, useHeader)
	tableBytes := int64(c.h.refTableClusters) * c.cluster
	c.mark(c.h.refTableOffset, tableBytes, useRefTable)
	table, err := c.readTable(c.h.refTableOffset, int(tableBytes/8))
	if err != nil {
		return err
	}
	c.refs = refcounts{table: table, tableOff: c.h.refTableOffset, changed: map[int]bounds{}, end: (c.fileEnd + c.cluster - 1) >> c.bits}
	raw := make([]byte, c.cluster)
	for block, off := range table {
		if off == 0 {
			continue
		}
		if off%uint64(c.cluster) != 0 || off >= uint64(c.fileEnd) {
			c.fault("entry %#x of the refcount table leads to no cluster", off)
			continue
		}
		if err := c.ctx.Err(); err != nil {
			return err
		}
		c.mark(int64(off), c.cluster, useRefBlock)
		if _, err := c.file.ReadAt(raw, int64(off)); err != nil {
			return err
		}
		c.loadBlock(int64(block)*c.perBlock(), raw)
	}
	return nil
}

func (c *checker) loadBlock(first int64, raw []byte) {
	for i := range c.perBlock() {
		n := c.getRef(raw, i)
		switch {
		case n == 0:
		case n > 1<<16-1:
			c.fault("the cluster at %#x has %d references", (first+i)<<c.bits, n)
		case first+i < maxClusters:
			c.refs.set(first+i, uint16(n))
			c.refs.end = max(c.refs.end, first+i+1)
		}
	}
}

func (c *checker) walkActive() error { return c.walk(c.h.l1Offset, c.l1, true) }

// walk counts the references of an L1 table.
func (c *checker) walk(at int64, l1 []uint64, active bool) error {
	if len(l1) == 0 {
		return nil
	}
	c.mark(at, 8*int64(len(l1)), useL1)
	for _, e := range l1 {
		off, copied, err := c.decodeL1(e)
		if err != nil {
			c.fault("%s", reason(err))
			continue
		}
		if off == 0 {
			continue
		}
		if active {
			c.copied(off, copied)
		}
		if err := c.walkL2(off, active); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) walkL2(off int64, active bool) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if c.walked += c.cluster; c.walked > maxWalk {
		return fmt.Errorf("%w: more than %d bytes of L2 tables; attach it read-only or with an overlay", ErrLimit, int64(maxWalk))
	}
	c.mark(off, c.cluster, useL2)
	entries, err := c.readTable(off, int(c.cluster/8))
	if err != nil {
		return err
	}
	for _, e := range entries {
		d, err := c.decode(e)
		if err != nil {
			c.fault("%s", reason(err))
			continue
		}
		if first, n := c.clusters(d); n > 0 {
			c.mark(first<<c.bits, (n-1)<<c.bits+1, useData)
		}
		if active && d.host != 0 && d.kind != compressed {
			c.copied(d.host, d.copied)
		}
	}
	return nil
}

// copied checks the mark that lets a cluster be written in place.
func (c *checker) copied(off int64, copied bool) {
	if n := c.refs.get(off >> c.bits); copied && n != 1 {
		c.fault("the cluster at %#x may be written to, and has %d references", off, n)
	}
}

// walkSnapshots reads the snapshot table and counts what it and each snapshot refer to.
func (c *checker) walkSnapshots() error {
	be := binary.BigEndian
	at := c.h.snapshotsOffset
	if c.h.Snapshots > 0 && (at%c.cluster != 0 || at < c.cluster || at >= c.fileEnd) {
		c.fault("the snapshot table at %#x is not in the file", uint64(at))
		return nil
	}
	for range c.h.Snapshots {
		var raw [snapshotHeader]byte
		if _, err := c.file.ReadAt(raw[:], at); err != nil {
			return err
		}
		extra := int64(be.Uint32(raw[36:]))
		if extra > maxSnapshotExtra || at-c.h.snapshotsOffset > maxSnapshotTable {
			c.fault("the snapshot table is too large")
			return nil
		}
		n := int64(be.Uint32(raw[8:]))
		off := int64(be.Uint64(raw[:]))
		at += (snapshotHeader + extra + int64(be.Uint16(raw[12:])) + int64(be.Uint16(raw[14:])) + 7) &^ 7
		if n*8 > maxL1Bytes || off%c.cluster != 0 || off < c.cluster || off > c.fileEnd-n*8 {
			c.fault("a snapshot's L1 table of %d entries at %#x is not in the file", n, uint64(off))
			continue
		}
		if c.walked += n * 8; c.walked > maxWalk {
			return fmt.Errorf("%w: more than %d bytes of tables; attach it read-only or with an overlay", ErrLimit, int64(maxWalk))
		}
		l1, err := c.readTable(off, int(n))
		if err != nil {
			return err
		}
		if err := c.walk(off, l1, false); err != nil {
			return err
		}
	}
	if c.h.Snapshots > 0 {
		c.mark(c.h.snapshotsOffset, at-c.h.snapshotsOffset, useSnapshots)
	}
	return nil
}

// compare holds what was found against the refcounts.
func (c *checker) compare() {
	for i := range max(c.refs.end, int64(len(c.found))*refPageSize) {
		switch found, ref := c.found.get(i), c.refs.get(i); {
		case found > ref:
			c.fault("the cluster at %#x has %d references, and a refcount of %d", i<<c.bits, found, ref)
		case found < ref:
			c.Leaked++
		}
	}
}

// reason is what an error says behind its kind.
func reason(err error) string {
	s := err.Error()
	if n := len(ErrCorrupt.Error()) + 2; len(s) > n {
		return s[n:]
	}
	return s
}
