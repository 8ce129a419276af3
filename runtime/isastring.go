package runtime

import (
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// extensions are the extensions of every hart as the device tree lists them, in its order. They
// agree with misa, with what package isa decodes and with the privileged
// architecture of package vcpu. Only Svadu is named, not Svade: the firmware that
// starts the kernel turns hardware updates of A and D bits on.
var extensions = withoutQuads(code.HasQuads, []string{
	"i", "m", "a", "f", "d", "c",
	"zicbom", "zicbop", "zicboz", "zicntr", "zicond", "zicsr", "zifencei",
	"zihintpause", "zihpm", "zimop", "zabha", "zacas", "zawrs", "zfa", "zfh", "zfhmin", "zca", "zcb", "zcd", "zcmop",
	"zba", "zbb", "zbc", "zbkb", "zbkc", "zbkx", "zbs", "zkn", "zknd", "zkne", "zknh", "zks", "zksed", "zksh",
	"sdtrig", "smcntrpmf", "sscofpmf", "sstc", "svadu", "svinval", "svnapot", "svpbmt", "svvptc",
})

// extensionsOf are those of a machine.
func extensionsOf(c *Config) []string {
	list := slices.Clone(extensions)
	before := func(next, name string) { list = slices.Insert(list, slices.Index(list, next), name) }
	if c.CPU.NMIVector != 0 {
		before("sscofpmf", "smrnmi")
	}
	if c.AIA != AIANone {
		before("smcntrpmf", "smaia")
		before("sscofpmf", "ssaia")
	}
	return list
}

// withoutQuads leaves Zacas out where the host does not allow all of it.
func withoutQuads(has bool, list []string) []string {
	return slices.DeleteFunc(list, func(name string) bool { return name == "zacas" && !has })
}

// isaString is the same as one string, "rv64imafdc_zicbom_...".
func isaString(list []string) string {
	single := 0
	for single < len(list) && len(list[single]) == 1 {
		single++
	}
	return "rv64" + strings.Join(list[:single], "") + "_" + strings.Join(list[single:], "_")
}
