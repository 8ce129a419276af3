package vcpu

import (
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// fakeFile is an interrupt file of which the tests see what the hart asks of it.
type fakeFile struct {
	top    uint64 // what is pending; claiming it uncovers next
	next   uint64
	urgent uint64 // becomes pending as soon as the top has been read
	regs   map[uint64]uint64
	writes []write
}

type write struct{ reg, v, touched uint64 }

func (f *fakeFile) Top() uint64 {
	was := f.top
	if f.urgent != 0 {
		f.top, f.next, f.urgent = f.urgent, was, 0
	}
	return was
}
func (f *fakeFile) Claim() uint64 {
	was := f.top
	f.top, f.next = f.next, 0
	return was
}
func (f *fakeFile) Has(reg uint64) bool    { return reg != 0x81 }
func (f *fakeFile) Read(reg uint64) uint64 { return f.regs[reg] }
func (f *fakeFile) Write(reg, v, touched uint64) {
	f.writes = append(f.writes, write{reg, v, touched})
	f.regs[reg] = v
}

// giveIMSIC gives h what --aia aplic-imsic does.
func giveIMSIC(h *Hart) (machine, supervisor *fakeFile) {
	machine, supervisor = &fakeFile{regs: map[uint64]uint64{}}, &fakeFile{regs: map[uint64]uint64{}}
	h.aia = true
	h.ConnectIMSIC(machine, supervisor)
	return machine, supervisor
}

// The registers exist where the option is, those of interrupt files where there is an IMSIC.
func TestAIARegistersExistWithTheOption(t *testing.T) {
	external := []isa.CSR{isa.CSR_MTOPEI, isa.CSR_STOPEI}
	all := append([]isa.CSR{
		isa.CSR_MISELECT, isa.CSR_SISELECT, isa.CSR_MIREG, isa.CSR_SIREG, isa.CSR_MTOPI, isa.CSR_STOPI, isa.CSR_MVIEN, isa.CSR_MVIP,
	}, external...)
	for _, aia := range []bool{false, true} {
		_, h := newHart(t, shardedtlb.M)
		h.aia = aia
		h.csrs.miselect, h.csrs.siselect = 0x30, 0x30
		for _, n := range all {
			h.enter(shardedtlb.M)
			if _, ok := h.read(n); ok != (aia && !slices.Contains(external, n)) {
				t.Errorf("Smaia %v: %s can be read: %v", aia, n, ok)
			}
			if got := slices.Contains(h.CSRs(), n); got != (aia && !slices.Contains(external, n)) {
				t.Errorf("Smaia %v: %s exists: %v", aia, n, got)
			}
		}
	}
}

// What miselect and siselect lead to: priorities of major interrupts and the interrupt file in even numbers, and nothing else.
func TestIndirectRegisters(t *testing.T) {
	for _, imsic := range []bool{false, true} {
		for level, pair := range [][2]isa.CSR{{isa.CSR_SISELECT, isa.CSR_SIREG}, {isa.CSR_MISELECT, isa.CSR_MIREG}} {
			_, h := newHart(t, shardedtlb.M)
			h.aia = true
			var files [2]*fakeFile
			if imsic {
				files[1], files[0] = giveIMSIC(h)
			}
			for reg := range uint64(0x200) {
				h.enter(shardedtlb.M)
				if !h.write(pair[0], reg|1<<20) {
					t.Fatalf("%s cannot be written", pair[0])
				}
				if v, _ := h.read(pair[0]); v != reg {
					t.Fatalf("%s is %#x, want %#x", pair[0], v, reg)
				}
				file := imsic && reg >= 0x70 && reg < 0x100 && reg != 0x81
				want := file || reg >= 0x30 && reg < 0x40 && reg%2 == 0
				if ok := h.write(pair[1], 0x1234); ok != want {
					t.Errorf("%s with %#x can be written: %v", pair[1], reg, ok)
				}
				h.enter(shardedtlb.M)
				v, ok := h.read(pair[1])
				if ok != want || ok && v != 0 != file {
					t.Errorf("%s with %#x reads %#x, %v", pair[1], reg, v, ok)
				}
				if n := len(h.CSRs()); n == 0 {
					t.Fatal("no registers")
				}
				if p, ok := h.ProbeCSR(pair[1]); !ok || want && p != v || !want && p != 0 {
					t.Errorf("%s with %#x is probed as %#x", pair[1], reg, p)
				}
			}
			if imsic && (len(files[level].writes) == 0 || len(files[1-level].writes) != 0) {
				t.Errorf("%s writes to the file of the other level", pair[1])
			}
		}
	}
}

// Instructions that set and clear bits of an indirect register touch those alone.
func TestIndirectRegistersChangeTouchedBits(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	_, f := giveIMSIC(h)
	h.enter(shardedtlb.S)
	h.write(isa.CSR_SISELECT, 0x80)
	f.regs[0x80] = 0xf0
	h.set(isa.CSR_SIREG, 0x3)
	h.clear(isa.CSR_SIREG, 0x10)
	h.write(isa.CSR_SIREG, 0x5)
	want := []write{{0x80, 0xf3, 0x3}, {0x80, 0xe3, 0x10}, {0x80, 0x5, ones}}
	if !slices.Equal(f.writes, want) {
		t.Errorf("writes %#x, want %#x", f.writes, want)
	}
}

// A write of *topei takes away what the instruction has read; what it writes does not matter, and reading alone takes nothing.
func TestTopExternalIsClaimedByWrites(t *testing.T) {
	for _, n := range []isa.CSR{isa.CSR_MTOPEI, isa.CSR_STOPEI} {
		_, h := newHart(t, shardedtlb.M)
		m, s := giveIMSIC(h)
		f := map[isa.CSR]*fakeFile{isa.CSR_MTOPEI: m, isa.CSR_STOPEI: s}[n]
		for _, claim := range []isa.Insn{
			{Op: isa.CSRRW, Rd: 5, Rs1: 6}, {Op: isa.CSRRWI, Rd: 5}, {Op: isa.CSRRW, Rs1: 6},
			{Op: isa.CSRRS, Rd: 5, Rs1: 6}, {Op: isa.CSRRCI, Rd: 5, Rs1: 3},
		} {
			f.top, f.next = 7<<16|7, 9<<16|9
			if v, ok := h.read(n); !ok || v != 7<<16|7 || f.top != v {
				t.Fatalf("%s reads %#x, and leaves %#x", n, v, f.top)
			}
			h.SetX(5, 0)
			h.SetX(6, 0)
			claim.Imm = int32(n)
			if h.exec(claim) || f.top != 9<<16|9 || claim.Rd != 0 && h.X(5) != 7<<16|7 {
				t.Errorf("%s %s: %#x, and %#x is next", claim.Op, n, h.X(5), f.top)
			}
		}
		// What arrives in the midst of the instruction is either what it returns, or still there.
		f.top, f.next, f.urgent = 7<<16|7, 0, 2<<16|2
		if h.exec(isa.Insn{Op: isa.CSRRW, Rd: 5, Imm: int32(n)}); h.X(5) != 2<<16|2 || f.top != 7<<16|7 {
			t.Errorf("%s returns %#x and leaves %#x", n, h.X(5), f.top)
		}
		if h.WriteCSR(n, 0); f.top != 0 {
			t.Errorf("a write from outside leaves %#x", f.top)
		}
	}
}

// mtopi and stopi name the most urgent interrupt of their level that is pending and enabled, whatever the global enables say.
func TestTopInterrupt(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	giveIMSIC(h)
	for _, c := range []struct{ pending, mie, mideleg, mtopi, stopi uint64 }{
		{0, ipAll, ipDelegable, 0, 0},
		{ipSEIP | ipMEIP, 0, ipDelegable, 0, 0},
		{ipMEIP | ipMSIP, ipAll, ipDelegable, 11, 0},
		{ipMSIP | ipSSIP | ipSEIP, ipAll, ipDelegable, 3, 9},
		{ipMSIP | ipSSIP | ipSEIP, ipAll &^ (ipSEIP | ipMSIP), ipDelegable, 0, 1},
		{ipSSIP | ipSEIP, ipAll, 0, 9, 0},
		{ipSSIP | ipSEIP, ipAll, ipSSIP, 9, 1},
	} {
		h.lines.Store(c.pending)
		h.csrs.mie, h.csrs.mideleg = c.mie, c.mideleg
		for n, want := range map[isa.CSR]uint64{isa.CSR_MTOPI: c.mtopi, isa.CSR_STOPI: c.stopi} {
			if want != 0 {
				want = want<<16 | 1
			}
			probed, _ := h.ProbeCSR(n)
			if v, ok := h.read(n); !ok || v != want || probed != want {
				t.Errorf("%+v: %s is %#x, probed %#x, want %#x", c, n, v, probed, want)
			}
		}
	}
	h.lines.Store(0)
	h.csrs.mie, h.csrs.mideleg = ipAll, 0
	h.mtimecmp.Store(0) // reached since the last poll
	if v, _ := h.read(isa.CSR_MTOPI); v != 7<<16|1 {
		t.Errorf("mtopi is %#x with a timer that is due", v)
	}
}

// mvip shows the bits of mip that software may write, and mvien none, so that no interrupt is virtual.
func TestVirtualInterruptBits(t *testing.T) {
	_, h := newHart(t, shardedtlb.M)
	giveIMSIC(h)
	h.csrs.menvcfg = 0
	h.write(isa.CSR_MVIEN, ones)
	h.write(isa.CSR_MVIP, ones)
	mvien, _ := h.read(isa.CSR_MVIEN)
	mvip, _ := h.read(isa.CSR_MVIP)
	mip, _ := h.read(isa.CSR_MIP)
	if all := uint64(ipSSIP | ipSTIP | ipSEIP); mvien != 0 || mvip != all || mip != all {
		t.Errorf("mvien %#x, mvip %#x, mip %#x", mvien, mvip, mip)
	}
	h.csrs.mideleg = ipSSIP
	h.clear(isa.CSR_SIP, ipSSIP) // it is one bit, under three names
	if mip, _ = h.read(isa.CSR_MIP); mip != ipSTIP|ipSEIP {
		t.Errorf("mip %#x after SSIP has been cleared", mip)
	}
	h.clear(isa.CSR_MVIP, ipSEIP)
	h.lines.Or(ipSEIP) // the interrupt file's signal is no part of mvip, and cannot be cleared there
	h.clear(isa.CSR_MVIP, ones)
	if mip, _ = h.read(isa.CSR_MIP); mip != ipSEIP {
		t.Errorf("mip %#x with the file's signal", mip)
	}
	if mvip, _ = h.read(isa.CSR_MVIP); mvip != 0 {
		t.Errorf("mvip %#x with the file's signal", mvip)
	}
	h.csrs.menvcfg = envSTCE // STIP is the comparator's
	h.csrs.stimecmp = never
	h.write(isa.CSR_MVIP, ones)
	if mvip, _ = h.read(isa.CSR_MVIP); mvip != ipSSIP|ipSEIP {
		t.Errorf("mvip %#x with Sstc", mvip)
	}
}
