package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// People come with command lines of QEMU's. Options that mean here what they mean there are translated, those that ask
// for what this machine is or does anyway are dropped, and for the others the error names what to write instead. QEMU
// takes one dash or two.

// qemuOption is an option of QEMU's.
type qemuOption struct {
	takesValue bool
	translate  func(value string) ([]string, error)
}

// same is an option that exists here under that name and takes a value.
func same(name string) qemuOption {
	return qemuOption{true, func(value string) ([]string, error) { return []string{"--" + name, value}, nil }}
}

// becomes is an option without a value that is written like that here.
func becomes(words ...string) qemuOption {
	return qemuOption{false, func(string) ([]string, error) { return words, nil }}
}

// only is an option that is dropped if it has one of the values, and otherwise refused with an explanation.
func only(instead string, values ...string) qemuOption {
	return qemuOption{true, func(value string) ([]string, error) {
		if slices.Contains(values, value) {
			return nil, nil
		}
		return nil, fmt.Errorf("%q: %s", value, instead)
	}}
}

// kind is only for an option whose value begins with a kind; what follows a comma makes no difference.
func kind(instead string, kinds ...string) qemuOption {
	return qemuOption{true, func(value string) ([]string, error) {
		first, _, _ := strings.Cut(value, ",")
		return only(instead, kinds...).translate(first)
	}}
}

// ignored is an option whose value makes no difference.
func ignored() qemuOption {
	return qemuOption{true, func(string) ([]string, error) { return nil, nil }}
}

// missing is an option for what is not there.
func missing(takesValue bool, instead string) qemuOption {
	return qemuOption{takesValue, func(string) ([]string, error) { return nil, fmt.Errorf("%s", instead) }}
}

const (
	noNetwork   = "the network is set by --net and --forward; see 'hartwood run --help'"
	noShare     = "directories are shared by --share DIRECTORY[,tag=NAME][,readonly], as virtiofs"
	noGraphics  = "there is no display; leave it out, the console is this terminal"
	noMonitor   = "there is no monitor; Ctrl-A x leaves, Ctrl-A h helps"
	noDebugger  = "there is no debugger stub; 'hartwood blocks' lists the hottest code with its symbols"
	noLog       = "there is no log of instructions; --stats, --json and 'hartwood blocks' show what the guest has done"
	ownCompiler = "guests run on the machine's own compiler, which --jit sets; leave it out"
	stdio       = "the console is standard input and output; redirect them with < and >"
)

var qemuOptions = map[string]qemuOption{
	"kernel": same("kernel"), "initrd": same("initrd"), "append": same("append"), "dtb": same("dtb"), "bios": same("bios"),
	"drive": same("drive"), "hda": same("drive"), "hdb": same("drive"), "sd": same("drive"),
	"cdrom":     {true, func(value string) ([]string, error) { return []string{"--drive", value + ",readonly"}, nil }},
	"no-reboot": becomes("--no-reboot"), "help": becomes("--help"),
	"m": {true, qemuMemory}, "smp": {true, qemuHarts}, "M": {true, qemuMachine}, "machine": {true, qemuMachine},
	"cpu":       only("harts are RV64GC with the extensions that the device tree names; leave it out", "rv64", "max", "any"),
	"accel":     kind(ownCompiler, "tcg"),
	"nographic": becomes(),
	"serial":    only(stdio, "stdio", "mon:stdio"),
	"monitor":   only(noMonitor, "none", "/dev/null"),
	"display":   only(noGraphics, "none"),
	"vga":       only(noGraphics, "none"),
	"parallel":  only("there is no parallel port; leave it out", "none"),
	"chardev":   missing(true, stdio),
	"qmp":       missing(true, noMonitor),
	"device":    {true, qemuDevice},
	"object":    kind("there are no such objects; leave it out", "rng-random", "rng-builtin"),
	"global":    {true, qemuGlobal},
	"net":       {true, qemuNetwork}, "nic": {true, qemuNetwork}, "netdev": {true, qemuNetwork},
	"snapshot":   missing(false, "write --drive FILE,overlay for each drive"),
	"action":     only("of a machine's actions there is --no-reboot", "reboot=shutdown"),
	"s":          missing(false, noDebugger),
	"S":          missing(false, noDebugger),
	"gdb":        missing(true, noDebugger),
	"d":          missing(true, noLog),
	"D":          missing(true, noLog),
	"trace":      missing(true, noLog),
	"icount":     missing(true, "time follows the host's clock; leave it out"),
	"enable-kvm": missing(false, ownCompiler),
	"virtfs":     missing(true, noShare),
	"fsdev":      missing(true, noShare),
	"pflash":     missing(true, "write --pflash0 FILE for the firmware, and --pflash1 FILE for its variables"),
	"fw_cfg":     missing(true, "there are no items of one's own in fw_cfg; leave it out"),
	"name":       ignored(), "uuid": ignored(), "rtc": ignored(), "boot": ignored(), "msg": ignored(), "sandbox": ignored(),
	"nodefaults": becomes(), "no-user-config": becomes(),
}

