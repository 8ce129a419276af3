package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"crypto/rand"

	"github.com/hartwood-vm/hartwood/runtime/boot"
	"github.com/hartwood-vm/hartwood/runtime/boot/devicetree"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
)

// cacheBlock is the size of the cache blocks that Zicbom, Zicbop and Zicboz work on.
const cacheBlock = 64

// load puts the guest into memory and readies the harts. Reading ends with ctx.
func (m *Machine) load(ctx context.Context) (err error) {
	files := openFiles{ctx: ctx}
	defer func() { err = errors.Join(err, files.close()) }()
	extensions := extensionsOf(&m.cfg)
	cfg := boot.Config{
		Append: m.cfg.Append, LoadAddress: m.cfg.LoadAddress, NoFirmware: m.cfg.Bios == BiosNone,
		Tree: devicetree.Config{
			Harts: m.cfg.Harts, ISA: isaString(extensions), ISABase: "rv64i", Extensions: extensions, MMUType: "riscv," + string(m.cfg.CPU.MMU),
			CBOMBlock: cacheBlock, CBOZBlock: cacheBlock, CBOPBlock: cacheBlock,
			Devices: places(m.board), PMU: pmu(), HeapReserve: uint64(m.cfg.Heap.Reserve),
		},
		RNGSeed: make([]byte, 64),
	}
	if _, err := io.ReadFull(m.entropy(), cfg.RNGSeed); err != nil {
		return fmt.Errorf("entropy: %w", err)
	}
	if cfg.Append == "" && m.cfg.Kernel != "" && m.cfg.DTB == "" {
		cfg.Append = defaultAppend(m.cfg.Console)
	}
	option, kernel := "--kernel", m.cfg.Kernel
	if kernel == "" {
		option, kernel = "program", m.cfg.Program
		cfg.Program = true
	}
	if len(m.cfg.ProgramData) > 0 && kernel == "" {
		cfg.Kernel = &boot.File{Name: "the embedded program", Data: bytes.NewReader(m.cfg.ProgramData), Size: int64(len(m.cfg.ProgramData))}
	} else if cfg.Kernel, err = files.file(option, kernel); err != nil {
		return err
	}
	if cfg.BIOS, err = files.file("--bios", m.cfg.firmware()); err != nil {
		return err
	}
	if cfg.Initrd, err = files.file("--initrd", m.cfg.Initrd); err != nil {
		return err
	}
	if cfg.DTB, err = files.file("--dtb", m.cfg.DTB); err != nil {
		return err
	}
	if m.cfg.Pflash0 != "" {
		cfg.Flash = flashBase
	}
	if m.plan, err = boot.Load(m.core.Mem, cfg); err != nil {
		return err
	}
	if m.cfg.CPU.NMIVector != 0 && m.plan.Mode == boot.Supervisor {
		return wrong("nmi-vector", "the guest runs on the built-in firmware, which has no handler for NMIs; give --bios FILE or --bios none, or leave it out")
	}
	return m.connectHTIF()
}

// entropy is the source of the machine's random numbers.
func (m *Machine) entropy() io.Reader {
	if m.cfg.Entropy != nil {
		return m.cfg.Entropy
	}
	return rand.Reader
}

// defaultAppend is a kernel command line that uses the console in use.
func defaultAppend(c ConsoleKind) string {
	if c == ConsoleVirtio {
		return "console=hvc0"
	}
	return "console=ttyS0 earlycon"
}

// openFiles are the files of one load.
type openFiles struct {
	ctx  context.Context // reading ends with it
	open []*hostfile.File
}

// file opens the file that an option names; "" gives nil.
func (o *openFiles) file(option, path string) (*boot.File, error) {
	if path == "" {
		return nil, nil
	}
	f, err := hostfile.Open(o.ctx, path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", option, err)
	}
	o.open = append(o.open, f)
	return &boot.File{Name: path, Data: f, Size: f.Size}, nil
}

func (o *openFiles) close() error {
	var errs []error
	for _, f := range o.open {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
