package runtime

import (
	"fmt"
	"strings"
)

// Drive is a virtio block device backed by a raw image file. Its text form is the path followed by options:
//
//	disk.img                       reads and writes go to the file
//	disk.img,readonly              the guest sees a read-only device
//	disk.img,overlay               writes go to a temporary file and vanish with the machine
//	disk.img,overlay=DIRECTORY     the same, with the temporary file in DIRECTORY
//
// A comma that belongs to a path is doubled.
type Drive struct {
	// Path is the image file. Its size, rounded up to 512-byte sectors, is the device's capacity; what a last, partial
	// sector lacks reads as zeros.
	Path string
	// ReadOnly makes the device refuse writes, and opens the file for reading only.
	ReadOnly bool
	// Overlay keeps the file as it is: what the guest writes goes elsewhere.
	Overlay bool
	// OverlayDir is the directory of an Overlay's temporary file. Empty: the host's directory for such files.
	OverlayDir string
}

// UnmarshalText reads a drive's text form.
func (d *Drive) UnmarshalText(text []byte) error {
	parts := splitCommas(string(text))
	drive := Drive{Path: parts[0]}
	for _, part := range parts[1:] {
		name, value, hasValue := strings.Cut(part, "=")
		switch {
		case name == "readonly" && !hasValue:
			drive.ReadOnly = true
		case name == "overlay" && hasValue == (value != ""):
			drive.Overlay, drive.OverlayDir = true, value
		default:
			return fmt.Errorf("%q is no option of a drive; choose readonly, overlay or overlay=DIRECTORY (a comma in a path is doubled)", part)
		}
	}
	if drive.Path == "" {
		return fmt.Errorf("%q names no image file; write FILE[,readonly][,overlay[=DIRECTORY]]", text)
	}
	*d = drive
	return nil
}

// String is the inverse of UnmarshalText.
func (d Drive) String() string {
	s := strings.ReplaceAll(d.Path, ",", ",,")
	if d.ReadOnly {
		s += ",readonly"
	}
	if d.Overlay {
		s += ",overlay"
	}
	if d.OverlayDir != "" {
		s += "=" + strings.ReplaceAll(d.OverlayDir, ",", ",,")
	}
	return s
}

// MarshalText is the inverse of UnmarshalText.
func (d Drive) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// splitCommas splits at single commas and turns double ones into one.
func splitCommas(s string) []string {
	parts := []string{""}
	for i := 0; i < len(s); i++ {
		last := len(parts) - 1
		switch {
		case s[i] != ',':
			parts[last] += s[i : i+1]
		case i+1 < len(s) && s[i+1] == ',':
			parts[last] += ","
			i++
		default:
			parts = append(parts, "")
		}
	}
	return parts
}
