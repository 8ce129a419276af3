package runtime

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime/storage"
)

// Drive is a virtio block device backed by an image file, raw or qcow2. Its text form is the path followed by options:
//
//	disk.img                       reads and writes go to the file
//	disk.img,readonly              the guest sees a read-only device
//	disk.img,overlay               writes go to a temporary file and vanish with the machine
//	disk.img,overlay=DIRECTORY     the same, with the temporary file in DIRECTORY
//	disk.img.xz,overlay            a packed image is unpacked into the cache of images, and only read there
//	disk.img,format=raw            the file's bytes are the disk's, even if they look like another format
//	disk.img,format=qcow2          the file is a qcow2 image, and the backing files that it names are trusted
//
// A comma that belongs to a path is doubled. What QEMU's option of the same name has for these is understood too:
// file=disk.img,format=raw,if=none,id=hd0,readonly=on,snapshot=on.
type Drive struct {
	// Path is the image file. The disk's size, rounded up to 512-byte sectors, is the device's capacity; what a last,
	// partial sector lacks reads as zeros.
	Path string
	// ReadOnly makes the device refuse writes, and opens the file for reading only.
	ReadOnly bool
	// Overlay keeps the file as it is: what the guest writes goes elsewhere.
	Overlay bool
	// OverlayDir is the directory of an Overlay's temporary file. Empty: the host's directory for such files.
	OverlayDir string
	// Format is the image's. storage.Detect looks at the file: one that begins as a qcow2 image does is one, and may have no
	// backing file, and one that begins as other images and packed files do is refused.
	Format storage.Format
}

// UnmarshalText reads a drive's text form.
func (d *Drive) UnmarshalText(text []byte) error {
	var drive Drive
	for i, part := range splitCommas(string(text)) {
		name, value, hasValue := strings.Cut(part, "=")
		if i == 0 && !hasValue {
			drive.Path = part
			continue
		}
		known, err := drive.option(name, value, hasValue)
		switch {
		case err != nil:
			return err
		case known:
		case i == 0:
			drive.Path = part
		default:
			return fmt.Errorf("%q is no option of a drive; choose readonly, overlay, overlay=DIRECTORY, format=raw or format=qcow2 (a comma in a path is doubled)", part)
		}
	}
	if drive.Path == "" {
		return fmt.Errorf("%q names no image file; write FILE[,readonly][,overlay[=DIRECTORY]]", text)
	}
	*d = drive
	return nil
}

// option applies one option, ours or QEMU's, and reports whether there is one of that name.
func (d *Drive) option(name, value string, hasValue bool) (known bool, err error) {
	switch {
	case name == "readonly" && !hasValue:
		d.ReadOnly = true
	case name == "overlay" && hasValue == (value != ""):
		d.Overlay, d.OverlayDir = true, value
	case name == "format":
		if d.Format = storage.Format(value); !slices.Contains(storage.Formats, d.Format) {
			return true, fmt.Errorf("format=%s cannot be read; convert the image with: qemu-img convert -O qcow2", value)
		}
	case !hasValue:
		return false, nil
	case name == "file":
		d.Path = value
	case name == "readonly" && isSwitch(value):
		d.ReadOnly = value == "on"
	case name == "snapshot" && isSwitch(value):
		d.Overlay = value == "on"
	case name == "if":
		if value == "pflash" {
			return true, fmt.Errorf("if=pflash: flash is no drive; write --pflash0 FILE for the firmware, and --pflash1 FILE for its variables")
		}
		if value != "none" && value != "virtio" {
			return true, fmt.Errorf("if=%s: every drive is a virtio block device; leave it out", value)
		}
	case name == "id", name == "cache", name == "aio", name == "media" && value == "disk":
		// A drive needs no name, and how the host reads a file makes no difference to the guest.
	default:
		return false, nil
	}
	return true, nil
}

func isSwitch(value string) bool { return value == "on" || value == "off" }

// String is the inverse of UnmarshalText.
func (d Drive) String() string {
	s := strings.ReplaceAll(d.Path, ",", ",,")
	if name, value, ok := strings.Cut(d.Path, "="); ok {
		if known, _ := new(Drive).option(name, value, true); known {
			s = "file=" + s // it would be taken for an option
		}
	}
	if d.ReadOnly {
		s += ",readonly"
	}
	if d.Overlay {
		s += ",overlay"
	}
	if d.OverlayDir != "" {
		s += "=" + strings.ReplaceAll(d.OverlayDir, ",", ",,")
	}
	if d.Format != storage.Detect {
		s += ",format=" + string(d.Format)
	}
	return s
}

// MarshalText is the inverse of UnmarshalText.
func (d Drive) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// splitCommas splits at single commas and turns double ones into one.
func splitCommas(s string) (parts []string) {
	var part strings.Builder
	for {
		text, rest, more := strings.Cut(s, ",")
		part.WriteString(text)
		if more && strings.HasPrefix(rest, ",") {
			part.WriteByte(',')
			s = rest[1:]
			continue
		}
		parts = append(parts, part.String())
		part.Reset()
		if !more {
			return parts
		}
		s = rest
	}
}
