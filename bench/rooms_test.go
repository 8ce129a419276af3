package bench

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rooms are the packages of each floor, from the ground up: each may import those before it, and no others of its floor. Tests
// may import what they like of it.
var rooms = map[string][]string{
	"shardedtlb": {"setting", "measure", "measure/measuretest", "physmem", ""},
	"vcpu": {
		"isa", "fpu", "crypt", "codemap", "mutator", "mutator/mutatortest", "asm", "hart", "mem",
		"code", "blocks", "interp", "interp/interptest", "", "difftest",
	},
	"jitworker": {
		"", "codecache/internal/call", "codecache", "listing", "tier", "codestore", "plan", "quick", "region", "host", "host/amd64/x86",
		"host/amd64/internal/host", "host/amd64", "engine",
	},
	"gcpar": {""},
	"runtime": {
		"plain", "magic", "hostfile/ptytest", "hostfile", "core",
		"device", "internal/leaktest", "network", "network/usernet", "share", "device/internal/statetest", "device/stream",
		"device/aplic", "device/clint", "device/gc", "device/fwcfg", "device/hostcall", "device/htif", "device/imsic", "device/pcie", "device/pflash", "device/plic", "device/rtc", "device/syscon", "device/uart",
		"device/virtio/internal/ring", "device/virtio", "device/virtio/mmio", "device/virtio/pci", "device/virtio/virtiotest",
		"boot/cpio", "boot/job", "boot/seed", "device/virtio/ports",
		"device/virtio/blk", "device/virtio/console", "device/virtio/rng", "device/virtio/net", "device/virtio/fs",
		"storage/qcow2/qcow2test", "storage/qcow2", "storage/bounded", "storage/packed", "storage/partition", "storage/ext4", "storage/overlay", "storage", "rootfs/unpack", "rootfs/oci", "rootfs",
		"boot/fdt", "boot/elfimage", "boot/kallsyms", "profile", "profile/profiletest", "boot/image", "boot/opensbi", "boot/demo", "boot/devicetree", "boot/sbi", "boot", "",
		"monitor", "monitor/sheet", "monitor/metrics", "monitor/dashboard",
		"examples/guests", "examples/embed", "examples/many",
	},
	"cmd": {"hartwood"},
	"bench": {
		"", "check", "guests", "linux/initramfs", "linux/mkinitramfs", "linux", "linux/guest/counters", "linux/guest/threads",
		"contest", "kernels", "kernels/run", "programs", "programs/run", "devices", "devices/run", "suite", "results", "history", "report",
	},
}

// strangers are packages that do not know each other although the one lies below the other: the first begins with the one, and
// imports none that begins with the other. A dot behind a folder stands for that package alone.
var strangers = [][2]string{
	{"jitworker", "vcpu/interp"},      // a compiler knows code, and not who interprets it
	{"jitworker", "vcpu/."},           // nor harts
	{"jitworker/tier", "jitworker/."}, // what makes code knows not who asks for it
	{"jitworker/plan", "jitworker/."},
	{"jitworker/quick", "jitworker/."},
	{"jitworker/region", "jitworker/."},
	{"jitworker/host", "jitworker/."},
	{"jitworker/tier", "jitworker/codecache"}, // nor where it is kept
	{"jitworker/plan", "jitworker/codecache"},
	{"jitworker/quick", "jitworker/codecache"},
	{"jitworker/region", "jitworker/codecache"},
	{"jitworker/host", "jitworker/codecache"},
	{"jitworker/codecache", "jitworker/."},
	{"jitworker/codestore", "jitworker/."},
	{"jitworker/codestore", "vcpu/blocks"}, // nor does who keeps it for later
	{"jitworker/codestore", "jitworker/codecache"},
	{"jitworker/tier", "vcpu/blocks"}, // nor where it lies and what it leads to
	{"jitworker/plan", "vcpu/blocks"},
	{"jitworker/quick", "vcpu/blocks"},
	{"jitworker/region", "vcpu/blocks"},
	{"jitworker/host", "vcpu/blocks"},
	{"jitworker/plan", "jitworker/host"},  // what there is to find out about guest code knows no host
	{"jitworker/quick", "jitworker/host"}, // nor does a tier
	{"jitworker/region", "jitworker/host"},
	{"jitworker/codecache", "vcpu"},                             // memory for code knows no guest
	{"runtime/device", "vcpu"},                                  // a device knows no hart
	{"runtime/device", "runtime/core"},                          // nor the machine that it is in
	{"runtime/device/virtio/mmio", "runtime/device/virtio/blk"}, // a transport knows no device
	{"runtime/device/virtio/pci", "runtime/device/virtio/blk"},
	{"runtime/storage/qcow2", "runtime/device"}, // a format knows no device
	{"vcpu/code", "shardedtlb"},                 // code knows no memory
	{"vcpu/mem", "vcpu/isa"},                    // the port to memory knows no instruction
	{"vcpu/mem", "vcpu/blocks"},                 // nor who makes blocks of what it writes to
	{"vcpu/interp", "runtime"},                  // and an interpreter no machine
}

