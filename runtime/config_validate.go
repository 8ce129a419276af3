package runtime

import (
	"fmt"
	"math"
	"slices"
)

const (
	minMemory = 1 * MiB
	maxMemory = 1 * TiB
	pageSize  = 4 * KiB
)

// ConfigError is a setting that no machine can have.
type ConfigError struct {
	// Option is the yaml name of the setting.
	Option string
	// Problem says what is wrong and what to write instead.
	Problem string
}

func (e *ConfigError) Error() string { return "--" + e.Option + ": " + e.Problem }

func wrong(option, format string, args ...any) error {
	return &ConfigError{Option: option, Problem: fmt.Sprintf(format, args...)}
}

// Validate returns a *ConfigError for the first setting that is impossible by itself or together with others. It opens
// no file: whether the guest can be loaded is New's to find out.
func (c *Config) Validate() error {
	for _, check := range []func() error{c.checkHarts, c.checkMemory, c.checkGuest, c.checkBoot, c.checkDrives, c.checkMMU, c.checkJIT, c.checkCodeCache, c.checkHeap} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkHarts() error {
	if c.Harts < 1 || c.Harts > MaxHarts {
		return wrong("harts", "a machine of %d harts is impossible; choose 1 to %d", c.Harts, MaxHarts)
	}
	if c.PoolSize < 0 || c.PoolSize > math.MaxInt16 {
		return wrong("pool-size", "%d workers are impossible; choose 1 to %d, or 0 for two a host CPU", c.PoolSize, math.MaxInt16)
	}
	if c.PMPGranularity != finePMP && c.PMPGranularity != coarsePMP {
		return wrong("pmp-granularity", "regions of %d bytes are impossible; choose %d or %d", c.PMPGranularity, finePMP, coarsePMP)
	}
	return nil
}

func (c *Config) checkMemory() error {
	if c.Memory < minMemory || c.Memory > maxMemory {
		return wrong("memory", "%s bytes of RAM are impossible; choose %s to %s, such as 512M", c.Memory, minMemory, maxMemory)
	}
	if c.Memory%pageSize != 0 {
		return wrong("memory", "%s bytes of RAM are not a whole number of 4 KiB pages; choose %s", c.Memory, c.Memory/pageSize*pageSize)
	}
	if err := c.checkCode("load-address", c.LoadAddress); err != nil {
		return err
	}
	return c.checkCode("nmi-vector", c.NMIVector)
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
	case !c.HasGuest():
		return wrong("program", "there is nothing to run; name a program, or a kernel with --kernel")
	}
	return nil
}

func (c *Config) checkBoot() error {
	if c.ResetCode < 0 || c.ResetCode > 255 {
		return wrong("reset-code", "%d is no exit code; choose 0 to 255", c.ResetCode)
	}
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
		return wrong("drive", "%d drives are too many; the machine has room for %d beside its other virtio devices", len(c.Drives), room)
	}
	policies := []FullPolicy{PauseIfFull, EndIfFull, ReportIfFull}
	if !slices.Contains(policies, c.DiskFull) {
		return wrong("disk-full", "%q is not known; choose %s", c.DiskFull, list(policies))
	}
	if c.OverlayLimit > 0 && c.OverlayLimit < MiB {
		return wrong("overlay-limit", "%s is too little for an overlay; choose 1M or more, or 0 for no limit", c.OverlayLimit)
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

// driveSlots returns the virtio slots that are left for drives.
func (c *Config) driveSlots() int { return MaxDrives - len(otherVirtIO(c)) }

// writes returns the file that the drive changes, if any.
func (d Drive) writes() string {
	if d.Overlay || d.ReadOnly {
		return ""
	}
	return d.Path
}

func (c *Config) checkMMU() error {
	if modes := []MMUMode{Sv39, Sv48, Sv57}; !slices.Contains(modes, c.MMU) {
		return wrong("mmu", "%q is not known; choose %s", c.MMU, list(modes))
	}
	strategies := []MMUStrategy{MultiLevel, Concurrent, Hybrid}
	if !slices.Contains(strategies, c.MMUStrategy) {
		return wrong("mmu-strategy", "%q is not known; choose %s", c.MMUStrategy, list(strategies))
	}
	consoles := []ConsoleKind{ConsoleUART, ConsoleVirtio}
	if !slices.Contains(consoles, c.Console) {
		return wrong("console", "%q is not known; choose %s", c.Console, list(consoles))
	}
	if c.Prefetch && (c.PrefetchHistory < 3 || c.PrefetchHistory > 4096) {
		return wrong("prefetch-history", "a window of %d misses is impossible; choose 3 to 4096, or --prefetch=false", c.PrefetchHistory)
	}
	if c.Prefetch && (c.PrefetchDistance < 1 || c.PrefetchDistance > 64) {
		return wrong("prefetch-distance", "%d pages ahead is impossible; choose 1 to 64, or --prefetch=false", c.PrefetchDistance)
	}
	return nil
}
