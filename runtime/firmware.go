package runtime

import (
	"iter"

	"github.com/hartwood-vm/hartwood/runtime/boot/sbi"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// firmware is the built-in SBI firmware as harts see it (vcpu.Firmware).
type firmware struct {
	m   *Machine
	sbi *sbi.Firmware
}

func newFirmware(m *Machine) *firmware {
	return &firmware{m, sbi.New((*platform)(m), sbi.Identity{})}
}

// Call executes the SBI call of h. Once the guest has asked for the end there are none.
func (f *firmware) Call(h *vcpu.Hart) vcpu.CallResult {
	if f.m.over.Load() {
		return vcpu.CallStopped
	}
	return f.sbi.Call(caller{h})
}

// caller is a hart during its SBI call (sbi.Hart).
type caller struct{ h *vcpu.Hart }

func (c caller) ID() int                              { return c.h.ID }
func (c caller) X(n int) uint64                       { return c.h.X(n) }
func (c caller) SetX(n int, v uint64)                 { c.h.SetX(n, v) }
func (c caller) SetTimer(v uint64)                    { c.h.SetTimer(v) }
func (c caller) ClearIPI() bool                       { return c.h.ClearLine(vcpu.LineSSIP) }
func (c caller) ReadVirtual(va uint64, p []byte) bool { return c.h.ReadVirtual(va, p) }
func (c caller) ReadCSR(n isa.CSR) uint64             { return c.h.ReadCSR(n) }
func (c caller) WriteCSR(n isa.CSR, v uint64)         { c.h.WriteCSR(n, v) }
func (c caller) Counts(event uint64) bool             { return vcpu.CountsEvent(event) }
func (c caller) Exceptions(cause int) uint64          { return c.h.Exceptions(cause) }
func (c caller) KeepStealTime(pa uint64)              { c.h.KeepStealTime(pa) }
func (c caller) ForgetStealTime()                     { c.h.ForgetStealTime() }

// platform is the machine as the firmware sees it (sbi.Platform).
type platform Machine

func (p *platform) Harts() int { return len(p.core.Harts) }

func (p *platform) SendIPI(i int) { p.core.Harts[i].SetLine(vcpu.LineSSIP, true) }

// fencePages is the number of pages above which a ranged fence fences all.
const fencePages = 64

// Fence posts the fence to the targets; the last one to have done it lets the
// caller go on.
func (p *platform) Fence(c sbi.Hart, targets iter.Seq[int], f sbi.FenceRequest) {
	var harts []*vcpu.Hart
	self := c.(caller).h
	for i := range targets {
		if i == self.ID {
			p.fence(self, f)
		} else {
			harts = append(harts, p.core.Harts[i])
		}
	}
	if len(harts) == 0 {
		return
	}
	self.Block()
	p.core.Handshake(harts, func(h *vcpu.Hart) { p.fence(h, f) }, self.Unblock)
}

// fence carries out f on h, at a safe point.
func (p *platform) fence(h *vcpu.Hart, f sbi.FenceRequest) {
	const page = 4096
	switch all := f.Full || f.Size > fencePages*page; {
	case f.Kind == sbi.FenceI:
		h.Core.FenceI()
	case all && f.Kind == sbi.SFence:
		h.MMU.FenceAll()
	case all:
		h.MMU.FenceASID(uint16(f.ASID))
	default:
		first := f.Start &^ (page - 1)
		for n := range (f.Start + f.Size - first + page - 1) / page {
			if f.Kind == sbi.SFence {
				h.MMU.FenceVA(first + n*page)
			} else {
				h.MMU.FenceVAASID(first+n*page, uint16(f.ASID))
			}
		}
	}
}

func (p *platform) StartHart(i int, pc, opaque uint64) sbi.Error {
	if !p.core.Harts[i].Start(pc, shardedtlb.S, uint64(i), opaque) {
		return sbi.AlreadyAvailable
	}
	return sbi.Success
}

// StopHart has nothing to do: the hart stops when its call returns.
func (p *platform) StopHart(sbi.Hart) sbi.Error { return sbi.Success }

func (p *platform) Status(i int) vcpu.Status { return p.core.Harts[i].Status() }

func (p *platform) SuspendHart(c sbi.Hart, s sbi.Suspend) sbi.Error {
	h := c.(caller).h
	if s.Retentive {
		h.Suspend()
	} else {
		h.SuspendTo(s.Resume, s.Opaque)
	}
	return sbi.Success
}

func (p *platform) Shutdown(kind sbi.Reset, failure bool) {
	m := (*Machine)(p)
	switch {
	case kind != sbi.Shutdown:
		m.finish(ending{reason: Rebooted})
	case failure:
		m.finish(ending{reason: Exited, code: 1})
	default:
		m.finish(ending{reason: PoweredOff})
	}
}

func (p *platform) ConsoleWrite(b []byte) int {
	n, err := p.bus.console.writeFromHart(b)
	if err != nil {
		return -1
	}
	return n
}

func (p *platform) ConsoleRead(b []byte) int { return p.bus.console.claim(b) }

func (p *platform) ReadGuest(pa uint64, b []byte) error  { return p.core.Mem.ReadAt(b, pa) }
func (p *platform) WriteGuest(pa uint64, b []byte) error { return p.core.Mem.WriteAt(b, pa) }
