package runtime

import (
	"errors"

	"github.com/hartwood-vm/hartwood/gcpar"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// ConfigError is a setting that no machine can have. Option is its name, Problem says what is wrong and what to write
// instead.
type ConfigError = setting.Error

var wrong = setting.Wrong

// Validate returns a *ConfigError for the first setting that is impossible by itself or together with others. It opens
// no file: whether the guest can be loaded is New's to find out.
func (c *Config) Validate() error {
	for _, group := range c.Settings() {
		if err := setting.Check(group.Settings); err != nil {
			return err
		}
	}
	for _, check := range []func() error{
		c.checkAddresses, c.checkGuest, c.checkBoot, c.checkNet, c.checkShares, c.checkDrives, c.checkHeap,
		c.TLB.Validate, c.JIT.Validate, c.CodeCache.Validate, c.CodeStore.Validate, c.checkCodeCache, c.Heap.Validate,
	} {
		err := check()
		if named := (*ConfigError)(nil); errors.As(err, &named) {
			return named
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkAddresses() error {
	if err := c.checkCode("load-address", c.LoadAddress); err != nil {
		return err
	}
	return c.checkCode("nmi-vector", c.CPU.NMIVector)
}

// checkCode wants an address, if it is given, to be one where an instruction can be.
func (c *Config) checkCode(option string, address uint64) error {
	if address == 0 {
		return nil
	}
	if address < RAMBase || address-RAMBase >= uint64(c.Memory) {
		return wrong(option, "%#x is not in RAM, which is %#x to %#x", address, RAMBase, RAMBase+uint64(c.Memory)-1)
	}
	if address%2 != 0 {
		return wrong(option, "%#x is odd, and no instruction can be there; choose an even address", address)
	}
	return nil
}

func (c *Config) checkGuest() error {
	program := c.Program != "" || len(c.ProgramData) > 0
	switch {
	case c.Program != "" && len(c.ProgramData) > 0:
		return wrong("program", "the program is given both as a file and as bytes; give one")
	case program && c.Kernel != "":
		return wrong("kernel", "a bare-metal program and a kernel cannot both run; give one of them")
	case program && c.firmware() != "":
		return wrong("bios", "a bare-metal program runs without firmware; give --kernel for a guest that needs one, or leave --bios out")
	case program && c.Pflash0 != "":
		return wrong("pflash0", "a bare-metal program and firmware in flash cannot both run; give one of them")
	case c.Pflash0 != "" && c.Pflash0 == c.Pflash1:
		return wrong("pflash1", "both banks are %s; give firmware's variables a file of their own", c.Pflash1)
	case !c.HasGuest():
		return wrong("program", "there is nothing to run; name a program, or a kernel with --kernel")
	}
	return nil
}

func (c *Config) checkBoot() error {
	if c.ResetCode != 0 && !c.NoReboot {
		return wrong("reset-code", "a reset starts the machine anew; give --no-reboot too for it to end with code %d", c.ResetCode)
	}
	if c.HostFiles != "" && (c.firmware() != "" || c.Kernel != "" && c.Bios == "") {
		return wrong("host-files", "the host's files are for bare-metal programs, not for firmware or kernels on it; leave one of both out")
	}
	if c.Kernel != "" {
		return nil
	}
	if c.Initrd != "" {
		return wrong("initrd", "an initial RAM disk is a kernel's; give --kernel too")
	}
	if c.Append != "" {
		return wrong("append", "a command line is a kernel's; give --kernel too")
	}
	return nil
}

func (c *Config) checkDrives() error {
	if room := c.driveSlots(); len(c.Drives) > room {
		return wrong("drive", "%d drives are too many; the machine has room for %d beside its other virtio devices%s", len(c.Drives), room, moreDrives(c))
	}
	if c.VirtIOLegacy && c.Bus == BusPCI {
		return wrong("virtio-legacy", "devices on PCI have no version 1; choose --bus mmio, or leave it out")
	}
	writers := map[string]bool{}
	for _, d := range c.Drives {
		if d.Path == "" {
			return wrong("drive", "a drive without an image file; write FILE[,readonly][,overlay[=DIRECTORY]]")
		}
		if d.ReadOnly && d.Overlay {
			return wrong("drive", "%s is read-only and has an overlay to write to; choose one", d.Path)
		}
		if d.OverlayDir != "" && !d.Overlay {
			return wrong("drive", "%s names an overlay directory without Overlay", d.Path)
		}
		if target := d.writes(); target != "" {
			if writers[target] {
				return wrong("drive", "two drives write to %s, which would destroy it; make one of them readonly or an overlay", target)
			}
			writers[target] = true
		}
	}
	return nil
}

// driveSlots returns the places on the bus that are left for drives.
func (c *Config) driveSlots() int {
	if c.Bus == BusPCI {
		return MaxDrivesPCI - len(otherVirtIO(c))
	}
	return MaxDrives - len(otherVirtIO(c))
}

// moreDrives is advice for who wants more.
func moreDrives(c *Config) string {
	if c.Bus == BusPCI {
		return ""
	}
	return ", and for more with --bus pci"
}

// writes returns the file that the drive changes, if any.
func (d Drive) writes() string {
	if d.Overlay || d.ReadOnly {
		return ""
	}
	return d.Path
}

func (c *Config) checkHeap() error {
	switch {
	case c.Heap.Reserve > c.Heap.Size:
		return wrong("managed-heap-reserve", "%s cannot be reserved; choose at most --managed-heap, which is %s", c.Heap.Reserve, c.Heap.Size)
	case c.Heap.Reserve > c.Memory/2:
		return wrong("managed-heap-reserve", "%s are more than half of the memory, which is %s; choose less, or more --memory", c.Heap.Reserve, c.Memory)
	case c.Heap.Reserve > 0 && c.Memory%gcpar.Align != 0:
		return wrong("memory", "%s is not a multiple of 64 KiB, which --managed-heap-reserve needs", c.Memory)
	}
	return nil
}

// checkCodeCache wants room for the code that each worker is making while others' is being evicted.
func (c *Config) checkCodeCache() error {
	workers := c.JIT.WorkerCount()
	if c.CodeStore.Wanted() {
		workers *= 2 // as many harts may be loading code
	}
	if c.CodeCache.Entries < 2*(workers+1) {
		return wrong("code-cache-entries", "%d pages are too few for %d workers; choose %d or more, or fewer --jit-workers",
			c.CodeCache.Entries, workers, 2*(workers+1))
	}
	return nil
}
