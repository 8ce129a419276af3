package runtime

import "github.com/hartwood-vm/hartwood/runtime/boot/devicetree"

func (b *bus) addVirtIO(at devicetree.Region) error { return nil }
