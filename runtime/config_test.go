package runtime

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/network"
	"github.com/hartwood-vm/hartwood/runtime/storage"
)

func TestDefaultIsPossible(t *testing.T) {
	c := Default()
	c.Program = "guest.elf"
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestValidateNamesOption(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		option string // empty: possible
		says   string
	}{
		{"no harts", func(c *Config) { c.Harts = 0 }, "harts", "1 to 4095"},
		{"5000 harts", func(c *Config) { c.Harts = 5000 }, "harts", "1 to 4095"},
		{"negative harts", func(c *Config) { c.Harts = -1 }, "harts", "1 to 4095"},
		{"4095 harts", func(c *Config) { c.Harts = 4095 }, "", ""},
		{"PMP granularity", func(c *Config) { c.TLB.PMPGranularity = 8 }, "pmp-granularity", "choose 4096 or 4"},
		{"fine PMP", func(c *Config) { c.TLB.PMPGranularity = 4 }, "", ""},
		{"negative pool", func(c *Config) { c.PoolSize = -3 }, "pool-size", "0 for two"},
		{"no memory", func(c *Config) { c.Memory = 0 }, "memory", "1M to 1T"},
		{"64 GiB", func(c *Config) { c.Memory = 64 * GiB }, "", ""},
		{"too much memory", func(c *Config) { c.Memory = 2 * TiB }, "memory", "1M to 1T"},
		{"half a page", func(c *Config) { c.Memory = 2*MiB + 100 }, "memory", "choose 2M"},
		{"load below RAM", func(c *Config) { c.LoadAddress = 0x1000 }, "load-address", "not in RAM"},
		{"load above RAM", func(c *Config) { c.LoadAddress = RAMBase + uint64(c.Memory) }, "load-address", "not in RAM"},
		{"NMI handler below RAM", func(c *Config) { c.CPU.NMIVector = 0x1000 }, "nmi-vector", "not in RAM"},
		{"NMI handler above RAM", func(c *Config) { c.CPU.NMIVector = RAMBase + uint64(c.Memory) }, "nmi-vector", "not in RAM"},
		{"odd NMI handler", func(c *Config) { c.CPU.NMIVector = RAMBase + 5 }, "nmi-vector", "odd"},
		{"NMI handler", func(c *Config) { c.CPU.NMIVector = RAMBase + 4 }, "", ""},
		{"odd load", func(c *Config) { c.LoadAddress = RAMBase + 1 }, "load-address", "odd"},
		{"nothing to run", func(c *Config) { c.Program = "" }, "program", "--kernel"},
		{"twice the program", func(c *Config) { c.ProgramData = []byte{1} }, "program", "give one"},
		{"program and kernel", func(c *Config) { c.Kernel = "Image" }, "kernel", "give one"},
		{"program and firmware", func(c *Config) { c.Bios = "fw_jump.elf" }, "bios", "leave --bios out"},
		{"program without firmware", func(c *Config) { c.Bios = BiosNone }, "", ""},
		{"no firmware and no kernel", func(c *Config) { c.Program, c.Bios = "", BiosNone }, "program", "--kernel"},
		{"code for resets", func(c *Config) { c.ResetCode, c.NoReboot = 3, true }, "", ""},
		{"code for resets that do not end", func(c *Config) { c.ResetCode = 3 }, "reset-code", "--no-reboot"},
		{"code that no process has", func(c *Config) { c.ResetCode, c.NoReboot = 256, true }, "reset-code", "0 to 255"},
		{"initrd alone", func(c *Config) { c.Initrd = "initrd.gz" }, "initrd", "--kernel"},
		{"append alone", func(c *Config) { c.Append = "quiet" }, "append", "--kernel"},
		{"firmware alone", func(c *Config) { c.Program, c.Bios = "", "fw.elf" }, "", ""},
		{"kernel", func(c *Config) { c.Program, c.Kernel, c.Initrd, c.Append = "", "Image", "initrd", "quiet" }, "", ""},
		{"unknown strategy", func(c *Config) { c.TLB.Strategy = 9 }, "mmu-strategy", "multilevel, concurrent or hybrid"},
		{"files for firmware", func(c *Config) { c.Program, c.Kernel, c.HostFiles = "", "Image", "/" }, "host-files", "bare-metal"},
		{"unknown mode of translation", func(c *Config) { c.CPU.MMU = "sv32" }, "mmu", "sv39, sv48 or sv57"},
		{"unknown console", func(c *Config) { c.Console = "vga" }, "console", "uart or virtio"},
		{"no prefetch window", func(c *Config) { c.TLB.PrefetchHistory = 0 }, "prefetch-history", "3 to 4096"},
		{"prefetch window without a step", func(c *Config) { c.TLB.PrefetchHistory = 2 }, "prefetch-history", "3 to 4096"},
		{"smallest prefetch window", func(c *Config) { c.TLB.PrefetchHistory = 3 }, "", ""},
		{"largest prefetch window", func(c *Config) { c.TLB.PrefetchHistory = 4096 }, "", ""},
		{"huge prefetch window", func(c *Config) { c.TLB.PrefetchHistory = 4097 }, "prefetch-history", "3 to 4096"},
		{"no prefetch distance", func(c *Config) { c.TLB.PrefetchDistance = 0 }, "prefetch-distance", "1 to 64"},
		{"no prefetch at all", func(c *Config) { c.TLB.Prefetch, c.TLB.PrefetchDistance, c.TLB.PrefetchHistory = false, 0, 0 }, "", ""},
		{"drive without a file", func(c *Config) { c.Drives = []Drive{{}} }, "drive", "image file"},
		{"read-only overlay", func(c *Config) { c.Drives = []Drive{{Path: "a", ReadOnly: true, Overlay: true}} }, "drive", "choose one"},
		{"two writers", func(c *Config) { c.Drives = []Drive{{Path: "a"}, {Path: "a"}} }, "drive", "two drives"},
		{"two readers", func(c *Config) { c.Drives = []Drive{{Path: "a", ReadOnly: true}, {Path: "a", Overlay: true}} }, "", ""},
		{"eight drives", func(c *Config) { c.Drives = make([]Drive, 8) }, "drive", "room for 7"},
		{"seven drives and a console", func(c *Config) { c.Drives, c.Console = make([]Drive, 7), ConsoleVirtio }, "drive", "room for 6"},
		{"drives and a network", func(c *Config) { c.Drives, c.Net = make([]Drive, 7), Net{Kind: NetListen, Path: "a"} }, "drive", "room for 6"},
		{"socket without a path", func(c *Config) { c.Net.Kind = NetListen }, "net", "do not fit"},
		{"path without a socket", func(c *Config) { c.Net.Path = "a" }, "net", "do not fit"},
		{"two networks", func(c *Config) { c.Net = Net{Kind: NetListen, Path: "a"}; c.Link, _ = network.Pair() }, "net", "give one"},
		{"restricted cable", func(c *Config) { c.Net = Net{Kind: NetListen, Path: "a", Restrict: true} }, "net", "write user first"},
		{"forward to a program", func(c *Config) { c.Forwards = make([]Forward, 1) }, "", ""},
		{"forward without a network", func(c *Config) { c.Forwards, c.Net.Kind = make([]Forward, 1), NetNone }, "forward", "--net user"},
		{"link", func(c *Config) { c.Link, _ = network.Pair() }, "", ""},
		{"too many queues", func(c *Config) { c.Net = Net{Kind: NetListen, Path: "a", Queues: 17} }, "net", "1 to 16"},
		{"a group's address", func(c *Config) { c.Net = Net{Kind: NetListen, Path: "a", MAC: MAC{1}} }, "net", "group's"},
		{"capture of nothing", func(c *Config) { c.Net = Net{Kind: NetNone, Capture: "a"} }, "net", "no network"},
		{"eight directories", func(c *Config) { c.Shares = make([]Share, 8) }, "share", "room for 7"},
		{"directories and drives", func(c *Config) { c.Shares, c.Drives = []Share{{Dir: "a"}, {Dir: "b"}}, make([]Drive, 6) }, "drive", "room for 5"},
		{"two directories", func(c *Config) { c.Shares = []Share{{Dir: "a"}, {Dir: "a", ReadOnly: true}} }, "", ""},
		{"one tag twice", func(c *Config) { c.Shares = []Share{{Dir: "a"}, {Dir: "b", Tag: "share0"}} }, "share", "tag=NAME"},
		{"a tag that is none", func(c *Config) { c.Shares = []Share{{Dir: "a", Tag: " "}} }, "share", "1 to 36"},
		{"a share of nothing", func(c *Config) { c.Shares = make([]Share, 1) }, "share", "no directory"},
		{"an endless cache", func(c *Config) { c.Shares = []Share{{Dir: "a", Cache: 20000 * time.Hour}} }, "share", "10000h"},
		{"nine drives", func(c *Config) { c.Drives, c.RNG = make([]Drive, 9), false }, "drive", "room for 8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := Default()
			c.Program = "guest.elf"
			test.change(&c)
			err := c.Validate()
			if test.option == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var wrong *ConfigError
			if !errors.As(err, &wrong) || wrong.Option != test.option || !strings.Contains(wrong.Problem, test.says) {
				t.Fatalf("error %v, want one about %s that says %q", err, test.option, test.says)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("error has more than one line: %q", err)
			}
		})
	}
}

