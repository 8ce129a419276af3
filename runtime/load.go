package runtime

import (
	"bytes"
	"fmt"
	"os"

	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
	"github.com/hartwood-vm/hartwood/runtime/device/htif"
	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// plan is how the loaded guest starts.
type plan struct {
	entry uint64
	priv  shardedtlb.Priv
	all   bool // every hart starts; otherwise hart 0 alone
	fdt   uint64
}

func (p plan) starts(id int) bool { return p.all || id == 0 }

func (m *Machine) load() error {
	data := m.cfg.ProgramData
	if data == nil {
		var err error
		if data, err = os.ReadFile(m.cfg.Program); err != nil {
			return err
		}
	}
	im, err := elfimage.Open("guest", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	if err := im.Load(m.mem, 0); err != nil {
		return err
	}
	entry, _ := im.PhysicalEntry()
	m.plan = plan{entry: entry, priv: shardedtlb.M, all: true}
	syms, err := im.Symbols()
	if err != nil {
		return err
	}
	if t, ok := syms.Lookup("tohost"); ok {
		f, _ := syms.Lookup("fromhost")
		port, err := htif.NewPort(m.mem, t.Value, f.Value)
		if err != nil {
			return err
		}
		if err := m.mem.Watch(t.Value, 8, func() { m.htifPoll(port) }); err != nil {
			return fmt.Errorf("tohost: %w", err)
		}
	}
	for _, h := range m.harts {
		h.Reset(entry, shardedtlb.M, uint64(h.ID), m.plan.fdt, 0)
	}
	return nil
}
