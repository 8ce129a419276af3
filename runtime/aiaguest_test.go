package runtime

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Places and registers that the program below uses.
const (
	guestUART    = 0x1000_0000
	guestResults = RAMBase + 0x10_0000 // what hart 0 has seen, 8 bytes each
	guestMail    = RAMBase + 0x20_0000 // what hart 1 has claimed last
	guestAPLIC   = 0x0d00_0000
	guestIMSIC   = 0x2400_0000
	aplicRoot    = 0x0c00_0000
)

// aiaGuest is a program for two harts with IMSICs that notes what it reads, and what it has to read by the specification.
type aiaGuest struct {
	*asm.Program
	want []uint64
}

// note appends a0 to the results, of which the lowest bits count.
func (g *aiaGuest) note(want uint64) {
	g.S(isa.SD, asm.A0, asm.S1, 0).I(isa.ADDI, asm.S1, asm.S1, 8)
	g.want = append(g.want, want)
}

// illegal is what is noted of a read that is an illegal instruction.
const illegal = 0xdead

func (g *aiaGuest) read(n isa.CSR, want uint64) {
	g.LI(asm.A0, illegal).CSR(isa.CSRRS, asm.A0, n, 0)
	g.note(want)
}

// swap is CSRRW.
func (g *aiaGuest) swap(n isa.CSR, v, want uint64) {
	g.LI(asm.T0, v).CSR(isa.CSRRW, asm.A0, n, asm.T0)
	g.note(want)
}

func (g *aiaGuest) write(n isa.CSR, v uint64) { g.LI(asm.T0, v).CSR(isa.CSRRW, 0, n, asm.T0) }

// indirect reads or writes a register by miselect or siselect.
func (g *aiaGuest) indirect(sel, reg isa.CSR, number, want uint64) {
	g.write(sel, number)
	g.read(reg, want)
}

func (g *aiaGuest) setIndirect(sel, reg isa.CSR, number, v uint64) {
	g.write(sel, number)
	g.write(reg, v)
}

func (g *aiaGuest) store(address, v uint64) {
	g.LI(asm.T0, address).LI(asm.T1, v).S(isa.SW, asm.T1, asm.T0, 0)
}

func (g *aiaGuest) load(address, want uint64) {
	g.LI(asm.T0, address).I(isa.LWU, asm.A0, asm.T0, 0)
	g.note(want)
}

// bit notes a bit of a word.
func (g *aiaGuest) bit(address uint64, n int32, want uint64) {
	g.LI(asm.T0, address).I(isa.LWU, asm.A0, asm.T0, 0).I(isa.SRLI, asm.A0, asm.A0, n).I(isa.ANDI, asm.A0, asm.A0, 1)
	g.note(want)
}

// makeAIAGuest assembles it. It leaves out what QEMU 7.2 does otherwise than the specification has it, or settles where that leaves it
// open: registers of sources that are not active, setipnum while a level is low, priorities of major interrupts. Nothing is printed before the end: that would move the UART's interrupt.
func makeAIAGuest() *aiaGuest {
	g := &aiaGuest{Program: asm.New(RAMBase)}
	g.CSR(isa.CSRRS, asm.T0, isa.CSR_MHARTID, 0)
	g.LA(asm.T1, "trap").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T1)
	g.LI(asm.S1, guestResults)
	g.Branch(isa.BNE, asm.T0, asm.Zero, "other")
	for _, c := range []struct {
		sel, reg, top isa.CSR
		page, bit     uint64
	}{
		{isa.CSR_MISELECT, isa.CSR_MIREG, isa.CSR_MTOPEI, guestIMSIC, 1 << 11},
		{isa.CSR_SISELECT, isa.CSR_SIREG, isa.CSR_STOPEI, 0x2800_0000, 1 << 9},
	} {
		g.files(c.sel, c.reg, c.top, c.page, c.bit)
	}
	g.taken()
	g.wires()
	g.toOther()
	g.print()
	g.others()
	return g
}

// files does with an interrupt file what can be done with it.
func (g *aiaGuest) files(sel, reg, top isa.CSR, page, bit uint64) {
	g.indirect(sel, reg, 0x70, 0)
	g.indirect(sel, reg, 0x72, 0)
	for _, number := range []uint64{0x10, 0x31, 0x81, 0xc1} {
		g.indirect(sel, reg, number, illegal)
	}
	g.setIndirect(sel, reg, 0xc0, ^uint64(0))
	g.indirect(sel, reg, 0xc0, ^uint64(1))
	for _, number := range []uint64{0xc2, 0xc4, 0xc6} {
		g.setIndirect(sel, reg, number, ^uint64(0))
	}
	for _, id := range []uint64{200, 64, 5, 0, 256, 255, 5} {
		g.store(page, id)
	}
	g.load(page, 0)
	g.indirect(sel, reg, 0x80, 1<<5)
	g.indirect(sel, reg, 0x82, 1)
	g.indirect(sel, reg, 0x86, 1<<(200-192)|1<<63)
	g.read(top, 5<<16|5)
	g.mip(bit, 0)
	g.setIndirect(sel, reg, 0x70, 1)
	g.mip(bit, bit)
	g.swap(top, 0, 5<<16|5)
	g.read(top, 64<<16|64)
	g.setIndirect(sel, reg, 0x72, 64)
	g.read(top, 0)
	g.swap(top, 0, 0)
	g.mip(bit, 0)
	g.setIndirect(sel, reg, 0x72, 0)
	g.mip(bit, bit)
	g.write(sel, 0x80)
	g.LI(asm.T0, 0xff0).CSR(isa.CSRRS, asm.A0, reg, asm.T0) // pending by hand
	g.note(0)
	g.LI(asm.T0, 0xf0).CSR(isa.CSRRC, asm.A0, reg, asm.T0)
	g.note(0xff0)
	for _, id := range []uint64{8, 9, 10, 11, 64, 200, 255} {
		g.swap(top, ^uint64(0), id<<16|id)
	}
	g.swap(top, 0, 0)
	g.mip(bit, 0)
}