func TestSizeText(t *testing.T) {
	for text, want := range map[string]Size{
		"4096": 4096, "0": 0, "64K": 64 * KiB, "512M": 512 * MiB, "2G": 2 * GiB, "2g": 2 * GiB, "2GiB": 2 * GiB,
		"1 GB": GiB, "1T": TiB,
	} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q is %d (%v), want %d", text, s, err, want)
		}
		var back Size
		if err := back.UnmarshalText([]byte(s.String())); err != nil || back != s {
			t.Errorf("%q prints as %q, which reads as %d (%v)", text, s, back, err)
		}
	}
	for _, text := range []string{"", "G", "1.5G", "-1", "2X", "2GG", "20000000T", "0x10"} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q reads as %d", text, s)
		}
	}
}

func TestDriveText(t *testing.T) {
	for text, want := range map[string]Drive{
		"disk.img":                    {Path: "disk.img"},
		"disk.img,readonly":           {Path: "disk.img", ReadOnly: true},
		"disk.img,overlay":            {Path: "disk.img", Overlay: true},
		"a,,b.img,overlay=c,,d=e.img": {Path: "a,b.img", Overlay: true, OverlayDir: "c,d=e.img"},
		"disk.img,overlay,format=raw": {Path: "disk.img", Overlay: true, Format: storage.Raw},
		"readonly":                    {Path: "readonly"},
		"a=b.img":                     {Path: "a=b.img"},
		"file=if=b.img":               {Path: "if=b.img"},
	} {
		var d Drive
		if err := d.UnmarshalText([]byte(text)); err != nil || d != want {
			t.Errorf("%q is %+v (%v), want %+v", text, d, err, want)
		}
		if d.String() != text {
			t.Errorf("%q prints as %q", text, d)
		}
	}
	for text, want := range map[string]Drive{ // as QEMU has them
		"file=disk.img,format=raw,if=none,id=hd0":  {Path: "disk.img", Format: storage.Raw},
		"if=virtio,file=a,,b.img,readonly=on":      {Path: "a,b.img", ReadOnly: true},
		"id=x,format=raw,file=d.img,snapshot=on":   {Path: "d.img", Format: storage.Raw, Overlay: true},
		"file=d.img,readonly=off,media=disk":       {Path: "d.img"},
		"file=d.img,cache=none,aio=native,if=none": {Path: "d.img"},
	} {
		var d Drive
		if err := d.UnmarshalText([]byte(text)); err != nil || d != want {
			t.Errorf("%q is %+v (%v), want %+v", text, d, err, want)
		}
	}
	for text, says := range map[string]string{
		"": "names no image file", ",readonly": "names no image file", "a,ro": "readonly", "a,overlay=": "overlay=DIRECTORY",
		"a,readonly=yes": "no option", "format=raw": "names no image file", "a,format=vmdk": "qemu-img convert -O qcow2",
		"a,if=ide": "virtio", "a,media=cdrom": "no option",
	} {
		var d Drive
		if err := d.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q reads as %+v (%v), want an error that says %q", text, d, err, says)
		}
	}
}

func TestUsesHugePages(t *testing.T) {
	program, kernel, firmware := Default(), Default(), Default()
	program.Program, kernel.Kernel, firmware.Bios = "guest.elf", "Image", "fw.elf"
	for _, test := range []struct {
		config Config
		mode   HugePagesMode
		want   bool
	}{
		{program, HugePagesAuto, false}, {program, HugePagesOn, true}, {program, HugePagesOff, false},
		{kernel, HugePagesAuto, true}, {kernel, HugePagesOn, true}, {kernel, HugePagesOff, false},
		{firmware, HugePagesAuto, true},
	} {
		test.config.HugePages = test.mode
		if got := test.config.UsesHugePages(); got != test.want {
			t.Errorf("%s, program %q, kernel %q, bios %q: %v", test.mode, test.config.Program, test.config.Kernel, test.config.Bios, got)
		}
	}
}
