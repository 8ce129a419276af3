package runtime

import (
	"math"

	"github.com/hartwood-vm/hartwood/gcpar"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// Settings describes every field of the configuration that has a text form, in the order in which help and documentation
// show them. Default, Validate, the options of the command, configuration files and the tables in docs/TUNING.md are
// made from it.
func (c *Config) Settings() []setting.Group {
	return []setting.Group{
		{Title: "Guest", Everyday: true, Settings: c.guestSettings()},
		{Title: "Machine", Everyday: true, Settings: c.boardSettings()},
		{Title: "Harts", Settings: c.hartSettings()},
		{Title: "Address translation", Settings: append(c.translationSettings(), c.TLB.Settings()...)},
		{Title: "Native code", Settings: append(c.nativeSettings(), c.JIT.Settings()...)},
		{Title: "Cache of native code", Settings: append(c.CodeCache.Settings(), c.CodeStore.Settings()...)},
		{Title: "Managed heap", Settings: append(c.heapSettings(), c.Heap.Settings()...)},
		{Title: "Profile", Settings: c.profileSettings()},
		{Title: "Host", Settings: c.hostSettings()},
	}
}

func (c *Config) guestSettings() []setting.Setting {
	program := setting.File(&c.Program, "program", "`FILE` of a bare-metal program: an ELF, or a raw binary", "the embedded guest")
	program.Argument = true
	return []setting.Setting{
		program,
		setting.Short("k", setting.File(&c.Kernel, "kernel", "`FILE` of a kernel for S-mode: a Linux Image or vmlinux, another ELF, or a raw binary", "")),
		setting.File(&c.Initrd, "initrd", "`FILE` of the initial RAM disk for the kernel", ""),
		setting.Text(&c.Append, "append", "`LINE` of commands for the kernel", "one that names the console"),
		setting.File(&c.Bios, "bios", "`FILE` of an M-mode firmware, an OpenSBI fw_jump or fw_dynamic, or none", "built in"),
		setting.File(&c.Pflash0, "pflash0", "`FILE` of S-mode firmware in flash, 32 MiB: EDK2's RISCV_VIRT_CODE.fd", ""),
		setting.File(&c.Pflash1, "pflash1", "`FILE` that firmware keeps its variables in, 32 MiB: a copy of RISCV_VIRT_VARS.fd", ""),
		setting.File(&c.DTB, "dtb", "`FILE` of a device tree to use in place of the generated one", ""),
		setting.File(&c.Symbols, "symbols", "`FILE` with the names of the guest's functions: a vmlinux, or a System.map", ""),
		setting.Address(&c.LoadAddress, "load-address", "`ADDRESS` of a raw binary", "RAM, or RAM + 2 MiB with --kernel"),
		setting.Switch(&c.Semihosting, true, "semihosting", "answer semihosting calls of bare-metal programs"),
		setting.File(&c.HostFiles, "host-files", "`DIRECTORY` whose files bare-metal programs may read and write", "none"),
	}
}

func (c *Config) boardSettings() []setting.Setting {
	return []setting.Setting{
		setting.Suggest(setting.Short("n", setting.Int(&c.Harts, 1, "harts", "`NUMBER` of guest CPUs").Between(1, MaxHarts).Of("harts")),
			"1", "2", "4", "8"),
		setting.Suggest(setting.Short("m", setting.Bytes(&c.Memory, 512*MiB, "memory", "`SIZE` of RAM, which is committed as it is touched").
			Between(MiB, TiB).MultipleOf(4*KiB).Of("bytes of RAM")), "512M", "1G", "2G", "4G"),
		setting.List(&c.Drives, "drive", "drive", "disk image `FILE`, raw or qcow2, options behind commas as above; may be repeated"),
		setting.OneOf(&c.Console, ConsoleUART, "console", "`DEVICE` that the terminal is connected to", ConsoleUART, ConsoleVirtio),
		setting.OneOf(&c.DiskFull, PauseIfFull, "disk-full", "`POLICY` when the host has no room for a drive (report: to the guest)",
			PauseIfFull, EndIfFull, ReportIfFull),
		setting.Bytes(&c.OverlayLimit, 0, "overlay-limit", "`SIZE` that each overlay may grow to").AtLeast(MiB).Zero("any"),
		setting.File(&c.ImageCache, "image-cache", "`DIRECTORY` for packed images, which are unpacked there", "the user's cache"),
		setting.Bytes(&c.ImageCacheLimit, 64*GiB, "image-cache-limit", "`SIZE` that all images and roots there may take of the disk").AtLeast(MiB),
		setting.Switch(&c.RNG, true, "rng", "put an entropy device behind the other virtio devices"),
		setting.One(&c.Net, "network", "net", "what the `NETWORK` device is connected to, options behind commas as above", "user for kernels and firmware, none for programs"),
		setting.List(&c.Forwards, "forward", "forward", "`PORT` of the host's that leads to the guest, such as tcp:127.0.0.1:2222:22; may be repeated"),
		setting.List(&c.Shares, "share", "share", "`DIRECTORY` that the guest can mount, options behind commas as above; may be repeated"),
		setting.OneOf(&c.Bus, BusMMIO, "bus", "`KIND` of bus for virtio devices", BusMMIO, BusPCI),
		setting.OneOf(&c.AIA, AIANone, "aia", "`KIND` of interrupt controllers in place of the PLIC", AIANone, AIAWired, AIAMessages),
		setting.Switch(&c.VirtIOLegacy, false, "virtio-legacy", "make virtio devices ones of version 1, for older drivers"),
		setting.Switch(&c.NoReboot, false, "no-reboot", "end when the guest asks for a reset"),
		setting.Int(&c.ResetCode, 0, "reset-code", "exit `CODE` when --no-reboot ends the run, as after a kernel's panic").Between(0, 255),
		setting.Switch(&c.Stats, false, "stats", "print a summary of the run on standard error"),
	}
}

func (c *Config) hartSettings() []setting.Setting {
	return []setting.Setting{
		setting.Switch(&c.CPU.StrictAlign, false, "strict-align", "make misaligned accesses exceptions, as on simple hardware"),
		setting.Address(&c.CPU.NMIVector, "nmi-vector", "give harts Smrnmi, with `ADDRESS` of the guest's NMI handler", "no NMIs"),
	}
}

func (c *Config) translationSettings() []setting.Setting {
	return []setting.Setting{
		setting.OneOf(&c.CPU.MMU, Sv48, "mmu", "largest `MODE` of address translation", Sv39, Sv48, Sv57),
		setting.OneOf(&c.HugePages, HugePagesAuto, "huge-pages", "ask the host for huge pages behind RAM; `MODE` auto does for kernels and firmware",
			HugePagesAuto, HugePagesOn, HugePagesOff).Alias("true", HugePagesOn).Alias("false", HugePagesOff).Alone(HugePagesOn),
	}
}

// maxRegionSamples bounds RegionSamples: a block that is found so often is hot whatever the machine is.
const maxRegionSamples = 1 << 20

func (c *Config) nativeSettings() []setting.Setting {
	return []setting.Setting{
		setting.OneOf(&c.JIT.Mode, JITQuick, "jit", "`MODE` of execution (off interprets everything, on compiles the hottest loops as a whole, too)", JITOff, JITQuick, JITOn),
		setting.Int(&c.JIT.RegionSamples, 8, "jit-region-samples", "`NUMBER` of samples that must find a block before --jit on compiles the loop around it as a whole").
			Between(1, maxRegionSamples).Of("samples"),
	}
}

func (c *Config) heapSettings() []setting.Setting {
	return []setting.Setting{
		setting.Bytes(&c.Heap.Size, 256*MiB, "managed-heap", "`SIZE` of the largest heap that is collected for the guest").
			AtMost(gcpar.MaxSize).MultipleOf(gcpar.Align).Zero("no collector, device and instructions").Of("bytes of heap"),
		setting.Bytes(&c.Heap.Reserve, 0, "managed-heap-reserve", "`SIZE` of RAM kept from the kernel for a heap of user processes").
			AtMost(gcpar.MaxSize).MultipleOf(gcpar.Align).Of("bytes of RAM"),
	}
}

func (c *Config) profileSettings() []setting.Setting {
	p := &c.Profile
	return []setting.Setting{
		setting.File(&p.CPU, "cpuprofile", "`FILE` for go tool pprof: where the guest spends its time", ""),
		setting.File(&p.Folded, "folded", "`FILE` of the same call stacks as text, for flame-graph scripts", ""),
		setting.File(&p.Flames, "flamegraph", "`FILE` for a flame graph of them, an SVG picture", ""),
		setting.File(&p.Memory, "memprofile", "`FILE` for go tool pprof: what this program holds on Go's heap at the end", ""),
		setting.Int(&p.Rate, 100, "profile-rate", "`NUMBER` of samples a second of each hart that runs").Between(1, 5000).Of("samples a second"),
		setting.List(&p.Symbols, "path", "user-symbols", "ELF `FILE` that processes of the guest run, for names; may be repeated"),
	}
}

func (c *Config) hostSettings() []setting.Setting {
	return []setting.Setting{
		setting.Int(&c.PoolSize, 0, "pool-size", "`NUMBER` of workers that harts take turns on").
			Between(1, math.MaxInt16).Zero("two for each host CPU").Of("workers"),
		setting.OneOf(&c.PerfMap, PerfMapOff, "perf-map", "write /tmp/perf-PID.map, which Linux perf reads, and remove it at the end unless `MODE` is keep",
			PerfMapOff, PerfMapOn, PerfMapKeep).Alias("true", PerfMapOn).Alias("false", PerfMapOff).Alone(PerfMapOn),
		setting.File(&c.JITDump, "jitdump", "write native code with its names to `DIRECTORY`/jit-PID.dump, for perf inject --jit", ""),
	}
}
