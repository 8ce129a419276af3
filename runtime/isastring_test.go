package runtime

import (
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// The device tree names every extension that a row of package isa belongs to, each once.
func TestDeviceTreeNamesWhatIsDecoded(t *testing.T) {
	for _, row := range isa.Rows() {
		name := strings.ToLower(row.Ext.String())
		if row.Ext != isa.ExtHeap && row.Ext != isa.ExtS && row.Ext != isa.ExtSmrnmi && !slices.Contains(extensions, name) {
			t.Errorf("%s is of %s, which the device tree does not name", row.Name, name)
		}
	}
	for raw := range uint32(1 << 16) {
		name, ext := isa.Compressed(raw)
		if name != "" && !slices.Contains(extensions, strings.ToLower(ext.String())) {
			t.Errorf("%s is of %s, which the device tree does not name", name, ext)
		}
	}
	if without := withoutQuads(false, slices.Clone(extensions)); slices.Contains(without, "zacas") || len(without) != len(extensions)-1 {
		t.Errorf("on a host that cannot swap 16 bytes: %v", without)
	}
	if sorted := slices.Sorted(slices.Values(extensions)); len(slices.Compact(sorted)) != len(extensions) {
		t.Errorf("an extension is named twice: %v", extensions)
	}
	if s := isaString(extensions); !strings.HasPrefix(s, "rv64imafdc_zicbom_") || strings.Count(s, "_") != len(extensions)-6 {
		t.Errorf("ISA string %s", s)
	}
}
