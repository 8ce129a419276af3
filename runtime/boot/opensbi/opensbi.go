package opensbi

import "encoding/binary"

const (
	// JumpOffset is where fw_jump starts the next stage, in bytes from the
	// firmware's own address.
	JumpOffset = 0x20_0000
	// JumpFDTOffset is where fw_jump copies the device tree, in bytes from the
	// firmware's own address. A kernel that reaches up to there is overwritten.
	JumpFDTOffset = 0x220_0000

	// FDTSlack is how many bytes behind a device tree must be free: the firmware
	// opens it in place and adds nodes such as /reserved-memory.
	FDTSlack = 64 << 10

	// InfoSize is the size of a DynamicInfo in guest memory, in bytes.
	InfoSize = 6 * 8
)

const (
	infoMagic   = 0x4942534f // "OSBI"
	infoVersion = 2
)

// Mode is the privilege mode of the next stage, encoded as in mstatus.MPP.
type Mode uint64

// The modes that OpenSBI can start the next stage in.
const (
	User       Mode = 0
	Supervisor Mode = 1
	Machine    Mode = 3
)

// DynamicInfo is what fw_dynamic learns from its predecessor through register a2
// (struct fw_dynamic_info, version 2).
type DynamicInfo struct {
	NextAddr uint64 // physical address of the next stage
	NextMode Mode
	Options  uint64 // scratch options; bit 0 silences the boot prints
	// BootHart is the hart that boots. The others wait until the next stage asks
	// for them.
	BootHart uint64
}

// Bytes returns the structure as the guest finds it in memory.
func (d DynamicInfo) Bytes() []byte {
	b := make([]byte, 0, InfoSize)
	for _, v := range []uint64{infoMagic, infoVersion, d.NextAddr, uint64(d.NextMode), d.Options, d.BootHart} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}