// roomFault says what is wrong with a package importing another of its floor, or one that it is not to know; or "".
func roomFault(from, to string) string {
	within := func(folder, prefix string) bool {
		if alone, ok := strings.CutSuffix(prefix, "/."); ok {
			return folder == alone
		}
		return folder == prefix || strings.HasPrefix(folder, prefix+"/")
	}
	for _, s := range strangers {
		if within(from, s[0]) && within(to, s[1]) && !within(to, s[0]) {
			return "it is not to know that"
		}
	}
	floor := first(from)
	if first(to) != floor {
		return ""
	}
	at := func(folder string) int {
		return slices.Index(rooms[floor], strings.Trim(strings.TrimPrefix(folder, floor), "/"))
	}
	switch f, t := at(from), at(to); {
	case f < 0:
		return from + " is in no list of rooms: say where it stands"
	case t < 0:
		return to + " is in no list of rooms: say where it stands"
	case t > f:
		return to + " stands above it"
	}
	return ""
}

// Imports run down between the packages of a floor too.
func TestImportsRunDownWithinFloors(t *testing.T) {
	for _, p := range allPackages(t) {
		from := p.folder()
		if fault := roomFault(from, from); fault != "" {
			t.Error(fault)
		}
		for _, path := range p.Imports {
			if to := relative(path); strings.HasPrefix(path, modulePath+"/") {
				if fault := roomFault(from, to); fault != "" {
					t.Errorf("%s imports %s: %s", from, to, fault)
				}
			}
		}
	}
	for floor, list := range rooms { // and no list names what is gone
		for _, room := range list {
			folder := strings.TrimSuffix(floor+"/"+room, "/")
			if !slices.ContainsFunc(allPackages(t), func(p listed) bool { return p.folder() == folder }) {
				t.Errorf("there is no package %s", folder)
			}
		}
	}
}

func TestRoomFault(t *testing.T) {
	for _, bad := range [][2]string{
		{"vcpu/code", "vcpu/blocks"}, {"vcpu/blocks", "vcpu/interp"}, {"vcpu/interp", "vcpu"}, {"jitworker/host/amd64", "vcpu/interp"},
		{"jitworker/plan", "jitworker/host/amd64/x86"}, {"jitworker/tier", "jitworker/engine"}, {"jitworker/host/amd64", "vcpu/blocks"}, {"runtime/core", "runtime/device"},
		{"runtime/device/uart", "vcpu/hart"}, {"vcpu/new", "vcpu/isa"}, {"vcpu", "vcpu/new"}, {"vcpu/code", "shardedtlb/physmem"},
		{"runtime/device/virtio", "runtime/device/virtio/mmio"}, {"jitworker/host/amd64", "vcpu"}, {"jitworker/plan", "jitworker"},
		{"jitworker/codecache", "jitworker"}, {"jitworker/quick", "jitworker/codecache"},
	} {
		if roomFault(bad[0], bad[1]) == "" {
			t.Errorf("%s may import %s", bad[0], bad[1])
		}
	}
	for _, good := range [][2]string{{"vcpu/interp", "vcpu/blocks"}, {"jitworker/engine", "vcpu/blocks"}, {"runtime", "runtime/core"}, {"runtime/device/uart", "shardedtlb/physmem"}} {
		if fault := roomFault(good[0], good[1]); fault != "" {
			t.Errorf("%s may not import %s: %s", good[0], good[1], fault)
		}
	}
}

// Names of other packages are said with the package: guest ADD and host ADD look different.
func TestNoDotImports(t *testing.T) {
	for _, p := range allPackages(t) {
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range file.Imports {
				if spec.Name != nil && spec.Name.Name == "." {
					t.Errorf("%s/%s imports %s without its name", p.folder(), name, spec.Path.Value)
				}
			}
		}
	}
}
