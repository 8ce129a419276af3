package runtime

import (
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
)

// noted makes a machine that nobody runs.
func noted(t *testing.T, change func(*Config)) *Machine {
	t.Helper()
	c := Default()
	c.Memory, c.ProgramData, c.JIT.Mode = 1*MiB, []byte{0x6f, 0, 0, 0}, JITOff // j .
	change(&c)
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func wantNotes(t *testing.T, m *Machine, says ...string) {
	t.Helper()
	notes := m.Notes()
	if len(notes) != len(says) {
		t.Fatalf("notes %q, want %d", notes, len(says))
	}
	for i, s := range says {
		if !strings.Contains(notes[i], s) {
			t.Errorf("note %q does not say %q", notes[i], s)
		}
	}
}

func TestNotesOfLoading(t *testing.T) {
	m := noted(t, func(c *Config) { c.ProgramData = append([]byte{0x13}, make([]byte, MiB-1024)...) })
	wantNotes(t, m, "no room for the device tree")
	m.Notes()[0] = "changed by the caller"
	wantNotes(t, m, "no room for the device tree")
}

func TestNotesOfDevices(t *testing.T) {
	m := noted(t, func(*Config) {})
	wantNotes(t, m)
	for _, d := range m.bus.devices {
		if id, _ := d.Load(mmio.RegDeviceID, 4); id == virtio.IDEntropy {
			breakRules(d)
		}
	}
	wantNotes(t, m, "rng stopped until its driver resets it: virtio: driver error")
}

// breakRules is a driver that says that a queue is ready which has no size.
func breakRules(d device.Device) {
	d.Store(mmio.RegStatus, 4, virtio.StatusAcknowledge|virtio.StatusDriver)
	d.Store(mmio.RegDriverFeaturesSel, 4, 1)
	d.Store(mmio.RegDriverFeatures, 4, 1) // VERSION_1
	d.Store(mmio.RegStatus, 4, virtio.StatusAcknowledge|virtio.StatusDriver|virtio.StatusFeaturesOK)
	d.Store(mmio.RegQueueReady, 4, 1)
}
