package runtime

import (
	"encoding/binary"
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/fwcfg"
	"github.com/hartwood-vm/hartwood/runtime/device/pflash"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

const (
	flashBase  = 0x2000_0000
	fwcfgBase  = 0x1010_0000
	flashBanks = 2
	// maxFirmwareFile bounds the kernel and the initrd that fw_cfg hands to firmware, which are held in the host's memory.
	maxFirmwareFile = 1 << 30
)

// hasFlash says that the machine has flash, and with it what firmware there expects.
func (c *Config) hasFlash() bool { return c.Pflash0 != "" || c.Pflash1 != "" }

// rom is what harts fetch from beside RAM.
func (c *Config) rom() physmem.Range {
	if !c.hasFlash() {
		return physmem.Range{}
	}
	return physmem.Range{Base: flashBase, Size: flashBanks * pflash.Size}
}

// flashRows are the two banks and fw_cfg, if there is flash.
func flashRows(c *Config) []row {
	if !c.hasFlash() {
		return nil
	}
	bank := func(n int) maker { return func(b *bus, _ device.Line) (device.Device, error) { return b.makeFlash(n) } }
	return []row{
		at(fwcfgBase, 0, fwcfg.Describe(), (*bus).makeFwCfg),
		at(flashBase, 0, pflash.Describe(), bank(0)),
		at(flashBase+pflash.Size, 0, pflash.DescribeSecond(), bank(1)),
	}
}

// makeFlash makes a bank. The first one is read-only; the second one follows its file, and its file follows it.
func (b *bus) makeFlash(n int) (device.Device, error) {
	mem, base := b.m.core.Mem, flashBase+uint64(n)*pflash.Size
	bytes := mem.ROM()[n*pflash.Size : (n+1)*pflash.Size]
	path := []string{b.m.cfg.Pflash0, b.m.cfg.Pflash1}[n]
	fail := func(err error) error { return fmt.Errorf("--pflash%d: %w", n, err) }
	if path == "" {
		pflash.Erase(bytes)
	} else if err := pflash.Read(b.ctx, path, bytes); err != nil {
		return nil, fail(err)
	}
	var file *pflash.File
	d := pflash.New(pflash.Config{Bytes: bytes, Writable: n == 1, Changed: func(off, n uint64) {
		mem.NoteWrite(base+off, n)
		if file != nil {
			file.Changed()
		}
	}})
	if n == 1 && path != "" {
		var err error
		if file, err = pflash.Open(path, bytes, d.Still); err != nil {
			return nil, fail(err)
		}
		b.flash = append(b.flash, file)
		b.remarks = append(b.remarks, func() string {
			if err := file.Err(); err != nil {
				return fmt.Sprintf("the guest's flash cannot be kept in %s: %v", path, err)
			}
			return ""
		})
	}
	return d, nil
}

// makeFwCfg makes the device that tells firmware what the machine has, and hands it the kernel to be started.
func (b *bus) makeFwCfg(device.Line) (device.Device, error) {
	c := &b.m.cfg
	harts := binary.LittleEndian.AppendUint16(nil, uint16(c.Harts))
	items := map[fwcfg.Key][]byte{
		fwcfg.KeyRAMSize: binary.LittleEndian.AppendUint64(nil, uint64(c.Memory)),
		fwcfg.KeyCPUs:    harts, fwcfg.KeyMaxCPUs: harts,
	}
	for _, f := range []struct {
		option, path string
		size, data   fwcfg.Key
	}{{"--kernel", c.flashKernel(), fwcfg.KeyKernelSize, fwcfg.KeyKernel}, {"--initrd", c.Initrd, fwcfg.KeyInitrdSize, fwcfg.KeyInitrd}} {
		if f.path == "" {
			continue
		}
		data, err := hostfile.ReadAll(b.ctx, f.path, min(int64(c.Memory), maxFirmwareFile))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.option, err)
		}
		items[f.size] = binary.LittleEndian.AppendUint32(nil, uint32(len(data)))
		items[f.data] = data
	}
	if c.flashKernel() != "" && c.Append != "" {
		line := append([]byte(c.Append), 0)
		items[fwcfg.KeyCommandSize] = binary.LittleEndian.AppendUint32(nil, uint32(len(line)))
		items[fwcfg.KeyCommand] = line
	}
	return fwcfg.New(fwcfg.Config{Memory: b.m.core.Mem, Items: items})
}

// flashKernel is the kernel that firmware in flash starts.
func (c *Config) flashKernel() string {
	if c.Pflash0 == "" {
		return ""
	}
	return c.Kernel
}
