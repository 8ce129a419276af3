package qcow2

// zeroStep is how many bytes are zeroed by writing at once.
const zeroStep = 1 << 18

// Zero makes n bytes read as zeros. Whole clusters take no room then, unless unmap is false and they have some.
func (im *Image) Zero(off, n int64, unmap bool) error {
	return im.wrap(im.clear(off, n, unmap, im.writeZeros))
}

// Discard says that n bytes are not needed any more. Whole clusters read as zeros then; parts of one stay.
func (im *Image) Discard(off, n int64) error {
	return im.wrap(im.clear(off, n, true, func(int64, int64) error { return nil }))
}

// clear makes whole clusters read as zeros, and calls part for what is left at both ends.
func (im *Image) clear(off, n int64, unmap bool, part func(off, n int64) error) error {
	for end := off + n; off < end; {
		if off&(im.cluster-1) != 0 || end-off < im.cluster && end < im.end() {
			k := min(im.cluster-off&(im.cluster-1), end-off)
			if err := part(off, k); err != nil {
				return err
			}
			off += k
			continue
		}
		k, err := im.clearRun(off, end-off, unmap)
		if err != nil {
			return err
		}
		if k == 0 { // this version has no way to say so
			k = min(im.cluster, end-off)
			if err := part(off, k); err != nil {
				return err
			}
		}
		off += k
	}
	return nil
}

func (im *Image) writeZeros(off, n int64) error {
	zeros := make([]byte, min(n, zeroStep))
	for n > 0 {
		k := min(n, zeroStep)
		if _, err := im.WriteAt(zeros[:k], off); err != nil {
			return err
		}
		off, n = off+k, n-k
	}
	return nil
}

// clearRun makes clusters from off on read as zeros, within one L2 table, and returns how many bytes that are, perhaps
// more than n in the disk's last cluster. 0: there is no entry that says so.
func (im *Image) clearRun(off, n int64, unmap bool) (int64, error) {
	if err := im.makeRoom(); err != nil {
		return 0, err
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	index, slot := im.place(off)
	if off+n >= im.end() {
		n = (n + im.cluster - 1) &^ (im.cluster - 1) // the disk's last cluster is whole too
	}
	entries := min(n>>im.bits, im.cluster/8-int64(slot), maxFreed/4)
	t, err := im.loadL2(index)
	if err != nil {
		return 0, err
	}
	if t == nil && im.backing == nil {
		return entries << im.bits, nil
	}
	nothing := uint64(0)
	if im.backing != nil {
		if nothing = flagZero; im.h.Version < 3 {
			return 0, nil
		}
	}
	if t, err = im.ownL2(index); err != nil {
		return 0, err
	}
	for i := range int(entries) {
		if err := im.clearEntry(t, slot+i, nothing, unmap); err != nil {
			return 0, err
		}
	}
	return entries << im.bits, nil
}

func (im *Image) clearEntry(t *table, slot int, nothing uint64, unmap bool) error {
	d, err := im.decode(t.entries[slot])
	if err != nil {
		return err
	}
	if !unmap && d.copied && im.h.Version > 2 {
		nothing = uint64(d.host) | flagCopied | flagZero
	}
	if t.entries[slot] == nothing {
		return nil
	}
	return im.replace(t, slot, nothing)
}
