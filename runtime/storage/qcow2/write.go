package qcow2

// maxFreed bounds the clusters that wait for a flush to become free.
const maxFreed = 1 << 18

// WriteAt writes p, in place where the image owns what is there, and otherwise into new clusters.
func (im *Image) WriteAt(p []byte, off int64) (int, error) {
	for done := 0; done < len(p); {
		n, err := im.writeInPlace(p[done:], off+int64(done))
		if err == nil && n == 0 {
			n, err = im.writeNew(p[done:], off+int64(done))
		}
		if err != nil {
			return done, im.wrap(err)
		}
		done += n
	}
	return len(p), nil
}

// writeInPlace writes the first bytes of p, as many as go to clusters that lie in a row. 0: a new one is needed.
func (im *Image) writeInPlace(p []byte, off int64) (int, error) {
	im.inUse.RLock()
	defer im.inUse.RUnlock()
	x, err := im.find(off, int64(len(p)))
	if err != nil || !x.owned {
		return 0, err
	}
	return im.file.WriteAt(p[:x.n], x.at)
}

// writeNew writes the first bytes of p into new clusters.
func (im *Image) writeNew(p []byte, off int64) (int, error) {
	if err := im.makeRoom(); err != nil {
		return 0, err
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	index, slot := im.place(off)
	t, err := im.ownL2(index)
	if err != nil {
		return 0, err
	}
	x, err := im.extent(t, off, int64(len(p)))
	if err != nil || x.owned { // another worker's
		return 0, err
	}
	n := im.newRun(t, off, int64(len(p)))
	within := off & (im.cluster - 1)
	var first, got int64
	virgin := im.refs.end
	if x.kind == zeros && x.copied { // which keeps a cluster
		first, got, n, virgin = x.host>>im.bits, 1, min(n, im.cluster-within), x.host>>im.bits+1
	} else if first, got, err = im.alloc((within + n + im.cluster - 1) >> im.bits); err != nil {
		return 0, err
	}
	n = min(n, got<<im.bits-within)
	if err := im.fill(p[:n], off, first<<im.bits, first >= virgin, t); err != nil {
		if !x.copied {
			im.unalloc(first, got)
		}
		return 0, err
	}
	for i := range got {
		if err := im.replace(t, slot+int(i), uint64((first+i)<<im.bits)|flagCopied); err != nil {
			return 0, err
		}
	}
	return int(n), nil
}

// newRun returns how many of n bytes from off on go to new clusters, which may lie in a row.
func (im *Image) newRun(t *table, off, n int64) int64 {
	_, slot := im.place(off)
	run := im.cluster - off&(im.cluster-1)
	for slot++; run < n && slot < len(t.entries); slot++ {
		d, err := im.decode(t.entries[slot])
		if err != nil || d.copied {
			break // an error is the next one's
		}
		run += im.cluster
	}
	return min(run, n)
}

// fill writes p, which belongs to off, into clusters that begin at host, with what the disk has around it. virgin: they
// read as zeros. Caller holds mu exclusively.
func (im *Image) fill(p []byte, off, host int64, virgin bool, t *table) error {
	head := off & (im.cluster - 1)
	end := off + int64(len(p))
	tail := -end & (im.cluster - 1)
	if head == 0 && tail == 0 || virgin && im.blank(t, off-head) && im.blank(t, end-1) {
		_, err := im.file.WriteAt(p, host+head)
		return err
	}
	buf := make([]byte, head+int64(len(p))+tail)
	if err := im.old(buf[:head], off-head, t); err != nil {
		return err
	}
	if err := im.old(buf[head+int64(len(p)):], end, t); err != nil {
		return err
	}
	copy(buf[head:], p)
	_, err := im.file.WriteAt(buf, host)
	return err
}

// blank says that the cluster of the disk at off reads as zeros.
func (im *Image) blank(t *table, off int64) bool {
	x, err := im.extent(t, off, 1)
	return err == nil && (x.kind == zeros || x.kind == absent && (im.backing == nil || off&^(im.cluster-1) >= im.backing.Size()))
}

// old reads a part of one cluster of the disk.
func (im *Image) old(p []byte, off int64, t *table) error {
	if len(p) == 0 {
		return nil
	}
	x, err := im.extent(t, off, int64(len(p)))
	if err != nil {
		return err
	}
	return im.readExtent(p, off, x)
}

// replace changes an L2 entry and lets go of what it led to.
func (im *Image) replace(t *table, slot int, e uint64) error {
	d, err := im.decode(t.entries[slot])
	if err != nil {
		return err
	}
	if first, n := im.clusters(d); first != int64(e&maskOffset)>>im.bits {
		im.free(first, n)
	}
	im.cache.set(t, slot, e)
	return nil
}

// makeRoom flushes if as much waits for a flush as may.
func (im *Image) makeRoom() error {
	im.mu.RLock()
	wait := im.cache.full() || len(im.freed) >= maxFreed
	im.mu.RUnlock()
	if !wait {
		return nil
	}
	return im.flush()
}
