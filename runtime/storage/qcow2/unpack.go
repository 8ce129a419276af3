package qcow2

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// unpackedBytes is the memory for clusters that have been unpacked.
const unpackedBytes = 16 << 20

// unpacked are the clusters that were unpacked last, by their L2 entries: what one leads to stays the same while an image
// is open, since nobody writes packed clusters.
type unpacked struct {
	limit  int
	method byte
	pool   sync.Pool // of decoder

	mu    sync.Mutex
	data  map[uint64][]byte
	order []uint64 // a ring, oldest at next
	next  int
}

func (u *unpacked) init(cluster int64, method byte) {
	u.limit, u.method, u.data = max(int(unpackedBytes/cluster), 2), method, map[uint64][]byte{}
}

func (u *unpacked) get(raw uint64) []byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.data[raw]
}

func (u *unpacked) put(raw uint64, data []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.data[raw] != nil {
		return
	}
	u.data[raw] = data
	if len(u.order) < u.limit {
		u.order = append(u.order, raw)
		return
	}
	delete(u.data, u.order[u.next])
	u.order[u.next] = raw
	u.next = (u.next + 1) % u.limit
}

// unpack returns the contents of a compressed cluster, which are not to be changed. Caller holds inUse, or mu exclusively.
func (im *Image) unpack(raw uint64, d entry) ([]byte, error) {
	if data := im.unpacked.get(raw); data != nil {
		return data, nil
	}
	packed := make([]byte, d.length)
	if _, err := im.file.ReadAt(packed, d.host); err != nil {
		return nil, err
	}
	data := make([]byte, im.cluster)
	if err := im.unpacked.decode(data, packed); err != nil {
		return nil, corrupt("the compressed cluster at %#x cannot be unpacked: %v", d.host, err)
	}
	im.unpacked.put(raw, data)
	return data, nil
}

// decode fills data from packed, behind which there may be anything.
func (u *unpacked) decode(data, packed []byte) error {
	d, _ := u.pool.Get().(decoder)
	if d == nil {
		var err error
		if d, err = newDecoder(u.method); err != nil {
			return err
		}
	}
	err := d.decode(data, packed)
	u.pool.Put(d)
	return err
}

// decoder unpacks one cluster at a time.
type decoder interface {
	decode(data, packed []byte) error
}

func newDecoder(method byte) (decoder, error) {
	if method != compressionZstd {
		return &inflater{r: flate.NewReader(bytes.NewReader(nil))}, nil
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(8<<20))
	return (*zstdDecoder)(z), err
}

type inflater struct{ r io.ReadCloser }

func (d *inflater) decode(data, packed []byte) error {
	if err := d.r.(flate.Resetter).Reset(bytes.NewReader(packed), nil); err != nil {
		return err
	}
	_, err := io.ReadFull(d.r, data)
	return err
}

type zstdDecoder zstd.Decoder

func (d *zstdDecoder) decode(data, packed []byte) error {
	z := (*zstd.Decoder)(d)
	if err := z.Reset(bytes.NewReader(packed)); err != nil {
		return err
	}
	_, err := io.ReadFull(z, data)
	return err
}