// fromQEMU translates a command line of a command that runs a guest.
func fromQEMU(root *cobra.Command, args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	switch args[0] {
	case "-version", "-help":
		return []string{"-" + args[0]}, nil
	case "-h", "--help", "-v", "--version", "--":
		return args, nil
	}
	if strings.HasPrefix(args[0], "-") {
		return nil, fmt.Errorf("options follow a command: hartwood run %s; see 'hartwood --help'", args[0])
	}
	for _, cmd := range root.Commands() {
		if cmd.Name() == args[0] && cmd.Flags().Lookup("kernel") != nil {
			return translate(cmd.Flags(), args)
		}
	}
	return args, nil
}

// translate replaces QEMU's options behind the command's name.
func translate(flags *pflag.FlagSet, args []string) ([]string, error) {
	out := args[:1:1]
	for i := 1; i < len(args); i++ {
		arg := args[i]
		switch arg {
		case "--":
			return append(out, args[i:]...), nil
		case "-version", "--version":
			return []string{"--version"}, nil
		}
		option, ok := lookupQEMU(flags, arg)
		if !ok {
			if err := oneDash(flags, arg); err != nil {
				return nil, err
			}
			out = append(out, arg)
			if takesNext(flags, arg) && i+1 < len(args) {
				i++
				out = append(out, args[i])
			}
			continue
		}
		value := ""
		if option.takesValue {
			if i++; i == len(args) {
				return nil, fmt.Errorf("%s: a value is missing behind it", arg)
			}
			value = args[i]
		}
		words, err := option.translate(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arg, err)
		}
		out = append(out, words...)
	}
	return out, nil
}

// lookupQEMU finds the option that arg is, unless it is one of ours: those have two dashes, or one letter.
func lookupQEMU(flags *pflag.FlagSet, arg string) (qemuOption, bool) {
	name, one := strings.CutPrefix(arg, "-")
	name, two := strings.CutPrefix(name, "-")
	if !one || two && flags.Lookup(name) != nil {
		return qemuOption{}, false
	}
	option, ok := qemuOptions[name]
	return option, ok
}

// oneDash refuses a long option behind one dash, which would be read as a letter and its value.
func oneDash(flags *pflag.FlagSet, arg string) error {
	if len(arg) < 3 || arg[0] != '-' || arg[1] == '-' {
		return nil
	}
	name, _, _ := strings.Cut(arg[1:], "=")
	if short := flags.ShorthandLookup(arg[1:2]); short != nil && flags.Lookup(name) == nil {
		kind := short.Value.Type()
		word := kind == "string" // a file may have any name, such as -kImage
		number := (kind == "int" || kind == "size") && strings.ContainsAny(arg[2:3], "=0123456789")
		if word || number {
			return nil
		}
	}
	return fmt.Errorf("unknown option %s%s; see 'hartwood run --help'", arg, didYouMean("--"+name, flagNames(flags, "--")))
}

// takesNext reports whether the word behind arg is the value of one of our options.
func takesNext(flags *pflag.FlagSet, arg string) bool {
	var flag *pflag.Flag
	if name, long := strings.CutPrefix(arg, "--"); long {
		flag = flags.Lookup(name)
	} else if len(arg) == 2 && arg[0] == '-' {
		flag = flags.ShorthandLookup(arg[1:])
	}
	return flag != nil && flag.NoOptDefVal == ""
}

