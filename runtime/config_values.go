package runtime

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Size is a number of bytes. Its text form takes a binary unit: 64K, 512M, 2G, 1T, also written 2GiB or 2GB.
type Size uint64

// Binary units of Size.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
	GiB Size = 1 << 30
	TiB Size = 1 << 40
)

var sizeUnits = []struct {
	letter string
	size   Size
}{{"T", TiB}, {"G", GiB}, {"M", MiB}, {"K", KiB}}

// UnmarshalText reads a size such as 512M.
func (s *Size) UnmarshalText(text []byte) error {
	digits, unit := strings.ToUpper(strings.TrimSpace(string(text))), Size(1)
	for _, u := range sizeUnits {
		for _, suffix := range []string{u.letter + "IB", u.letter + "B", u.letter} {
			if rest, ok := strings.CutSuffix(digits, suffix); ok && unit == 1 {
				digits, unit = strings.TrimSpace(rest), u.size
			}
		}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || (n != 0 && unit > Size(math.MaxUint64)/Size(n)) {
		return fmt.Errorf("%q is no size; write a whole number with a unit, such as 512M or 2G", text)
	}
	*s = Size(n) * unit
	return nil
}

// String returns the size in its largest unit that leaves no fraction.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s != 0 && s%u.size == 0 {
			return strconv.FormatUint(uint64(s/u.size), 10) + u.letter
		}
	}
	return strconv.FormatUint(uint64(s), 10)
}

// MarshalText is the inverse of UnmarshalText.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MMUStrategy chooses how harts share what they know of address translation.
type MMUStrategy string

const (
	// MultiLevel gives each hart private levels only.
	MultiLevel MMUStrategy = "multilevel"
	// Concurrent puts a sharded second level, shared by all harts, behind each hart's private first one.
	Concurrent MMUStrategy = "concurrent"
	// Hybrid chooses between the two by itself, and changes its mind when the load does.
	Hybrid MMUStrategy = "hybrid"
)

// MMUMode is a mode of address translation.
type MMUMode string

const (
	// Sv39 has three levels of page tables.
	Sv39 MMUMode = "sv39"
	// Sv48 has four.
	Sv48 MMUMode = "sv48"
	// Sv57 has five.
	Sv57 MMUMode = "sv57"
)

// UnmarshalText reads a mode's name in any case.
func (m *MMUMode) UnmarshalText(text []byte) error { return choose(m, text, Sv39, Sv48, Sv57) }

// MarshalText is the inverse of UnmarshalText.
func (m MMUMode) MarshalText() ([]byte, error) { return []byte(m), nil }

// JITMode chooses how guest code is executed.
type JITMode string

const (
	// JITOff interprets everything.
	JITOff JITMode = "off"
	// JITQuick compiles hot blocks in one pass.
	JITQuick JITMode = "quick"
	// JITOn uses every compiling tier there is.
	JITOn JITMode = "on"
)

// UnmarshalText reads a mode's name in any case.
func (j *JITMode) UnmarshalText(text []byte) error {
	return choose(j, text, JITOff, JITQuick, JITOn)
}

// MarshalText is the inverse of UnmarshalText.
func (j JITMode) MarshalText() ([]byte, error) { return []byte(j), nil }

// PerfMapMode says whether Linux perf is told the names of native code.
type PerfMapMode string

const (
	// PerfMapOff writes no file.
	PerfMapOff PerfMapMode = "off"
	// PerfMapOn writes one, which is removed when the last machine of the process that uses it is closed.
	PerfMapOn PerfMapMode = "on"
	// PerfMapKeep leaves it there, for perf report afterwards.
	PerfMapKeep PerfMapMode = "keep"
)

// UnmarshalText reads a mode's name in any case; true and false are on and off.
func (p *PerfMapMode) UnmarshalText(text []byte) error {
	switch strings.ToLower(string(text)) {
	case "true":
		*p = PerfMapOn
	case "false":
		*p = PerfMapOff
	default:
		return choose(p, text, PerfMapOff, PerfMapOn, PerfMapKeep)
	}
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (p PerfMapMode) MarshalText() ([]byte, error) { return []byte(p), nil }

// ConsoleKind is the device that the machine's Stdin and Stdout are connected to.
type ConsoleKind string

const (
	// ConsoleUART is the 16550 serial port, ttyS0 to Linux.
	ConsoleUART ConsoleKind = "uart"
	// ConsoleVirtio is the virtio console, hvc0 to Linux.
	ConsoleVirtio ConsoleKind = "virtio"
)

// UnmarshalText reads a strategy's name in any case.
func (s *MMUStrategy) UnmarshalText(text []byte) error {
	return choose(s, text, MultiLevel, Concurrent, Hybrid)
}

// MarshalText is the inverse of UnmarshalText.
func (s MMUStrategy) MarshalText() ([]byte, error) { return []byte(s), nil }

// UnmarshalText reads a console's name in any case.
func (k *ConsoleKind) UnmarshalText(text []byte) error {
	return choose(k, text, ConsoleUART, ConsoleVirtio)
}

// MarshalText is the inverse of UnmarshalText.
func (k ConsoleKind) MarshalText() ([]byte, error) { return []byte(k), nil }

func choose[T ~string](to *T, text []byte, known ...T) error {
	value := T(strings.ToLower(string(text)))
	if !slices.Contains(known, value) {
		return fmt.Errorf("%q is not known; choose %s", text, list(known))
	}
	*to = value
	return nil
}

// list writes a, b or c.
func list[T ~string](known []T) string {
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
