package elfimage

import "testing"

// FuzzOpen looks for files that make the loader panic, write outside RAM or
// return an image that breaks its promises.
func FuzzOpen(f *testing.F) {
	f.Add(sample())
	f.Add(linked(4096))
	f.Add(build(0, []seg{{data: []byte("pie"), flags: 5}}, nil))
	f.Add(build(0xffffffff80000000, []seg{{vaddr: 0xffffffff80000000, data: []byte("kernel"), memsz: 1 << 16, flags: 7}}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		im, err := open(b)
		if err != nil {
			return
		}
		for i, s := range im.Segments {
			if s.FileSize > s.MemSize || s.Offset+s.FileSize > uint64(len(b)) {
				t.Fatalf("segment %d: %+v in a file of %d bytes", i, s, len(b))
			}
			if i > 0 && s.Paddr-im.Segments[i-1].Paddr < im.Segments[i-1].MemSize {
				t.Fatalf("segments %d and %d overlap", i-1, i)
			}
		}
		if _, ok := im.PhysicalEntry(); !ok {
			t.Fatal("no entry point")
		}
		if s, err := im.Symbols(); err == nil {
			s.Lookup("tohost")
			for _, fn := range s.Functions() {
				if len(fn.Name) > maxName {
					t.Fatalf("name of %d bytes", len(fn.Name))
				}
			}
		}
		m := newRAM(t, 1<<20)
		if in, err := im.Inside(m); err == nil {
			if _, ok := in.PhysicalEntry(); !ok {
				t.Fatal("the entry point was dropped")
			}
			_ = in.Load(m, 0)
		}
		_ = im.Load(m, 0)
		_ = im.Load(m, ram-im.Low())
	})
}