// qemuMemory reads a number without a unit as MiB, as QEMU does: so few bytes no machine has.
func qemuMemory(value string) ([]string, error) {
	value = strings.TrimPrefix(value, "size=")
	if n, err := strconv.ParseUint(value, 10, 20); err == nil && n > 0 {
		value += "M"
	}
	return []string{"--memory", value}, nil
}

// qemuHarts takes the number of CPUs and leaves out what sockets and cores they are in.
func qemuHarts(value string) ([]string, error) {
	for i, part := range strings.Split(value, ",") {
		name, number, named := strings.Cut(part, "=")
		if !named && i == 0 {
			return []string{"--harts", name}, nil
		}
		if name == "cpus" {
			return []string{"--harts", number}, nil
		}
	}
	return nil, fmt.Errorf("%q: write --harts NUMBER", value)
}

// qemuMachine takes the machine that this one is like.
func qemuMachine(value string) ([]string, error) {
	var out []string
	for i, part := range strings.Split(value, ",") {
		switch name, of, _ := strings.Cut(part, "="); {
		case i == 0 && name == "virt", name == "type" && of == "virt", name == "accel" && of == "tcg":
		case part == "acpi=off", part == "aia=none", part == "aclint=off", part == "usb=off":
		case part == "aia=aplic", part == "aia=aplic-imsic":
			out = append(out, "--aia", of)
		case name == "dumpdtb" && of != "":
			out = append(out, "--dump-dtb", of)
		case i == 0:
			return nil, fmt.Errorf("%q: the machine has the devices of QEMU's virt; leave it out", part)
		default:
			return nil, fmt.Errorf("%q is not there; leave it out", part)
		}
	}
	return out, nil
}

// qemuDevice takes the devices that are there without being asked for.
func qemuDevice(value string) ([]string, error) {
	switch name, _, _ := strings.Cut(value, ","); {
	case name == "virtio-blk-device", name == "virtio-blk-pci", name == "virtio-rng-device", name == "virtio-rng-pci":
		return nil, nil // every --drive is one, and there is an entropy device
	case strings.HasPrefix(name, "virtio-serial"), name == "virtconsole":
		return nil, fmt.Errorf("%q: write --console virtio", name)
	case name == "virtio-net-device", name == "virtio-net-pci":
		return nil, nil // -netdev says what it is connected to
	case name == "loader":
		return nil, fmt.Errorf("%q: write --kernel FILE, and --load-address for a raw binary", name)
	default:
		return nil, fmt.Errorf("%q is not there; docs/GUESTS.md lists the devices", name)
	}
}

// qemuGlobal knows which transport of virtio-mmio is meant.
func qemuGlobal(value string) ([]string, error) {
	switch value {
	case "virtio-mmio.force-legacy=false", "virtio-mmio.force-legacy=off":
		return nil, nil
	case "virtio-mmio.force-legacy=true", "virtio-mmio.force-legacy=on":
		return []string{"--virtio-legacy"}, nil
	}
	return nil, fmt.Errorf("%q is not there; leave it out", value)
}

// qemuNetwork takes a user network, its forwarded ports and whether it is restricted, or none.
func qemuNetwork(value string) ([]string, error) {
	parts := strings.Split(value, ",")
	switch parts[0] {
	case "none":
		return []string{"--net", "none"}, nil
	case "user":
	default:
		return nil, fmt.Errorf("%q: %s", parts[0], noNetwork)
	}
	network, forwards := "user", []string(nil)
	for _, part := range parts[1:] {
		switch name, of, _ := strings.Cut(part, "="); name {
		case "id", "model":
		case "restrict":
			if of == "on" || of == "y" || of == "yes" {
				network += ",restrict"
			}
		case "hostfwd":
			host, guest, ok := strings.Cut(of, "-:")
			if !ok {
				return nil, fmt.Errorf("%q: write --forward tcp:127.0.0.1:2222:22", part)
			}
			forwards = append(forwards, "--forward", host+":"+guest)
		default:
			return nil, fmt.Errorf("%q: %s", part, noNetwork)
		}
	}
	return append([]string{"--net", network}, forwards...), nil
}
