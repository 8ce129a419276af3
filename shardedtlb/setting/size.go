package setting

import (
	"fmt"
	"math"
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
