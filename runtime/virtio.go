package runtime

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/boot/devicetree"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
)

func (b *bus) addVirtIO(at devicetree.Region) error {
	for i := range uint64(virtIOSlots) {
		if err := b.add(fmt.Sprintf("virtio%d", i), at.Base+i*at.Size, at.Size, virtio.Absent{}); err != nil {
			return err
		}
	}
	return nil
}