// mip notes a bit of mip.
func (g *aiaGuest) mip(bit, want uint64) {
	g.CSR(isa.CSRRS, asm.A0, isa.CSR_MIP, 0).LI(asm.T0, bit).R(isa.AND, asm.A0, asm.A0, asm.T0)
	g.note(want)
}

// taken takes an interrupt, of which mtopi tells before and stopi does not.
func (g *aiaGuest) taken() {
	identity := func(n isa.CSR, want uint64) {
		g.CSR(isa.CSRRS, asm.A0, n, 0).I(isa.SRLI, asm.A0, asm.A0, 16)
		g.note(want)
	}
	g.write(isa.CSR_MIE, 1<<11|1<<9)
	g.store(guestIMSIC, 7)
	identity(isa.CSR_MTOPI, 11)
	g.store(0x2800_0000, 3)
	identity(isa.CSR_MTOPI, 11)
	g.write(isa.CSR_MIDELEG, 1<<9)
	identity(isa.CSR_STOPI, 9)
	g.LI(asm.S2, 0).CSR(isa.CSRRSI, 0, isa.CSR_MSTATUS, 8)
	g.Label("taking").Branch(isa.BEQ, asm.S2, asm.Zero, "taking")
	g.CSR(isa.CSRRCI, 0, isa.CSR_MSTATUS, 8).I(isa.ADDI, asm.A0, asm.S2, 0)
	g.note(7<<16 | 7)
	identity(isa.CSR_MTOPI, 0)
	g.swap(isa.CSR_STOPEI, 0, 3<<16|3)
	identity(isa.CSR_STOPI, 0)
	g.write(isa.CSR_MIE, 0)
	g.write(isa.CSR_MIDELEG, 0)
}

// wires has the UART interrupt by the APLIC's S-level domain.
func (g *aiaGuest) wires() {
	const source, id = 10, 30
	g.store(aplicRoot+0x1bc0, guestIMSIC>>12) // where MSIs go, for machines that do not know
	g.store(aplicRoot+0x1bc8, 0x2800_0000>>12)
	g.store(aplicRoot+0x1bc4, 1<<12)
	g.load(aplicRoot, 0x8000_0004)
	g.load(guestAPLIC, 0x8000_0004)
	cfg := uint64(4 * source)
	g.store(aplicRoot+cfg, 1<<10)
	g.load(aplicRoot+cfg, 1<<10)
	g.store(guestAPLIC+cfg, 6)
	g.load(guestAPLIC+cfg, 6)
	g.store(guestAPLIC+0x3000+cfg, id)
	g.load(guestAPLIC+0x3000+cfg, id)
	g.store(guestAPLIC+0x1edc, source)
	g.bit(guestAPLIC+0x1e00, source, 1)
	g.bit(guestAPLIC+0x1d00, source, 0)
	g.LI(asm.T0, guestUART).LI(asm.T1, 2).S(isa.SB, asm.T1, asm.T0, 1) // an interrupt while there is room
	g.bit(guestAPLIC+0x1d00, source, 1)
	g.bit(guestAPLIC+0x1c00, source, 1)
	g.read(isa.CSR_STOPEI, 0)
	g.store(guestAPLIC, 1<<8)
	g.load(guestAPLIC, 0x8000_0104)
	g.bit(guestAPLIC+0x1c00, source, 0)
	g.swap(isa.CSR_STOPEI, 0, id<<16|id)
	g.read(isa.CSR_STOPEI, 0)
	g.store(guestAPLIC+0x2000, source) // still there: again
	g.swap(isa.CSR_STOPEI, 0, id<<16|id)
	g.LI(asm.T0, guestUART).S(isa.SB, asm.Zero, asm.T0, 1)
	g.bit(guestAPLIC+0x1d00, source, 0)
	g.store(guestAPLIC+0x3000, 41) // genmsi
	g.swap(isa.CSR_STOPEI, 0, 41<<16|41)
	g.store(guestAPLIC+cfg, 1) // detached
	g.bit(guestAPLIC+0x1e00, source, 1)
	g.store(guestAPLIC+0x1c00, 1<<source)
	g.swap(isa.CSR_STOPEI, 0, id<<16|id)
}

