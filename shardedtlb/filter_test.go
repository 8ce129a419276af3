package shardedtlb

import "testing"

// A compiler is executed from thousands of pages, and has the kernel fence a page whenever it touches a new one of its
// data: such fences leave the hart what it knows of code, but for a few.
func TestFencesOfDataSpareMuchCode(t *testing.T) {
	g := newGuest(t, 4<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	code := g.page()
	h.user(pt.satp(1))
	const pages, data = 2000, 4000
	for i := range uint64(pages) {
		va := 0x10_0000 + i*pageSize
		pt.set(va, code, 0, rwx|pteU)
		h.want(t, va, Fetch, code, NoFault)
	}
	lost := 0
	for i := range uint64(data) {
		id := h.l1.FetchID
		h.FenceVA(0x3f_0000_0000 + i*pageSize)
		if h.l1.FetchID != id {
			lost++
			for j := range uint64(pages) {
				h.Translate(0x10_0000+j*pageSize, 2, Fetch)
			}
		}
	}
	if lost > data/100 {
		t.Errorf("%d of %d fences of data ended the fetch id", lost, data)
	}
	for i := range uint64(pages) { // none of the code is forgotten by the filter
		if !h.fetched.has(0x10_0000 + i*pageSize) {
			t.Fatalf("page %d of the code can be fenced without ending the fetch id", i)
		}
	}
}

// A kernel lies in superpages in the upper half of the address space: fences of a process's pages are not taken for theirs.
func TestFencesOfProcessesSpareTheKernel(t *testing.T) {
	g := newGuest(t, 8<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	h.kernel(pt.satp(1))
	const superpages, upper = 700, uint64(1<<64 - 1<<38)
	pa := (g.page() + 2<<20 - 1) &^ (2<<20 - 1)
	for i := range uint64(superpages) {
		va := upper + i<<21
		pt.set(va, pa, 1, rwx)
		h.want(t, va, Load, pa, NoFault)
	}
	id := h.l1.DataID
	for i := range uint64(4000) {
		if h.FenceVA(i << 21); h.l1.DataID != id {
			t.Fatalf("fence of page %#x ended the kernel's view", i<<21)
		}
	}
	lost := 0
	for i := range uint64(4000) { // where other pages of the kernel's are
		id := h.l1.DataID
		if h.FenceVA(upper + (superpages+i)<<21); h.l1.DataID != id {
			lost++
			for j := range uint64(superpages) {
				h.Translate(upper+j<<21, 1, Load)
			}
		}
	}
	if lost > 40 {
		t.Errorf("%d of 4000 fences of pages that the hart does not know ended its view", lost)
	}
	if id := h.l1.DataID; true {
		h.Translate(upper+5<<21, 1, Load)
		if h.FenceVA(upper + 5<<21 + 0x1f_f000); h.l1.DataID == id {
			t.Error("a fence of a page of a superpage kept the view")
		}
	}
}
