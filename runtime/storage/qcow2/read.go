package qcow2

// extent is a run of the disk whose contents come from one place.
type extent struct {
	entry
	raw   uint64 // the first L2 entry
	at    int64  // offset in the file, of data
	n     int64  // bytes
	owned bool   // data that may be written in place
}

// find returns what lies at off, at most n bytes of it.
func (im *Image) find(off, n int64) (extent, error) {
	index, _ := im.place(off)
	for {
		im.mu.RLock()
		t, ok := im.l2(index)
		if ok {
			x, err := im.extent(t, off, n)
			im.mu.RUnlock()
			return x, err
		}
		im.mu.RUnlock()
		im.mu.Lock()
		_, err := im.loadL2(index)
		im.mu.Unlock()
		if err != nil {
			return extent{}, err
		}
	}
}

// extent is find in a table, or in none. Caller holds mu.
func (im *Image) extent(t *table, off, n int64) (x extent, err error) {
	_, slot := im.place(off)
	within := off & (im.cluster - 1)
	limit := (im.cluster/8 - int64(slot)) * im.cluster // what the table has left
	n = min(n, limit-within)
	if t == nil {
		return extent{n: n}, nil
	}
	if x.entry, err = im.decode(t.entries[slot]); err != nil {
		return x, err
	}
	x.raw, x.at, x.n = t.entries[slot], x.host+within, min(n, im.cluster-within)
	x.owned = x.kind == standard && x.copied
	if x.kind == compressed {
		return x, nil
	}
	for x.n < n { // as long as it goes on in the same way
		slot++
		next, err := im.decode(t.entries[slot])
		if err != nil || next.kind != x.kind || x.kind == standard && (next.host != x.at+x.n || next.copied != x.copied) {
			break // an error is the next one's
		}
		x.n = min(x.n+im.cluster, n)
	}
	return x, nil
}

// ReadAt fills p. Bytes past the disk's end are zeros.
func (im *Image) ReadAt(p []byte, off int64) (int, error) {
	im.inUse.RLock()
	defer im.inUse.RUnlock()
	for done := 0; done < len(p); {
		at := off + int64(done)
		if at >= im.end() {
			clear(p[done:])
			break
		}
		x, err := im.find(at, min(int64(len(p)-done), im.end()-at))
		if err == nil {
			err = im.readExtent(p[done:done+int(x.n)], at, x)
		}
		if err != nil {
			return done, im.wrap(err)
		}
		done += int(x.n)
	}
	return len(p), nil
}

// end is the disk's size in whole sectors.
func (im *Image) end() int64 { return (im.h.Size + 511) &^ 511 }

// readExtent fills p with the contents of the disk from off on, which x says. Caller holds inUse, or mu exclusively.
func (im *Image) readExtent(p []byte, off int64, x extent) error {
	switch x.kind {
	case standard:
		_, err := im.file.ReadAt(p, x.at)
		return err
	case compressed:
		data, err := im.unpack(x.raw, x.entry)
		if err != nil {
			return err
		}
		copy(p, data[off&(im.cluster-1):])
		return nil
	case zeros:
		clear(p)
		return nil
	}
	return im.readBacking(p, off)
}

func (im *Image) readBacking(p []byte, off int64) error {
	n := 0
	if im.backing != nil {
		n = int(max(min(int64(len(p)), im.backing.Size()-off), 0))
	}
	clear(p[n:])
	if n == 0 {
		return nil
	}
	_, err := im.backing.ReadAt(p[:n], off)
	return err
}