// toOther sends messages to hart 1, each when the one before has been claimed.
func (g *aiaGuest) toOther() {
	for i, id := range []uint64{9, 17, 255} {
		g.store(guestIMSIC+0x1000, id)
		label := fmt.Sprint("wait", i)
		g.LI(asm.T1, guestMail).LI(asm.T2, id<<16|id)
		g.Label(label).I(isa.LD, asm.A0, asm.T1, 0).Branch(isa.BNE, asm.A0, asm.T2, label)
		g.note(id<<16 | id)
	}
}

// print writes the results to the UART, a line each, and switches the machine off.
func (g *aiaGuest) print() {
	g.LI(asm.S2, guestResults).LI(asm.T3, guestUART).LI(asm.T4, 10)
	g.Label("line").I(isa.LD, asm.A0, asm.S2, 0).LI(asm.T5, 60)
	g.Label("digit").R(isa.SRL, asm.T0, asm.A0, asm.T5).I(isa.ANDI, asm.T0, asm.T0, 15).I(isa.ADDI, asm.T1, asm.T0, '0')
	g.Branch(isa.BLT, asm.T0, asm.T4, "decimal")
	g.I(isa.ADDI, asm.T1, asm.T0, 'a'-10)
	g.Label("decimal").S(isa.SB, asm.T1, asm.T3, 0).I(isa.ADDI, asm.T5, asm.T5, -4).Branch(isa.BGE, asm.T5, asm.Zero, "digit")
	g.S(isa.SB, asm.T4, asm.T3, 0).I(isa.ADDI, asm.S2, asm.S2, 8).Branch(isa.BLTU, asm.S2, asm.S1, "line")
	exit(g.Program, 0)
}

// others are what hart 1 does, and the trap handler.
func (g *aiaGuest) others() {
	g.Label("other")
	g.setIndirect(isa.CSR_MISELECT, isa.CSR_MIREG, 0x70, 1)
	for _, number := range []uint64{0xc0, 0xc2, 0xc4, 0xc6} {
		g.setIndirect(isa.CSR_MISELECT, isa.CSR_MIREG, number, ^uint64(0))
	}
	g.write(isa.CSR_MIE, 1<<11)
	g.LI(asm.S2, guestMail)
	g.Label("sleep").Op(isa.WFI).CSR(isa.CSRRW, asm.A0, isa.CSR_MTOPEI, 0)
	g.Branch(isa.BEQ, asm.A0, asm.Zero, "sleep")
	g.S(isa.SD, asm.A0, asm.S2, 0).Jump(0, "sleep")

	g.Align(4).Label("trap")
	g.CSR(isa.CSRRS, asm.T5, isa.CSR_MCAUSE, 0).Branch(isa.BLT, asm.T5, asm.Zero, "interrupt")
	g.CSR(isa.CSRRS, asm.T5, isa.CSR_MEPC, 0).I(isa.ADDI, asm.T5, asm.T5, 4).CSR(isa.CSRRW, 0, isa.CSR_MEPC, asm.T5).Op(isa.MRET)
	g.Label("interrupt").CSR(isa.CSRRW, asm.S2, isa.CSR_MTOPEI, 0).Op(isa.MRET)
}

// check compares what was printed with what has to be.
func (g *aiaGuest) check(t *testing.T, out string) {
	t.Helper()
	lines := strings.Fields(strings.ReplaceAll(out, "\x00", ""))
	if len(lines) != len(g.want) {
		t.Fatalf("%d results, want %d:\n%s", len(lines), len(g.want), out)
	}
	for i, want := range g.want {
		if lines[i] != fmt.Sprintf("%016x", want) {
			t.Errorf("result %d is %s, want %016x", i, lines[i], want)
		}
	}
}

// TestAIAGuest runs a program on two harts that uses interrupt files, APLIC and messages between harts, on every engine, and on
// QEMU, where that is installed and has the controllers.
func TestAIAGuest(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			g := makeAIAGuest()
			cfg := bare(g.Program, 2)
			engine(&cfg)
			cfg.AIA = AIAMessages
			res, out := runGuest(t, cfg)
			if res.Reason != PoweredOff {
				t.Errorf("%v; console:\n%s", res.Reason, out)
			}
			g.check(t, out)
		})
	}
	t.Run("qemu", func(t *testing.T) {
		qemu, err := exec.LookPath("qemu-system-riscv64")
		if err != nil {
			t.Skip("qemu-system-riscv64 is not installed")
		}
		g := makeAIAGuest()
		bios := filepath.Join(t.TempDir(), "guest.bin")
		if err := os.WriteFile(bios, slices.Clone(g.Bytes()), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		out, err := exec.CommandContext(ctx, qemu, "-M", "virt,aia=aplic-imsic", "-smp", "2", "-m", "64M", "-bios", bios,
			"-display", "none", "-monitor", "none", "-serial", "stdio").Output()
		if err != nil {
			t.Fatalf("%v; console:\n%s", err, out)
		}
		g.check(t, string(out))
	})
}
